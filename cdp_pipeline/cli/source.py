"""`cdp source`: exports as they come, and what became of their records."""

from __future__ import annotations

import typer

from cdp_pipeline.cli.app import app

source = typer.Typer(
    help="Look at exports before they are loaded, and at records that were kept out.",
    epilog="Example: cdp source inspect export.csv",
    no_args_is_help=True,
)
app.add_typer(source, name="source")
