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


def load(project: Path, landing: Path | None = None) -> Project:
    """Load the project that a command works on."""
    from cdp_pipeline.contracts.project import load_project

    return load_project(project, landing=landing)
