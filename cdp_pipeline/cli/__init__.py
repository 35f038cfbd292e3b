"""The `cdp` command: one module per family of commands.

What belongs here: arguments, options, and the wiring of one domain function to what the terminal shows.
Heavy imports happen inside the commands, so that help answers at once.
"""

from __future__ import annotations

from cdp_pipeline.cli import admin, check, link, run, sample
from cdp_pipeline.cli.app import app

__all__ = ["admin", "check", "link", "main", "run", "sample"]


def main() -> None:
    """Entry point of the `cdp` command."""
    app()
