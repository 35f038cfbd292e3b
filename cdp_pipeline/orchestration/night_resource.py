"""The night as a Dagster resource: opens the working file for one run, under the writer's lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine, open_working_file
from cdp_pipeline.extract.remote import fetch_landing
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.landing import words_of
from cdp_pipeline.nightly.readiness import check_date_moves_forward, check_working_file
from cdp_pipeline.orchestration import progress
from cdp_pipeline.orchestration.record import recorded
from cdp_pipeline.orchestration.run_facts import PROJECT_TAG, start_tags, utc_today

RUN_ID_LENGTH = 8
NIGHT_TABLE = dg.AssetKey(["extract", "night"])


class NightResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Gives assets the night of their run.

    Attributes:
        project_root: folder of the project.
        landing: landing folder or store, where it is not the project's own.
        business_date: ISO date that the night stands for; when empty, today (UTC), or the working file's date
            where only parts of its night are built anew.
        accept_fewer_rows: whether tables that shrank much may be published, this once.
        rebuild_everything: whether all records are standardised and linked anew, not only what changed.
    """

    project_root: str = Field(description="Folder of the project.")
    landing: str = Field(default="", description="Landing folder, or a store's URL; empty: the project's.")
    business_date: str = Field(
        default="",
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description=(
            "Day that the night stands for, such as 2026-05-04. Empty: today (UTC) for a whole night, and the date "
            "of the night in the working file where you materialise only some of its tables. Nights only go forward: "
            "a day before the newest published night is refused."
        ),
    )

    accept_fewer_rows: bool = Field(
        default=False,
        description="Publish although tables have far fewer rows than on the night published last.",
    )
    rebuild_everything: bool = Field(
        default=False, description="Link all records anew, not only what changed since the last night."
    )

    _night: Night | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[NightResource]:
        """Open the working file for the run and close it afterwards."""
        project = load_project(Path(self.project_root), landing=self.landing or None)
        if self.business_date:
            check_date_moves_forward(project, date.fromisoformat(self.business_date))
        with open_working_file(project) as engine:
            night_date = self._date_of(context, engine)
            check_date_moves_forward(project, night_date)
            with recorded(context, project, night_date):
                check_working_file(engine, project, night_date)
                if _reads_landing(context):
                    _fetch(context, project)
                if context.instance and context.run:
                    fail_dead_runs(context.instance, project, context.run.run_id)
                    context.instance.add_run_tags(context.run.run_id, start_tags(project, night_date))
                run_id = (context.run.run_id if context.run else "manual")[:RUN_ID_LENGTH]
                self._night = Night(
                    engine,
                    project,
                    night_date,
                    run_id,
                    progress.report,
                    accepts_fewer_rows=self.accept_fewer_rows,
                    rebuilds_everything=self.rebuild_everything,
                )
                try:
                    yield self
                finally:
                    self._night = None

    def _date_of(self, context: dg.InitResourceContext, engine: Engine) -> date:
        """Tell the day that the run stands for."""
        if self.business_date:
            return date.fromisoformat(self.business_date)
        chosen = context.run.asset_selection if context.run else None
        if chosen and NIGHT_TABLE not in chosen and engine.table_exists("extract.night"):
            for built_on in engine.fetch_column("select business_date from extract.night"):
                return date.fromisoformat(str(built_on))
        return utc_today()

    @property
    def night(self) -> Night:
        """The run's night."""
        if self._night is None:
            raise dg.DagsterInvariantViolationError("the night is only open while a run executes")
        return self._night


def _reads_landing(context: dg.InitResourceContext) -> bool:
    """Tell whether a run begins with the exports; one that builds later tables anew leaves them alone."""
    chosen = context.run.asset_selection if context.run else None
    return not chosen or NIGHT_TABLE in chosen


def _fetch(context: dg.InitResourceContext, project: Project) -> None:
    """Bring exports that lie elsewhere here, and note on the run's page what was left there."""
    fetched = fetch_landing(project)
    for line in words_of(fetched) if fetched and context.log else ():
        context.log.info(line)  # type: ignore[union-attr]


def fail_dead_runs(instance: dg.DagsterInstance, project: Project, own_run_id: str) -> None:
    """Mark the project's runs whose process was killed as failed: who holds the writer's lock knows they are dead.

    Several projects may share a Dagster home, so a started run of another one may well be alive.
    """
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED], tags={PROJECT_TAG: project.settings.name})
    for run in instance.get_runs(filters=started):
        if run.run_id != own_run_id:
            instance.report_run_failed(run, "its process ended before the run did")
