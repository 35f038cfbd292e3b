"""What `cdp link compare` shows: counts first, then by cause and by edge, then samples. Record keys, no values."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import TYPE_CHECKING

from rich.text import Text

from cdp_pipeline.link.evidence_words import veto_words
from cdp_pipeline.nightly.explain.events import CAUSES
from cdp_pipeline.plural import counted
from cdp_pipeline.screen import bare_table, visible

if TYPE_CHECKING:
    from rich.console import Console

    from cdp_pipeline.nightly.compare_nights import Comparison, Row, Side

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

BEFORE = {
    "other_record": "one of the records is new",
    "vetoed": "was vetoed",
    "near_miss": "was too unlikely",
    "absent": "was not there",
}
NOW = {
    "other_record": "one of the records has left",
    "vetoed": "is vetoed",
    "near_miss": "is too unlikely",
    "absent": "is not there any more",
}
"""What the other run says of an edge."""

RECORDS_SHOWN, EDGES_SHOWN = 4, 3


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print a comparison."""
    counts = comparison.difference.counts
    console.print(
        Text(f"From {_named(comparison.before)} to {_named(comparison.after)}", "bold"), soft_wrap=True
    )
    if comparison.has_ids:
        same = "are the same: only data differ" if comparison.is_project_same else "differ"
        console.print(Text(f"Configuration, SQL and code of the project {same}.", "dim"))
    console.print(Text(_headline(counts)))
    _show_counts(counts, console)
    other_ids = counts["unchanged"] - counts["same_id"]
    if comparison.has_ids and other_ids:
        console.print(
            f"[yellow]{counted(other_ids, 'unchanged customer')} under another id[/yellow]", highlight=False
        )
    _show_events(comparison.events, console)
    _show_edges("What joins them now", comparison.difference.joining, "was", BEFORE, console)
    _show_edges("What no longer holds", comparison.difference.parting, "is_now", NOW, console)
    joined, parted = comparison.difference.joined, comparison.difference.parted
    _show_samples(
        f"Joined, the weakest first ({len(joined)} of {counts['joined']:,})", joined, BEFORE, console
    )
    _show_samples(
        f"Parted, the strongest first ({len(parted)} of {counts['parted']:,})", parted, NOW, console
    )


def as_json(comparison: Comparison) -> str:
    """Return the comparison for programs, in ASCII, dates as ISO 8601."""
    return json.dumps(dataclasses.asdict(comparison), default=_iso, indent=2)


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _named(side: Side) -> str:
    """Name a run; a published folder begins with its date."""
    day = str(side.business_date)
    return visible(side.name if side.name.startswith(day) else f"{side.name}, {day}")


def _headline(counts: dict[str, int]) -> str:
    joined, parted = counts["joined"], counts["parted"]
    return (
        f"{counted(joined, 'customer')} {'is' if joined == 1 else 'are'} joined of several, "
        f"{counted(parted, 'customer')} {'is' if parted == 1 else 'are'} parted; "
        f"{counted(counts['joined_pairs'], 'pair')} of records came together, "
        f"{counted(counts['parted_pairs'], 'pair')} came apart."
    )


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
    others = counts["unchanged"] - counts["same_id"]
    if counts["same_id"] and others:
        console.print(
            f"[yellow]{counted(others, 'unchanged customer')} under another id[/yellow]", highlight=False
        )


def _show_events(events: list[Row], console: Console) -> None:
    if events:
        table = bare_table("customer ids", "count", "cause", numbers=("count",))
        for row in events:
            cause = CAUSES.get(row["cause"], str(row["cause"]))
            table.add_row(row["event"], f"{row['customer_ids']:,}", Text(cause, "dim"))
        console.print()
        console.print(table)


def _show_edges(title: str, rows: list[Row], fate: str, words: dict[str, str], console: Console) -> None:
    if rows:
        table = bare_table(title, "customers", "edges", "", numbers=("customers", "edges"))
        for row in rows:
            what = f"{row['edge_kind']} {visible(row['edge_name'])}"
            table.add_row(what, f"{row['customers']:,}", f"{row['edges']:,}", Text(words[row[fate]], "dim"))
        console.print()
        console.print(table)


def _show_samples(title: str, rows: list[Row], words: dict[str, str], console: Console) -> None:
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
            said = f"{edge['edge_kind']} {visible(edge['edge_name'])} {edge['match_weight']:.1f}"
            console.print(Text.assemble(pair, said, (f", {_fate(edge, words)}", "dim")), soft_wrap=True)


def _keys(part: Row) -> str:
    shown = part["record_keys"][:RECORDS_SHOWN]
    more = part["records"] - len(shown)
    return visible(", ".join(shown)) + (f" and {more:,} more" if more else "")


def _fate(edge: Row, words: dict[str, str]) -> str:
    fate = edge["was"] if "was" in edge else edge["is_now"]
    by = f": {veto_words(edge['vetoed_by'])}" if fate == "vetoed" and edge["vetoed_by"] else ""
    return words[fate] + by
