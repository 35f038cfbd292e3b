"""The `cdp link` group: a file to link by default, other commands by name."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from cdp_pipeline.cli.app import app


class FileByDefault(TyperGroup):
    """Takes `cdp link INPUT OUTPUT` as `cdp link file INPUT OUTPUT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert the default command before a first word that names none."""
        names_a_command = not args or args[0] in {*self.commands, "--help"}
        return super().parse_args(ctx, args if names_a_command else ["file", *args])


link = typer.Typer(
    cls=FileByDefault,
    help="Link records: anyone's file with `cdp link INPUT OUTPUT` (its options: `cdp link file --help`), or look "
    "after the linkage of the nights.",
    epilog="Example: cdp link customers.csv clusters.parquet",
    no_args_is_help=True,
)
app.add_typer(link, name="link")
