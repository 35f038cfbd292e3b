"""`cdp run`: one whole night."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, app, load, say_if_example
from cdp_pipeline.stages import Stage

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project


@app.command(epilog="Example: cdp run --business-date 2026-05-04 --from link")
def run(
    project: ProjectOption = HERE,
    landing: Annotated[
        str | None, typer.Option(help="Other landing folder, or URL such as s3://bucket/exports.")
    ] = None,
    business_date: Annotated[
        str, typer.Option(help="UTC day that the night stands for, YYYY-MM-DD. Default: today.")
    ] = "",
    from_stage: Annotated[
        Stage, typer.Option("--from", help="Start at this stage, on what the last run left behind.")
    ] = Stage.EXTRACT,
    accept_fewer_rows: Annotated[  # noqa: FBT002
        bool, typer.Option("--accept-fewer-rows", help="Publish although tables shrank much.")
    ] = False,
    full: Annotated[  # noqa: FBT002
        bool, typer.Option("--full", help="Standardise and link all records anew, not only what changed.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Run even if nothing has changed.")] = False,  # noqa: FBT002
    brief: Annotated[bool, typer.Option("--brief", help="End with one line.")] = False,  # noqa: FBT002
) -> None:
    """Run one whole night and publish it."""
    from cdp_pipeline.engine.working_file import reserved_working_file
    from cdp_pipeline.night_screen import show_night, show_night_briefly, show_unchanged
    from cdp_pipeline.nightly.fingerprint import published_unchanged
    from cdp_pipeline.nightly.readiness import check_first_delivery
    from cdp_pipeline.publish.night_folder import current_night
    from cdp_pipeline.screen import NightProgress, errors_in_words, say_aside

    with errors_in_words():
        loaded, night_date = load(project, landing), parse_date(business_date)
        say_if_example(loaded)
        if from_stage is Stage.EXTRACT:
            _fetch(loaded, night_date)
        check_first_delivery(loaded)
        unchanged = None if force or full else published_unchanged(loaded, night_date)
        current = current_night(loaded.published)
        if unchanged and current:
            show_unchanged(str(unchanged.business_date), current)
            return
        with reserved_working_file(loaded, say_aside):
            from cdp_pipeline.nightly.models import load_graph
            from cdp_pipeline.nightly.summary import summarise
            from cdp_pipeline.orchestration.run import run_night

            with NightProgress(total_steps=len(load_graph(loaded).models)) as progress:
                folder = run_night(
                    loaded,
                    night_date,
                    from_stage=from_stage,
                    accept_fewer_rows=accept_fewer_rows,
                    rebuild_everything=full,
                    report=progress.report,
                )
        show = show_night_briefly if brief else show_night
        show(summarise(loaded, folder), progress.seconds_per_stage)


def _fetch(project: Project, night_date: date) -> None:
    """Bring exports that lie elsewhere here, and say what came and what did not."""
    if project.landing_url is None:
        return
    from cdp_pipeline.nightly.landing import refresh_landing, words_of
    from cdp_pipeline.screen import console, visible

    fetched = refresh_landing(project, night_date)
    for line in words_of(fetched) if fetched else ():
        console.print(visible(line), markup=False, highlight=False, soft_wrap=True)


def parse_date(text: str) -> date:
    """Read a business date; none means today (UTC)."""
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-05-04") from None
