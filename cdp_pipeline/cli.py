"""The `cdp` command. Heavy imports happen inside the commands, so that help answers at once."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cdp_pipeline.stages import Stage

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project

app = typer.Typer(
    name="cdp",
    help="An open customer data platform: exports in, golden profiles and consent-safe audiences out.",
    epilog="Example: cdp run --landing data/samples/night_1 --business-date 2026-05-04",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
admin = typer.Typer(
    help="Operate a project: the UI, published nights, rollback.",
    epilog="Example: cdp admin nights",
    no_args_is_help=True,
)


class FileByDefault(TyperGroup):
    """Takes `cdp link INPUT OUTPUT` as `cdp link file INPUT OUTPUT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert the default command before a first word that names none."""
        names_a_command = not args or args[0] in {*self.commands, "--help"}
        return super().parse_args(ctx, args if names_a_command else ["file", *args])


link = typer.Typer(
    cls=FileByDefault,
    help="Link records: anyone's file with `cdp link INPUT OUTPUT`, or train the model.",
    epilog="Example: cdp link customers.csv clusters.parquet",
    no_args_is_help=True,
)
app.add_typer(link, name="link")
app.add_typer(admin, name="admin")

ProjectOption = Annotated[
    Path, typer.Option("--project", envvar="CDP_PROJECT", help="Folder of the project.", show_default=False)
]
HERE = Path()


@app.command(epilog="Example: cdp run --business-date 2026-05-04 --from link")
def run(
    project: ProjectOption = HERE,
    landing: Annotated[Path | None, typer.Option(help="Landing folder other than data/landing.")] = None,
    business_date: Annotated[
        str, typer.Option(help="UTC day that the night stands for, YYYY-MM-DD. Default: today.")
    ] = "",
    from_stage: Annotated[
        Stage, typer.Option("--from", help="Start at this stage, on what the last run left behind.")
    ] = Stage.EXTRACT,
    force: Annotated[bool, typer.Option("--force", help="Run even if nothing has changed.")] = False,  # noqa: FBT002
) -> None:
    """Run one whole night and publish it."""
    from cdp_pipeline.nightly.fingerprint import published_unchanged
    from cdp_pipeline.publish.night_folder import current_night
    from cdp_pipeline.screen import NightProgress, errors_in_words, show_night, show_unchanged

    with errors_in_words():
        loaded, night_date = _load(project, landing), _parse_date(business_date)
        unchanged = None if force else published_unchanged(loaded, night_date)
        current = current_night(loaded.published)
        if unchanged and current:
            show_unchanged(str(unchanged.business_date), current)
            return
        from cdp_pipeline.nightly.models import load_graph
        from cdp_pipeline.nightly.summary import summarise
        from cdp_pipeline.orchestration.run import run_night

        with NightProgress(total_steps=len(load_graph(loaded).models)) as progress:
            folder = run_night(loaded, night_date, from_stage=from_stage, report=progress.report)
        show_night(summarise(folder), progress.seconds_per_stage)


@app.command(epilog="Example: cdp check --project my_shop")
def check(project: ProjectOption = HERE) -> None:
    """Validate all configuration and SQL, without data."""
    from cdp_pipeline.nightly.check import check_project
    from cdp_pipeline.orchestration.definitions import check_definitions
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        loaded = _load(project, None)
        report = check_project(loaded)
        check_definitions(loaded)
        console.print(f"[green]All is well[/green]: {report}.", highlight=False, soft_wrap=True)


@link.command("file", epilog="Example: cdp link customers.csv clusters.parquet --country GB")
def link_file(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="CSV or Parquet with source_record_id.")],
    target: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Parquet to write.")],
    project: ProjectOption = HERE,
    country: Annotated[str, typer.Option(help="ISO code for phones that name no country.")] = "DE",
) -> None:
    """Link the records of anyone's file: one cluster_id per person. `cdp link INPUT OUTPUT` is this."""
    from cdp_pipeline.nightly import link_file as linking
    from cdp_pipeline.screen import errors_in_words, progress_line, show_linked_file

    with errors_in_words():
        with progress_line() as report:
            linked = linking.link_file(_load(project, None), source, target, country=country, report=report)
        show_linked_file(linked, target)


@link.command(epilog="Example: cdp link train --seed 1")
def train(
    project: ProjectOption = HERE,
    seed: Annotated[
        int | None, typer.Option(help="Equal data and seed give an equal model. Default: linkage.yml's.")
    ] = None,
) -> None:
    """Train the Splink model on the last night's records and save it in the project's config."""
    from cdp_pipeline.nightly.train_model import train_on_last_night
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        path, trained = train_on_last_night(_load(project, None), seed)
        console.print(f"Trained on {trained.nodes} distinct records. Written: {path}", highlight=False)
        for level in trained.unseen_levels:
            console.print(f"[yellow]Not seen in the data, set to a default[/yellow]: {level}")


@app.command(epilog="Example: cdp sample --people 200 --seed 7 --nights 2 --out data/samples")
def sample(
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    people: Annotated[int, typer.Option(min=100, help="How many people live in the sample's world.")] = 200,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal bytes.")] = 7,
    nights: Annotated[int, typer.Option(min=1, help="How many nights of exports.")] = 2,
) -> None:
    """Generate synthetic exports of all sources, with the truth apart."""
    from cdp_pipeline.sample import generate_sample
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        generate_sample(people, seed, nights, out)
        console.print(f"{nights} nights of about {people} people are in {out}", highlight=False)


@admin.command(epilog="Example: cdp admin ui --port 3000")
def ui(
    project: ProjectOption = HERE, port: Annotated[int, typer.Option(help="Port on loopback.")] = 3000
) -> None:
    """Open the Dagster UI on loopback, telemetry off."""
    from cdp_pipeline.orchestration.home import prepare_dagster_home
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        loaded = _load(project, None)
    home = prepare_dagster_home(loaded)
    console.print(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C ends it)", highlight=False)
    os.execvpe(  # noqa: S606 - a fixed program of our own environment
        _dagster(),
        ["dagster", "dev", "-m", "cdp_pipeline.definitions", "-h", "127.0.0.1", "-p", str(port)],
        {**os.environ, "DAGSTER_HOME": str(home), "CDP_PROJECT": str(loaded.root)},
    )


@admin.command(epilog="Example: cdp admin nights")
def nights(project: ProjectOption = HERE) -> None:
    """List published nights; the current one is marked."""
    from cdp_pipeline.publish.manifest import read_manifest
    from cdp_pipeline.publish.night_folder import current_night, published_nights
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        published = _load(project, None).published
        if not published_nights(published):
            console.print("No night is published yet. Run one: cdp run")
        for folder in published_nights(published):
            mark = "→" if folder == current_night(published) else " "
            manifest = read_manifest(folder)
            console.print(f"{mark} {folder.name}  published {manifest.published_at:%Y-%m-%d %H:%M} UTC")


@admin.command(epilog="Example: cdp admin audit --limit 50")
def audit(
    project: ProjectOption = HERE,
    limit: Annotated[int, typer.Option(min=1, help="How many events, the newest first.")] = 20,
) -> None:
    """List what happened to the published nights."""
    from cdp_pipeline.control.audit import list_events
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        for event in list_events(_load(project, None), limit):
            console.print(
                f"{event.occurred_at:%Y-%m-%d %H:%M} UTC  {event.action}  {event.subject}", highlight=False
            )


@admin.command(epilog="Example: cdp admin rollback")
def rollback(project: ProjectOption = HERE) -> None:
    """Point `current` to the night before it."""
    from cdp_pipeline.nightly.publication import roll_back
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        left, now = roll_back(_load(project, None))
        console.print(f"current: {left.name} → {now.name}", highlight=False)


def _load(project: Path, landing: Path | None) -> Project:
    from cdp_pipeline.contracts.project import load_project

    return load_project(project, landing=landing)


def _parse_date(text: str) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-05-04") from None


def _dagster() -> str:
    import sys

    return str(Path(sys.executable).parent / "dagster")


def main() -> None:
    """Entry point of the `cdp` command."""
    app()
