"""Decisions to let in what was kept out: on record, in force until they are taken back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.audit import list_events
from cdp_pipeline.control.releases import (
    Released,
    decide_release,
    files_let_in_by,
    list_releases,
    releases_in_force,
    undo_release,
)
from cdp_pipeline.errors import ControlError


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


def in_force(project: Project) -> list[tuple[int, str, int | None, str | None]]:
    return [tuple(row.values())[:4] for row in releases_in_force(project).to_pylist()]


def test_a_project_that_never_decided_gets_no_database(project: Project) -> None:
    assert in_force(project) == []
    assert list_releases(project) == []
    assert not (project.root / "data").exists()


def test_a_decision_stands_with_its_records_and_files(project: Project) -> None:
    decide_release(project, "shop", "2 records", "checked", [Released("f1", 7, "r"), Released("f1", 9, "r")])
    decide_release(project, "till", "a file", "known", [Released("f2")])
    assert in_force(project) == [(1, "f1", 7, "r"), (1, "f1", 9, "r"), (2, "f2", None, None)]
    assert files_let_in_by(project, 1) == []
    assert files_let_in_by(project, 2) == ["f2"]
    assert [(d.decision_id, d.source_system, d.reason) for d in list_releases(project)] == [
        (2, "till", "known"),
        (1, "shop", "checked"),
    ]


def test_a_decision_says_by_which_rules_it_was_made(project: Project) -> None:
    items = [Released("f1", 7, "r", judged_by="a1"), Released("f2", judged_by="b2")]
    decide_release(project, "shop", "1 record and a file", "checked", items)
    assert releases_in_force(project)["judged_by"].to_pylist() == ["a1", "b2"]


def test_decisions_of_before_rules_were_kept_stay_on_record_without_them(project: Project) -> None:
    decide_release(project, "shop", "a record", "checked", [Released("f1", 7, "r", judged_by="a1")])
    with closing(sqlite3.connect(project.root / "data" / "control.sqlite")) as older:
        older.execute("alter table released_item drop column judged_by")
    assert releases_in_force(project).to_pylist() == [
        {"decision_id": 1, "file_id": "f1", "line": 7, "rule": "r", "judged_by": None}
    ]
    decide_release(project, "shop", "a record", "checked", [Released("f1", 9, "r", judged_by="a1")])
    assert releases_in_force(project)["judged_by"].to_pylist() == [None, "a1"]


def test_a_decision_taken_back_stays_on_record_but_not_in_force(project: Project) -> None:
    decide_release(project, "shop", "a record", "checked", [Released("f1", 7, "r")])
    undo_release(project, 1)
    assert in_force(project) == []
    [decision] = list_releases(project)
    assert decision.undone_at is not None


def test_both_enter_the_audit_trail_without_the_reason(project: Project) -> None:
    decide_release(project, "shop", "1 record of shop for r", "Ann asked for it", [Released("f1", 7, "r")])
    undo_release(project, 1)
    assert [(event.action, event.subject) for event in list_events(project)] == [
        ("release undone", "decision 1: 1 record of shop for r"),
        ("released", "decision 1: 1 record of shop for r"),
    ]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_decision_needs_a_reason(project: Project, reason: str) -> None:
    with pytest.raises(ControlError, match="--reason: say why"):
        decide_release(project, "shop", "a record", reason, [Released("f1", 7, "r")])
    assert list_releases(project) == []


def test_a_decision_is_taken_back_once(project: Project) -> None:
    with pytest.raises(ControlError, match="decision 1 does not exist"):
        undo_release(project, 1)
    decide_release(project, "shop", "a record", "checked", [Released("f1", 7, "r")])
    undo_release(project, 1)
    with pytest.raises(ControlError, match="decision 1 was taken back before"):
        undo_release(project, 1)
