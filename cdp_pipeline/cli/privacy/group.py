"""The `cdp privacy` group: what the people in the data may ask for."""

from __future__ import annotations

import typer

from cdp_pipeline.cli.app import app

privacy = typer.Typer(
    help="Answer the people in the data: requests, access, erasure, corrections, objections.",
    epilog="Example: cdp privacy request list",
    no_args_is_help=True,
)
app.add_typer(privacy, name="privacy")
