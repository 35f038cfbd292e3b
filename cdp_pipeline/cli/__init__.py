"""The `cdp` command: one module per family of commands.

What belongs here: arguments, options, and the wiring of one domain function to what the terminal shows.
Heavy imports happen inside the commands, so that help answers at once.
"""

from __future__ import annotations

from cdp_pipeline.cli import (
    admin,
    check,
    explain,
    init,
    link,
    privacy,
    quarantine,
    run,
    sample,
    source,
    status,
)
from cdp_pipeline.cli.app import app

__all__ = [
    "admin",
    "app",
    "check",
    "explain",
    "init",
    "link",
    "main",
    "privacy",
    "quarantine",
    "run",
    "sample",
    "source",
    "status",
]


def main() -> None:
    """Entry point of the `cdp` command."""
    app()
