"""Taking people out of the control database."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.audit import list_events, record_event
from cdp_pipeline.control.corrections import correct_profile, list_corrections
from cdp_pipeline.control.forgetting import forget_people
from cdp_pipeline.control.match_decisions import decide_match, list_matches
from cdp_pipeline.control.match_statement import RecordKey

ZOE, ANNA, OTTO = ("crm", "contact", "zoe-1"), ("shop", "customer", "anna-1"), ("shop", "customer", "otto-1")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


def bytes_of(project: Project) -> bytes:
    return (project.root / "data" / "control.sqlite").read_bytes()


def forget_zoe(project: Project) -> dict[str, int]:
    return forget_people(project, ["c_zoe"], [RecordKey(*ZOE)], ["zoe@example.org", "+491700000"])


def test_decisions_about_the_persons_records_go_and_all_others_stay(project: Project) -> None:
    decide_match(project, "must_link", ANNA, ZOE, "me", "same voice")
    decide_match(project, "never_link", ANNA, OTTO, "me", "two voices")

    assert forget_zoe(project) == {"match_decision": 1}

    assert [(one.left, one.right) for one in list_matches(project)] == [(ANNA, OTTO)]
    assert b"zoe-1" not in bytes_of(project)


def test_corrections_of_the_persons_profile_go_with_their_values(project: Project) -> None:
    correct_profile(project, "c_zoe", [RecordKey(*ZOE)], {"city": "Zoetown"}, "she said so")
    correct_profile(project, "c_anna", [RecordKey(*ANNA)], {"city": "Annaberg"}, "she said so")

    assert forget_zoe(project) == {"corrected_record": 1, "corrected_value": 1, "profile_correction": 1}

    assert b"Zoetown" not in bytes_of(project)
    assert b"Annaberg" in bytes_of(project)


def test_correction_goes_with_its_first_record_though_the_id_was_another_then(project: Project) -> None:
    both = [RecordKey(*ZOE), RecordKey(*ANNA)]
    correct_profile(project, "c_both", both, {"city": "Zoetown"}, "before they parted")
    correct_profile(project, "c_both", both[::-1], {"city": "Annaberg"}, "before they parted")

    forget_zoe(project)

    assert b"Zoetown" not in bytes_of(project)
    assert b"Annaberg" in bytes_of(project)
    assert [one.correction_id for one, _ in list_corrections(project)] == [2]


def test_corrected_value_with_the_persons_address_goes_instead_of_becoming_a_wrong_one(
    project: Project,
) -> None:
    values = {"email": "zoe@example.org", "city": "Annaberg"}
    correct_profile(project, "c_anna", [RecordKey(*ANNA)], values, "they share it")

    forget_zoe(project)

    assert [columns for _, columns in list_corrections(project)] == [["city"]]


def test_an_address_that_somebody_wrote_into_a_reason_goes(project: Project) -> None:
    decide_match(project, "never_link", ANNA, OTTO, "me", "Zoe@Example.org told me")

    assert forget_zoe(project) == {"match_decision": 1}

    assert [one.reason for one in list_matches(project)] == ["(erased)"]
    assert b"xample.org" not in bytes_of(project)


def test_the_audit_trail_stays(project: Project) -> None:
    record_event(project, "published", "2026-05-04-a")
    forget_zoe(project)
    assert [event.subject for event in list_events(project)] == ["2026-05-04-a"]


def test_a_project_that_never_decided_anything_gets_no_database(project: Project) -> None:
    assert forget_zoe(project) == {}
    assert not (project.root / "data" / "control.sqlite").exists()
