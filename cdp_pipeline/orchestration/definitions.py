"""Assembling Dagster's definitions for one project."""

from __future__ import annotations

import dagster as dg

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.orchestration.assets import build_assets
from cdp_pipeline.orchestration.night_resource import NightResource

NIGHTLY = "nightly"
MAX_RUNTIME_SECONDS = 6 * 3600


def build_definitions(project: Project, night: NightResource | None = None) -> dg.Definitions:
    """Build assets, the nightly job, its schedule and the night resource."""
    nightly = dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        description="One whole night: from the landing folder to the published folder.",
        tags={"dagster/max_runtime": str(MAX_RUNTIME_SECONDS)},
        executor_def=dg.in_process_executor,
    )
    schedule = dg.ScheduleDefinition(
        name="every_night",
        job=nightly,
        cron_schedule=project.settings.schedule.cron,
        execution_timezone=project.settings.schedule.zone,
    )
    return dg.Definitions(
        assets=build_assets(project, load_graph(project)),
        jobs=[nightly],
        schedules=[schedule],
        resources={"night": night or NightResource(project_root=str(project.root))},
        # One writer: the working file takes one process at a time, whatever is materialised.
        executor=dg.in_process_executor,
    )


def check_definitions(project: Project) -> None:
    """Find what only Dagster would refuse, such as a schedule's cron expression.

    Raises:
        ConfigError: in Dagster's words.
    """
    try:
        build_definitions(project).resolve_job_def(NIGHTLY)
    except dg.DagsterError as error:
        raise ConfigError(f"config/project.yml: Dagster refuses the definitions: {error}") from None
