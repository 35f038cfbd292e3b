"""Fetching the landing folder before a night begins, where it lies elsewhere."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, date, datetime

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine.working_file import writer_lock
from cdp_pipeline.errors import CdpError
from cdp_pipeline.extract.remote import Fetched, fetch_landing
from cdp_pipeline.nightly.run_record import Outcome, RunRecord, read_run_record, write_run_record


def refresh_landing(project: Project, business_date: date) -> Fetched | None:
    """Fetch what has changed; nothing to do where the exports lie on this machine.

    A failure is put on record as the night's: without its exports it does not begin.

    Raises:
        NightError: a night is running, and reads what lies there.
        CdpError: the store cannot be fetched from.
    """
    if project.landing_url is None:
        return None
    with writer_lock(project.warehouse):
        started_at = datetime.now(UTC)
        try:
            return fetch_landing(project)
        except CdpError as error:
            _record_failure(project, business_date, started_at, str(error))
            raise


def words_of(fetched: Fetched) -> list[str]:
    """Say what a fetch did, and every name that it left alone."""
    removed = f", {fetched.removed_files:,} removed" if fetched.removed_files else ""
    return [
        f"{fetched.url}: {fetched.files:,} files, {fetched.new_files:,} of them fetched now"
        f" ({fetched.new_bytes / 1e6:,.1f} MB){removed}",
        *(f"{path}: left in the store: {why}" for path, why in sorted(fetched.left_alone.items())),
    ]


def _record_failure(project: Project, business_date: date, started_at: datetime, why: str) -> None:
    before = read_run_record(project)
    write_run_record(
        project,
        RunRecord(
            run_id=uuid.uuid4().hex,
            business_date=business_date,
            is_whole_night=True,
            process=os.getpid(),
            started_at=started_at,
            ended_at=datetime.now(UTC),
            outcome=Outcome.FAILED,
            failure=why,
            due_at=before.due_at if before else None,
        ),
    )
