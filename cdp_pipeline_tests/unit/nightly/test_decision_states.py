"""A list of decisions tells which of them do what they say: they may wait, be contradicted, have expired."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_decisions import decide_match, list_matches, undo_match
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.decision_states import decision_states
from cdp_pipeline_tests.command import cdp
from cdp_pipeline_tests.unit.nightly.reviewed_night import publish

TODAY = date(2026, 5, 6)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return publish(tmp_path)


def decide(project: Project, decision: str, left: str, right: str, expires_on: date | None = None) -> int:
    pair = (RecordKey.parse(record) for record in (left, right))
    return decide_match(project, decision, *pair, "ann", "checked", expires_on)


def states(project: Project, today: date = TODAY) -> dict[int, tuple[str, bool]]:
    found = decision_states(project, list_matches(project), today)
    return {number: (state.words, state.holds) for number, state in found.items()}


def the_night_went_by(project: Project, *decisions: int, conflicts: tuple[tuple[int, int], ...] = ()) -> None:
    folder = project.published / "current"
    with Engine.open(folder / "identified.duckdb") as engine:
        engine.replace_table("link.match_decision", f"select unnest({[*decisions]}) as decision_id")
        pairs = [
            {"never_link_decision_id": never, "must_link_decision_id": must} for never, must in conflicts
        ]
        if pairs:
            engine.replace_table("link.decision_conflict", f"select unnest({pairs}, recursive := true)")


def test_a_decision_waits_for_a_record_that_is_not_there(project: Project) -> None:
    decide(project, "must_link", "crm/contact/k1", "crm/contact/unknown")
    assert states(project) == {1: ("waits: the published night does not hold crm/contact/unknown", False)}


def test_a_decision_expires_after_its_last_day(project: Project) -> None:
    decide(project, "never_link", "crm/contact/t1", "crm/contact/t2", expires_on=TODAY)
    assert states(project) == {1: ("stands until 2026-05-06", True)}
    assert states(project, TODAY + timedelta(days=1)) == {1: ("expired: its last day was 2026-05-06", False)}


def test_a_decision_that_was_taken_back_waits_for_nothing(project: Project) -> None:
    decide(project, "must_link", "crm/contact/k1", "crm/contact/unknown")
    undo_match(project, 1, "bob")
    [(words, holds)] = states(project).values()
    assert words.startswith("taken back 20")
    assert words.endswith("by bob")
    assert not holds


def test_a_decision_after_the_night_holds_from_the_next_one_on(project: Project) -> None:
    decide(project, "never_link", "crm/contact/t1", "crm/contact/t2")
    decide(project, "must_link", "crm/contact/b1", "crm/contact/b2")
    the_night_went_by(project, 1)
    assert states(project) == {1: ("stands", True), 2: ("holds, from the next night on", True)}


def test_a_contradicted_must_link_names_what_contradicts_it(project: Project) -> None:
    decide(project, "must_link", "crm/contact/b1", "crm/contact/b2")
    decide(project, "never_link", "crm/contact/t1", "crm/contact/t2")
    the_night_went_by(project, 1, 2, conflicts=((2, 1),))
    assert states(project) == {
        1: ("not applied: match decision 2 contradicts it", False),
        2: ("stands", True),
    }


def test_the_command_shows_how_each_decision_stands(project: Project) -> None:
    decide(project, "must_link", "crm/contact/k1", "crm/contact/unknown", date(2999, 12, 31))
    answer = cdp("link", "decisions", "--project", project.root)
    assert (
        "1 must_link, waits until 2999-12-31: the published night does not hold crm/contact/unknown"
        in answer.output
    )
