"""What `cdp link compare` shows: counts first, then by cause and by edge, then samples. Record keys, no values."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import TYPE_CHECKING

from rich.text import Text

from cdp_pipeline.nightly.comparison_words import (
    edge_words,
    fate_words,
    headline,
    named,
    pairs_words,
    project_words,
)
from cdp_pipeline.nightly.explain.events import CAUSES
from cdp_pipeline.plural import counted
from cdp_pipeline.screen import bare_table, visible

if TYPE_CHECKING:
    from rich.console import Console

    from cdp_pipeline.nightly.compare_nights import Comparison, Row

COUNTS = {
    "unchanged": "unchanged: the same records",
    "resized": "the same customer, with records new or gone",
    "joined": "joined: of several customers before",
    "parted": "parted: into several customers",
    "new": "new: of new records alone",
    "gone": "gone: all their records left",
}

BY_DATA = ("resized", "new", "gone")
"""Only new data make such customers; without any there is nothing to say."""

RECORDS_SHOWN, EDGES_SHOWN = 4, 3


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print a comparison."""
    counts = comparison.difference.counts
    before, after = visible(named(comparison.before)), visible(named(comparison.after))
    console.print(Text(f"From {before} to {after}", "bold"), soft_wrap=True)
    console.print(Text(project_words(comparison), "dim"))
    console.print(Text(f"{headline(counts)}; {pairs_words(counts)}."))
    _show_counts(counts, console)
    other_ids = counts["unchanged"] - counts["same_id"]
    if comparison.has_ids and other_ids:
        console.print(
            f"[yellow]{counted(other_ids, 'unchanged customer')} under another id[/yellow]", highlight=False
        )
    _show_events(comparison.events, console)
    _show_edges("What joins them now", comparison.difference.joining, console)
    _show_edges("What no longer holds", comparison.difference.parting, console)
    joined, parted = comparison.difference.joined, comparison.difference.parted
    _show_samples(f"Joined, the weakest first ({len(joined)} of {counts['joined']:,})", joined, console)
    _show_samples(f"Parted, the strongest first ({len(parted)} of {counts['parted']:,})", parted, console)


def as_json(comparison: Comparison) -> str:
    """Return the comparison for programs, in ASCII, dates as ISO 8601."""
    return json.dumps(dataclasses.asdict(comparison), default=_iso, indent=2)


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _show_counts(counts: dict[str, int], console: Console) -> None:
    table = bare_table("customers", "count", numbers=("count",))
    table.add_row("before", f"{counts['customers_before']:,}")
    table.add_row("after", f"{counts['customers_after']:,}", end_section=True)
    for name, words in COUNTS.items():
        if counts[name] or name not in BY_DATA:
            table.add_row(f"  {words}", f"{counts[name]:,}")
    table.add_row("records in both", f"{counts['kept_records']:,}")
    table.add_row("  new", f"{counts['new_records']:,}")
    table.add_row("  gone", f"{counts['gone_records']:,}")
    console.print()
    console.print(table)


def _show_events(events: list[Row], console: Console) -> None:
    if events:
        table = bare_table("customer ids", "count", "cause", numbers=("count",))
        for row in events:
            cause = CAUSES.get(row["cause"], str(row["cause"]))
            table.add_row(row["event"], f"{row['customer_ids']:,}", Text(cause, "dim"))
        console.print()
        console.print(table)


def _show_edges(title: str, rows: list[Row], console: Console) -> None:
    if rows:
        table = bare_table(title, "customers", "edges", "", numbers=("customers", "edges"))
        for row in rows:
            numbers = (f"{row[column]:,}" for column in ("customers", "edges"))
            table.add_row(visible(edge_words(row)), *numbers, Text(fate_words(row), "dim"))
        console.print()
        console.print(table)


def _show_samples(title: str, rows: list[Row], console: Console) -> None:
    if not rows:
        return
    console.print("\n", Text(title, "bold cyan"), sep="")
    for row in rows:
        console.print(Text(f" {row['customer_id']}", "bold"))
        for part in row["parts"]:
            console.print(
                Text.assemble((f"   {part['customer_id']}", "dim"), f"  {_keys(part)}"), soft_wrap=True
            )
        for edge in (row["edges"] or [])[:EDGES_SHOWN]:
            pair = visible(f"   {edge['left']} – {edge['right']}: ")
            said = f"{visible(edge_words(edge))} {edge['match_weight']:.1f}"
            console.print(Text.assemble(pair, said, (f", {fate_words(edge)}", "dim")), soft_wrap=True)


def _keys(part: Row) -> str:
    shown = part["record_keys"][:RECORDS_SHOWN]
    more = part["records"] - len(shown)
    return visible(", ".join(shown)) + (f" and {more:,} more" if more else "")
