"""The record of the last run: who reads it learns how it ended, also when it could not say so itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.nightly.run_record import (
    Outcome,
    RunRecord,
    read_run_record,
    running_since,
    write_run_record,
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = load_project(tmp_path)
    project.warehouse.mkdir(parents=True)
    return project


@pytest.fixture
def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def record(process: int, outcome: Outcome) -> RunRecord:
    return RunRecord(
        run_id="run1",
        business_date=date(2026, 5, 4),
        is_whole_night=True,
        process=process,
        started_at=datetime(2026, 5, 4, 3, tzinfo=UTC),
        outcome=outcome,
    )


def test_no_run_leaves_no_record(project: Project) -> None:
    assert read_run_record(project) is None


def test_a_living_process_is_running_and_a_dead_one_was_killed(project: Project, dead_process: int) -> None:
    write_run_record(project, record(os.getpid(), Outcome.RUNNING))
    assert read_run_record(project) == record(os.getpid(), Outcome.RUNNING)
    write_run_record(project, record(dead_process, Outcome.RUNNING))
    assert read_run_record(project) == record(dead_process, Outcome.KILLED)


def test_a_run_that_ended_stays_as_it_ended(project: Project, dead_process: int) -> None:
    write_run_record(project, record(dead_process, Outcome.SUCCEEDED))
    assert read_run_record(project) == record(dead_process, Outcome.SUCCEEDED)


def test_a_damaged_record_is_none(project: Project) -> None:
    (project.warehouse / "last_run.json").write_text("{", encoding="utf-8")
    assert read_run_record(project) is None


def test_a_lock_left_by_a_dead_process_is_no_running_night(project: Project, dead_process: int) -> None:
    holder = project.warehouse / "writer.json"
    assert running_since(project) is None
    holder.write_text(json.dumps({"process": os.getpid(), "since": "2026-05-04T03:00"}), encoding="utf-8")
    assert running_since(project) == "2026-05-04T03:00"
    holder.write_text(json.dumps({"process": dead_process, "since": "2026-05-04T03:00"}), encoding="utf-8")
    assert running_since(project) is None
