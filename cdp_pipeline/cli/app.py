"""The command's root, and what its commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.hints import note_project

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


@app.callback()
def _begin() -> None:
    """Forget the project of a command before, where one process runs several."""
    note_project("")


def _note(context: typer.Context, project: Path) -> Path:
    """Note a project that the command line itself names: hints repeat it."""
    source = context.get_parameter_source("project")
    note_project(str(project) if source and source.name == "COMMANDLINE" else "")
    return project


ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project", envvar="CDP_PROJECT", help="Folder of the project.", show_default=False, callback=_note
    ),
]
HERE = Path()

SIGNS_OF_A_PROJECT = (
    "config",
    "cdp_pipeline/config",
    "data/control.sqlite",
    "data/landing",
    "data/published",
    "data/warehouse",
)
"""What a project's folder, or a checkout of this repository, has one of."""


def load(project: Path, landing: Path | str | None = None) -> Project:
    """Load the project that a command works on."""
    from cdp_pipeline.contracts.project import load_project

    return load_project(project, landing=landing)


def load_existing(project: Path, landing: Path | str | None = None) -> Project:
    """Load the project of a command that looks at what is there already: it must not begin one.

    Raises:
        ConfigError: the folder is no project's.
    """
    from cdp_pipeline.errors import ConfigError

    loaded = load(project, landing)
    if not any((loaded.root / sign).exists() for sign in SIGNS_OF_A_PROJECT):
        raise ConfigError(
            f"{loaded.root} is no project: it has no config, and no night was run there. Go to the project's folder, "
            "or name it: --project DIR. A new one: cdp init DIR."
        )
    return loaded


def say_if_example(project: Project) -> None:
    """Say so where a folder is nobody's own project: work in the wrong folder should not look right."""
    from cdp_pipeline.contracts.project import SHIPPED_CONFIG
    from cdp_pipeline.screen import error_console

    is_checkout = SHIPPED_CONFIG.is_relative_to(project.root)
    if not (is_checkout or (project.root / "config" / "project.yml").exists()):
        error_console.print(
            f"[yellow]{project.root} has no config/project.yml[/yellow], so this is the example retailer. "
            "A project of your own: cdp init.",
            highlight=False,
            soft_wrap=True,
        )
