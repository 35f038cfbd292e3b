"""The control database knows erasures by number, and tombstones by hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.control.audit import list_events
from cdp_pipeline.control.erasures import finish_erasure, list_erasures, start_erasure, tombstones
from cdp_pipeline.errors import ControlError
from cdp_pipeline_tests.sample_project import open_project


def test_tombstones_are_kept_with_the_first_erasure_that_made_them(tmp_path: Path) -> None:
    project = open_project(tmp_path)
    first = start_erasure(project, "me", "letter", 1, [("email", "aa"), ("phone", "bb")])
    second = start_erasure(project, "me", "letter", 2, [("email", "aa"), ("email", "cc")])
    kept = tombstones(project).to_pydict()
    assert dict(zip(kept["digest"], kept["erasure_id"], strict=True)) == {
        "aa": first,
        "bb": first,
        "cc": second,
    }


def test_an_erasure_is_finished_once(tmp_path: Path) -> None:
    project = open_project(tmp_path)
    number = start_erasure(project, "me", "letter", 1, [])
    assert list_erasures(project)[0].finished_at is None
    finish_erasure(project, number)
    finished_at = list_erasures(project)[0].finished_at
    finish_erasure(project, number)
    assert list_erasures(project)[0].finished_at == finished_at
    assert [event.action for event in list_events(project)] == ["erasure finished", "erasure started"]


def test_without_a_control_database_there_is_no_tombstone_and_none_is_made(tmp_path: Path) -> None:
    project = open_project(tmp_path)
    assert tombstones(project).num_rows == 0
    assert not (tmp_path / "data" / "control.sqlite").exists()


def test_an_erasure_that_is_unknown_or_a_reason_that_is_too_long_is_refused(tmp_path: Path) -> None:
    project = open_project(tmp_path)
    with pytest.raises(ControlError, match="erasure 9 does not exist"):
        finish_erasure(project, 9)
    with pytest.raises(ControlError, match="longer than"):
        start_erasure(project, "me", "x" * 5000, 1, [])
