"""Running the nightly job in this process, without a daemon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import NightError
from cdp_pipeline.extract.deliveries import check_landing
from cdp_pipeline.nightly.readiness import check_date_moves_forward
from cdp_pipeline.orchestration.assets import PUBLISHED_NIGHT
from cdp_pipeline.orchestration.definitions import NIGHTLY, build_definitions
from cdp_pipeline.orchestration.event_log import open_instance
from cdp_pipeline.orchestration.failure import first_failure
from cdp_pipeline.orchestration.home import prepare_dagster_home
from cdp_pipeline.orchestration.night_resource import NightResource
from cdp_pipeline.orchestration.progress import listening
from cdp_pipeline.orchestration.run_facts import night_tags
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline.stages import Stage

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
UNTOLD = "the run failed without saying why; see its page in the Dagster UI (make ui)"


def run_night(
    project: Project,
    business_date: date,
    *,
    from_stage: Stage = Stage.EXTRACT,
    accept_fewer_rows: bool = False,
    rebuild_everything: bool = False,
    report: Callable[[str, str], None],
) -> Path:
    """Execute the `nightly` job and return the published folder.

    Args:
        from_stage: earlier stages are left as the last run built them.
        accept_fewer_rows: whether tables that shrank much may be published, this once.
        rebuild_everything: whether all records are standardised and linked anew, not only what changed.
        report: called with stage and subject as work proceeds.

    Raises:
        NightError: the night failed; the message is the first failed step's.
    """
    project.check_secrets()
    if from_stage is Stage.EXTRACT:
        check_landing(project)
    check_date_moves_forward(project, business_date)
    home = prepare_dagster_home(project)
    resource = NightResource(
        project_root=str(project.root),
        landing=str(project.landing_override or ""),
        business_date=business_date.isoformat(),
        accept_fewer_rows=accept_fewer_rows,
        rebuild_everything=rebuild_everything,
    )
    definitions = build_definitions(project, resource)
    with open_instance(home) as instance, listening(report):
        result = definitions.resolve_job_def(NIGHTLY).execute_in_process(
            instance=instance,
            run_config=QUIET,
            asset_selection=_selection(definitions, from_stage),
            tags=night_tags(project, business_date),
            raise_on_error=False,
        )
    if not result.success:
        raise NightError(first_failure(result.all_events) or UNTOLD)
    folder = current_night(project.published)
    if folder is None:
        raise NightError(f"{project.published}: the run succeeded but nothing is published.")
    return folder


def _selection(definitions: dg.Definitions, from_stage: Stage) -> list[dg.AssetKey]:
    keys = definitions.resolve_asset_graph().get_all_asset_keys()
    chosen = [key for key in keys if not from_stage.is_after(Stage(key.path[0]))]
    return [*chosen] if PUBLISHED_NIGHT in chosen else [*chosen, PUBLISHED_NIGHT]
