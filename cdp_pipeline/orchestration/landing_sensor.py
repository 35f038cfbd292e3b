"""Starting a night when new files have arrived whole: Dagster's side of `extract.settling`."""

from __future__ import annotations

import time
from datetime import date

import dagster as dg
from dagster import SensorDefinition, SensorEvaluationContext, SensorResult, SkipReason

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import CdpError
from cdp_pipeline.extract.remote import is_mirrored, view_store
from cdp_pipeline.extract.settling import LandingView, Watch, view_landing
from cdp_pipeline.nightly.fingerprint import landing_inputs
from cdp_pipeline.nightly.run_record import running_since
from cdp_pipeline.orchestration.run_facts import night_config, night_tags, utc_today
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import published_nights

LOOK_EVERY_SECONDS = 60
SETTLE_SECONDS = 120
NOT_YET_RUNNING = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING])

DESCRIPTION = f"""\
Starts the nightly job when new, complete files lie in the landing folder. Off until you turn it on.

It looks every {LOOK_EVERY_SECONDS} seconds and waits until nothing in the folder has changed for
{SETTLE_SECONDS} seconds; temporary names (.part, .tmp, .crdownload and the like) are never read, but while such a file
grows, the others wait for it. The same files never start two nights. Where the landing folder is a store elsewhere, it
is listed, not downloaded; the night fetches.
"""


def landing_sensor(project: Project, job: dg.UnresolvedAssetJobDefinition) -> SensorDefinition:
    """Build the sensor that watches the project's landing folder."""

    @dg.sensor(
        name="landing_folder",
        job=job,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=DESCRIPTION,
    )
    def landing_folder(context: SensorEvaluationContext) -> SensorResult:
        is_starting = bool(context.instance.get_runs(filters=NOT_YET_RUNNING, limit=1))
        return evaluate(project, context.cursor, time.time(), utc_today(), is_starting=is_starting)

    return landing_folder


def evaluate(
    project: Project, cursor: str | None, now: float, today: date, *, is_starting: bool = False
) -> SensorResult:
    """Decide whether to start a night.

    Args:
        cursor: what the evaluation before remembered.
        now: seconds since 1970.
        today: business date of a night that would start now (UTC).
        is_starting: a run was asked for and does not hold the writer's lock yet; a second one would fail at it.
    """
    try:
        view = view_store(project) if project.landing_url else view_landing(project)
    except (
        CdpError
    ) as error:  # the store is away: nothing is known, so nothing starts and nothing is forgotten
        return SensorResult(skip_reason=SkipReason(str(error)), cursor=cursor)
    watch = Watch.from_text(cursor).look(view, now)
    reason = watch.waits_because(view, now, SETTLE_SECONDS) or _must_wait(
        project, today, is_starting=is_starting
    )
    if not reason:
        watch = watch.handle(view)
        reason = _needs_no_night(project, view)
    if reason:
        return SensorResult(skip_reason=SkipReason(reason), cursor=watch.as_text())
    return SensorResult(run_requests=[_request(project, view, today)], cursor=watch.as_text())


def _must_wait(project: Project, today: date, *, is_starting: bool) -> str | None:
    """Tell why settled files cannot start a night yet; they are looked at again."""
    if since := running_since(project):
        return f"A night is running since {since}; these files wait for its end."
    if is_starting:
        return "A run is about to start; these files wait for its end."
    nights = published_nights(project.published)
    newest = read_manifest(nights[-1]).business_date if nights else today
    if newest > today:
        return (
            f"The night of {newest} is published, and nights only go forward; these files wait for that day."
        )
    return None


def _request(project: Project, view: LandingView, today: date) -> dg.RunRequest:
    """Ask for a night; the run key makes Dagster refuse a second one for the same files."""
    return dg.RunRequest(
        run_key=f"landing-{view.content}",
        run_config=night_config(project, today),
        tags=night_tags(project, today),
    )


def _needs_no_night(project: Project, view: LandingView) -> str | None:
    """Tell why settled files need no night: all are published.

    A landing folder that cannot be read gets its night: the failed run says in words what is wrong.
    """
    nights = published_nights(project.published)
    if not nights or (project.landing_url and not is_mirrored(project, view)):
        return None
    manifest = read_manifest(nights[-1])
    try:
        inputs = landing_inputs(project)
    except CdpError:
        return None
    if set(inputs) <= set(manifest.inputs):
        return (
            f"Nothing new: all files are part of the night of {manifest.business_date}, which is published."
        )
    return None
