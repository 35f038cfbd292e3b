"""`cdp admin`: operating a project."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, app, load, load_existing

admin = typer.Typer(
    help="Operate a project: the UI, published nights, rollback.",
    epilog="Example: cdp admin nights",
    no_args_is_help=True,
)


app.add_typer(admin, name="admin")


@admin.command(epilog="Example: cdp admin ui --port 3000")
def ui(
    project: ProjectOption = HERE, port: Annotated[int, typer.Option(help="Port on loopback.")] = 3000
) -> None:
    """Open the Dagster UI on loopback, telemetry off."""
    from cdp_pipeline.orchestration.home import prepare_dagster_home
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        loaded = load(project)
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
        published = load_existing(project).published
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
        for event in list_events(load_existing(project), limit):
            console.print(
                f"{event.occurred_at:%Y-%m-%d %H:%M} UTC  {event.action}  {event.subject}", highlight=False
            )


@admin.command(epilog="Example: cdp admin rollback")
def rollback(project: ProjectOption = HERE) -> None:
    """Point `current` to the night before it."""
    from cdp_pipeline.nightly.rollback import roll_back
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        left, now = roll_back(load_existing(project))
        console.print(f"current: {left.name} → {now.name}", highlight=False)


def _dagster() -> str:
    return str(Path(sys.executable).parent / "dagster")
