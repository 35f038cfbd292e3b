"""The command's root, and what its commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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

ProjectOption = Annotated[
    Path, typer.Option("--project", envvar="CDP_PROJECT", help="Folder of the project.", show_default=False)
]
HERE = Path()


def load(project: Path, landing: Path | str | None = None) -> Project:
    """Load the project that a command works on."""
    from cdp_pipeline.contracts.project import load_project

    return load_project(project, landing=landing)


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
