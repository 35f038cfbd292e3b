"""Delivered values as text without harm, and sections of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cdp_pipeline.screen import visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def section(console: Console, title: str, content: Table | Sequence[RenderableType]) -> None:
    """Print a heading and what stands beneath it."""
    console.print("\n", Text(title, "bold cyan"), sep="")
    is_empty = not content.row_count if isinstance(content, Table) else not content
    if is_empty:
        console.print(Text("  nothing", "dim"))
    else:
        console.print(content if isinstance(content, Table) else Group(*content))


def table_of(*columns: str) -> Table:
    """Return a table without lines; columns whose name ends in > stand to the right."""
    table = Table(box=None, pad_edge=True, show_header=False)
    for column in columns:
        is_number = column.endswith(">")
        table.add_column(justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    return table


def plain(value: object) -> Text:
    """Return a value as text in which nothing is markup."""
    return Text(shown(value))


def shown(value: object) -> str:
    """Return a value as text, times to the minute."""
    match value:
        case datetime():
            text = f"{value:%Y-%m-%d %H:%M}"
        case date():
            text = value.isoformat()
        case _:
            text = str(value)
    return visible(text)
