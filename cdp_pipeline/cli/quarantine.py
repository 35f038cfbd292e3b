"""`cdp source quarantine`: records that were kept out, and letting them in."""

from __future__ import annotations

import typer

from cdp_pipeline.cli.source import source

quarantine = typer.Typer(
    help="List, show and release records that a rule kept out.",
    epilog="Example: cdp source quarantine list",
    no_args_is_help=True,
)
source.add_typer(quarantine, name="quarantine")
