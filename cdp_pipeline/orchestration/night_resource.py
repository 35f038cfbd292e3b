"""The night as a Dagster resource: opens the working file for one run, under the writer's lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.engine import open_working_file
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.readiness import check_date_moves_forward, check_working_file
from cdp_pipeline.orchestration import progress

RUN_ID_LENGTH = 8


class NightResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Gives assets the night of their run.

    Attributes:
        project_root: folder of the project.
        landing: landing folder, where it is not the project's own.
        business_date: ISO date that the night stands for; today (UTC) when empty.
    """

    project_root: str
    landing: str = ""
    business_date: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")

    _night: Night | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[NightResource]:
        """Open the working file for the run and close it afterwards."""
        landing = Path(self.landing) if self.landing else None
        project = load_project(Path(self.project_root), landing=landing)
        night_date = date.fromisoformat(self.business_date) if self.business_date else utc_today()
        check_date_moves_forward(project, night_date)
        with open_working_file(project) as engine:
            check_working_file(engine, project, night_date)
            fail_dead_runs(context)
            run_id = (context.run.run_id if context.run else "manual")[:RUN_ID_LENGTH]
            self._night = Night(engine, project, night_date, run_id, progress.report)
            try:
                yield self
            finally:
                self._night = None

    @property
    def night(self) -> Night:
        """The run's night."""
        if self._night is None:
            raise dg.DagsterInvariantViolationError("the night is only open while a run executes")
        return self._night


def fail_dead_runs(context: dg.InitResourceContext) -> None:
    """Mark runs whose process was killed as failed: who holds the writer's lock knows they are dead."""
    if context.instance is None or context.run is None:
        return
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
    for run in context.instance.get_runs(filters=started):
        if run.run_id != context.run.run_id:
            context.instance.report_run_failed(run, "its process ended before the run did")


def utc_today() -> date:
    """Business date of a night that names none."""
    return datetime.now(UTC).date()
