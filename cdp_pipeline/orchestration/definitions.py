"""Assembling Dagster's definitions for one project."""

from __future__ import annotations

from datetime import UTC

import dagster as dg

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.orchestration.assets import build_assets
from cdp_pipeline.orchestration.deadline import MAX_RUNTIME
from cdp_pipeline.orchestration.landing_sensor import landing_sensor
from cdp_pipeline.orchestration.night_resource import NightResource
from cdp_pipeline.orchestration.run_facts import night_config, night_tags
from cdp_pipeline.orchestration.showcase import Showcase

NIGHTLY = "nightly"

JOB_DESCRIPTION = """\
One whole night: from the landing folder to the published folder.

Started from here it stands for today (UTC). To run it for another day, set `resources.night.config.business_date`
in the launchpad; nights only go forward. To repair part of a night, materialise those assets in the catalog: they
join the night that is in the working file, and nothing is published unless `published_night` is among them.
"""


def build_definitions(
    project: Project, night: NightResource | None = None, *, with_showcase: bool = False
) -> dg.Definitions:
    """Build assets, the nightly job, its schedule, the landing folder's sensor and the night resource.

    Args:
        with_showcase: adds what only people in the UI look at; a second's work, once per version of a model.
    """
    nightly = dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        description=JOB_DESCRIPTION,
        tags={"dagster/max_runtime": str(int(MAX_RUNTIME.total_seconds()))},
        executor_def=dg.in_process_executor,
    )
    schedule = _schedule(project, nightly)
    graph = load_graph(project)
    showcase = Showcase(project, graph) if with_showcase else None
    return dg.Definitions(
        assets=build_assets(project, graph, showcase),
        jobs=[nightly],
        schedules=[schedule],
        sensors=[landing_sensor(project, nightly)],
        resources={"night": night or NightResource(project_root=str(project.root))},
        # One writer: the working file takes one process at a time, whatever is materialised.
        executor=dg.in_process_executor,
    )


def _schedule(project: Project, nightly: dg.UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    settings = project.settings.schedule

    @dg.schedule(
        name="every_night",
        job=nightly,
        cron_schedule=settings.cron,
        execution_timezone=settings.zone,
        description=(
            f"Runs the night at `{settings.cron}`, {settings.zone} time (config/project.yml). The run stands for "
            "the UTC date of its tick, also when it starts late. Off until you turn it on."
        ),
    )
    def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        business_date = context.scheduled_execution_time.astimezone(UTC).date()
        return dg.RunRequest(
            run_config=night_config(project, business_date), tags=night_tags(project, business_date)
        )

    return every_night


def check_definitions(project: Project) -> None:
    """Find what only Dagster would refuse, such as a schedule's cron expression.

    Raises:
        ConfigError: in Dagster's words.
    """
    try:
        build_definitions(project).resolve_job_def(NIGHTLY)
    except dg.DagsterError as error:
        raise ConfigError(f"config/project.yml: Dagster refuses the definitions: {error}") from None
