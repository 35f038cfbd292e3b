"""Keeping the record of the last run while a run executes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import dagster as dg

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import CdpError
from cdp_pipeline.nightly.run_record import Outcome, RunRecord, write_run_record
from cdp_pipeline.orchestration.deadline import due_at
from cdp_pipeline.orchestration.failure import first_failure
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import current_night

FIRST, LAST = dg.AssetKey(["extract", "night"]), dg.AssetKey(["publish", "published_night"])
FAILED_STEP = {dg.DagsterEventType.STEP_FAILURE}
TELLING = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.ASSET_CHECK_EVALUATION}


@contextmanager
def recorded(context: dg.InitResourceContext, project: Project, business_date: date) -> Iterator[None]:
    """Write the record as the run starts, and its outcome when its steps are done.

    Dagster closes resources after the last step whatever became of it, so the outcome is read from its events.
    """
    if context.run is None:
        yield
        return
    record = RunRecord(
        run_id=context.run.run_id,
        business_date=business_date,
        is_whole_night=is_whole_night(context.run),
        process=os.getpid(),
        started_at=datetime.now(UTC),
        due_at=_due_at(project),
    )
    write_run_record(project, record)
    failure: str | None = "the run was interrupted"
    try:
        yield
        failure = _failure_of(context, context.run.run_id)
    except CdpError as error:
        failure = str(error)
        raise
    finally:
        ended = {
            "ended_at": datetime.now(UTC),
            "outcome": Outcome.FAILED if failure else Outcome.SUCCEEDED,
            "failure": failure,
            "due_at": _due_at(project),
        }
        write_run_record(project, record.model_copy(update=ended))


def is_whole_night(run: dg.DagsterRun) -> bool:
    """Tell whether a run begins with the files and ends with the published night."""
    return run.asset_selection is None or {FIRST, LAST} <= run.asset_selection


def _failure_of(context: dg.InitResourceContext, run_id: str) -> str | None:
    """Tell why the run failed, or nothing if it did not."""
    instance = context.instance
    if instance is None or not instance.all_logs(run_id, of_type=FAILED_STEP):
        return None
    events = [entry.get_dagster_event() for entry in instance.all_logs(run_id, of_type=TELLING)]
    return first_failure(events) or "a step failed without saying why"


def _due_at(project: Project) -> datetime | None:
    """Tell when the night after the current one must be there; nothing while there is none."""
    folder = current_night(project.published)
    if folder is None:
        return None
    try:
        return due_at(project.settings.schedule, read_manifest(folder).published_at)
    except CdpError:
        return None
