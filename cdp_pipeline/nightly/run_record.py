"""What became of the last run: one small file beside the working file, for `cdp status` and for monitoring.

It is written under the writer's lock, so one run at a time writes it; a run that was killed leaves it unended.
"""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.contracts.project import Project

RECORD_NAME = "last_run.json"


class Outcome(StrEnum):
    """How a run stands; `killed` is concluded by whoever reads, the process itself cannot say it."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    KILLED = "killed"


class RunRecord(Contract):
    """The last run of the project.

    Attributes:
        is_whole_night: whether it was to build every table; else parts were repaired by hand.
        process: id of the process that runs it.
        failure: the message of the first failure; it holds no personal data.
        due_at: when the night after the published one must be there at the latest, by the schedule;
            nothing while no night is published.
    """

    run_id: str
    business_date: date
    is_whole_night: bool
    process: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    failure: str | None = None
    due_at: datetime | None = None


def write_run_record(project: Project, record: RunRecord) -> None:
    """Replace the record in one step."""
    path = _path(project)
    written = path.with_suffix(".new")
    written.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    written.replace(path)


def read_run_record(project: Project) -> RunRecord | None:
    """Return the last run, or nothing if none ever ran; a dead process's run was killed."""
    try:
        record = RunRecord.model_validate_json(_path(project).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if record.outcome is Outcome.RUNNING and not is_alive(record.process):
        return record.model_copy(update={"outcome": Outcome.KILLED})
    return record


def running_since(project: Project) -> str | None:
    """Tell since when a living process runs a night (ISO time, UTC), if one does; commands that read do not count."""
    try:
        holder = json.loads((project.warehouse / "writer.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_night = not holder.get("reader")
    return str(holder["since"]) if is_night and is_alive(int(holder["process"])) else None


def is_alive(process: int) -> bool:
    """Tell whether a process of this machine lives."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and is another user's
        return True
    return True


def _path(project: Project) -> Path:
    return project.warehouse / RECORD_NAME
