"""Decisions that two records are one person or two: on record, in force until they expire or are taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.audit import list_events
from cdp_pipeline.control.match_decisions import (
    decide_match,
    decide_matches,
    decided_pairs,
    list_matches,
    matches_in_force,
    undo_match,
)
from cdp_pipeline.control.match_statement import MatchStatement, MatchVerdict, RecordKey
from cdp_pipeline.errors import ControlError

TODAY = datetime.now(UTC).date()
EVA = RecordKey("crm", "contact", "eva@example.org")
RUTH = RecordKey("shop", "customer", "1042")
IDA = RecordKey("till", "order", "7")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


def in_force(project: Project, day: date = TODAY) -> list[int]:
    return matches_in_force(project, day)["decision_id"].to_pylist()


def decide(project: Project, decision: str = "never_link", **changes: object) -> int:
    said = {"left": EVA, "right": RUTH, "reviewer": "ann", "reason": "checked", **changes}
    return decide_match(project, decision, **said)


def test_a_project_that_never_decided_gets_no_database(project: Project) -> None:
    assert in_force(project) == []
    assert list_matches(project) == []
    assert decided_pairs(project).num_rows == 0
    assert not (project.root / "data").exists()


def test_a_decision_stands_with_its_records_in_one_order(project: Project) -> None:
    assert decide(project, left=RUTH, right=EVA) == 1
    [row] = matches_in_force(project, TODAY).to_pylist()
    assert row.pop("decided_at").date() == TODAY
    assert tuple(row.values()) == (1, "never_link", *EVA, *RUTH)
    [stored] = list_matches(project)
    assert (stored.decided_by, stored.reason) == ("ann", "checked")


def test_a_decision_holds_up_to_its_last_day(project: Project) -> None:
    decide(project, expires_on=TODAY + timedelta(days=3))
    assert in_force(project, TODAY + timedelta(days=3)) == [1]
    assert in_force(project, TODAY + timedelta(days=4)) == []


def test_a_decision_taken_back_stays_on_record_but_not_in_force(project: Project) -> None:
    decide(project)
    undo_match(project, 1, "bob")
    assert in_force(project) == []
    [stored] = list_matches(project)
    assert (stored.undone_by, stored.undone_at is not None) == ("bob", True)
    with pytest.raises(ControlError, match="match decision 1 was taken back before"):
        undo_match(project, 1, "bob")
    with pytest.raises(ControlError, match="match decision 2 does not exist"):
        undo_match(project, 2, "bob")


def test_the_same_words_are_no_second_decision_until_taken_back(project: Project) -> None:
    assert [decide(project), decide(project), decide(project, left=RUTH, right=EVA)] == [1, 1, 1]
    undo_match(project, 1, "bob")
    assert decide(project) == 2


def test_the_opposite_of_what_stands_is_refused_with_the_way_out(project: Project) -> None:
    decide(project)
    with pytest.raises(ControlError, match=r"match decision 1, which stands, says never_link.*--undo 1"):
        decide(project, "must_link")
    undo_match(project, 1, "ann")
    assert decide(project, "must_link") == 2


def test_the_opposite_of_what_has_expired_is_no_contradiction(project: Project) -> None:
    decide(project, expires_on=TODAY - timedelta(days=1))
    assert decide(project, "must_link") == 2


def test_statements_are_taken_all_or_none(project: Project) -> None:
    decide(project)
    statements = [
        MatchStatement(MatchVerdict.MUST_LINK, EVA, IDA, "ann", "checked"),
        MatchStatement(MatchVerdict.MUST_LINK, EVA, RUTH, "ann", "checked"),
    ]
    with pytest.raises(ControlError, match="match decision 1, which stands"):
        decide_matches(project, statements)
    assert in_force(project) == [1]


def test_statements_of_before_are_known_and_taken_back_ones_left_so(project: Project) -> None:
    statements = [
        MatchStatement(MatchVerdict.MUST_LINK, EVA, IDA, "ann", "checked"),
        MatchStatement(MatchVerdict.MUST_LINK, RUTH, IDA, "ann", "checked"),
    ]
    assert decide_matches(project, statements).new == {1, 2}
    undo_match(project, 2, "bob")
    again = decide_matches(project, statements)
    assert (again.decision_ids, again.new, again.taken_back) == ([1, 2], frozenset(), {2})
    assert in_force(project) == [1]


def test_both_enter_the_audit_trail_without_reason_and_record_ids(project: Project) -> None:
    decide(project, reason="Ann asked for it")
    undo_match(project, 1, "ann")
    what = "match decision 1: never_link of crm/contact and shop/customer"
    assert [(event.action, event.subject) for event in list_events(project)] == [
        ("match decision undone", what),
        ("match decided", what),
    ]


def test_labels_are_the_newest_word_on_each_pair_the_expired_among_them(project: Project) -> None:
    decide(project, expires_on=TODAY - timedelta(days=1))
    decide(project, "must_link")
    decide(project, left=IDA, expires_on=TODAY - timedelta(days=1))
    undo_match(project, decide(project, left=IDA, right=EVA), "ann")
    labels = decided_pairs(project).to_pylist()
    assert [(label["decision_id"], label["decision"]) for label in labels] == [
        (2, "must_link"),
        (3, "never_link"),
    ]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reason": " "}, "reason: say why"),
        ({"reason": "x" * 501}, "reason: say why"),
        ({"reviewer": " "}, "reviewer: say who"),
        ({"right": EVA}, "both records are the same"),
        ({"right": ("shop", "", "1")}, "empty or overlong part"),
        ({"right": ("shop", "customer", "9" * 401)}, "empty or overlong part"),
    ],
)
def test_a_statement_that_does_not_fit_is_refused_without_its_words(
    project: Project, changes: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ControlError, match=complaint) as refused:
        decide(project, **changes)
    assert "eva@" not in str(refused.value)
    assert list_matches(project) == []


@pytest.mark.parametrize("text", ["", "crm", "crm/contact", "crm//7", "crm/contact/ "])
def test_a_record_is_named_by_all_three_parts(text: str) -> None:
    with pytest.raises(ControlError, match="source_system/record_kind/source_record_id"):
        RecordKey.parse(text)


def test_a_record_id_may_hold_slashes() -> None:
    assert RecordKey.parse("shop/order/2026/17") == ("shop", "order", "2026/17")
