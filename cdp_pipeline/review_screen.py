"""What `cdp link review` shows: the queue as a list, and one pair with both records side by side.

Everything goes to the console that is handed in, the one of the person who reviews: it is personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from cdp_pipeline.nightly.review.sides import FACTS
from cdp_pipeline.nightly.review.words import KINDS, question, silent, spoken, stake, weight_words
from cdp_pipeline.plural import counted
from cdp_pipeline.screen import bare_table, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from cdp_pipeline.nightly.review import ReviewPair, Side

MOST_VALUES = 6
"""Values of one kind that are shown of a side."""

BITS_PER_BLOCK = 2


def show_queue(pairs: Sequence[ReviewPair], console: Console) -> None:
    """Print the queue without what the records hold: why each pair is in it, its weight and what hangs on it."""
    table = bare_table(
        "", "why", "pair", "weight", "records", "EUR", numbers={"", "weight", "records", "EUR"}
    )
    for pair in pairs:
        kind = f"{KINDS[pair.kind]}, {'joined' if pair.is_joined else 'apart'}"
        records = "\n".join(visible("/".join(side.record)) for side in (pair.left, pair.right))
        table.add_row(
            str(pair.position),
            kind,
            Text(records),
            f"{pair.match_weight:.1f}",
            str(pair.record_count),
            f"{pair.revenue_eur:,.0f}",
        )
    console.print(table if pairs else "Nothing is left to review.")


def show_pair(pair: ReviewPair, total: int, console: Console) -> None:
    """Print a pair: why it is asked about, both sides, and what spoke for and against."""
    console.rule(Text(f"{pair.position} of {total}"), align="left")
    console.print(Text(visible(question(pair)), "bold"))
    console.print(Text(f"What hangs on it: {stake(pair)}", "dim"))
    console.print()
    console.print(_side_by_side(pair))
    console.print()
    if pair.evidence:
        console.print(_evidence(pair))
    console.print(Text(visible(f"Match weight {weight_words(pair)}"), "bold"))
    if silent(pair):
        console.print(Text(visible(f"Not compared: {', '.join(silent(pair))}"), "dim"))
    if pair.why:
        console.print(Text(visible(f"Why that counts: {pair.why}"), "dim"))
    console.print()


def _side_by_side(pair: ReviewPair) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    sides = (pair.left, pair.right)
    table.add_row("record", *(Text(visible("/".join(side.record)), "bold") for side in sides))
    table.add_row("customer", *(_customer(side) for side in sides))
    for name, words in FACTS.items():
        left, right = (side.facts[name] for side in sides)
        if left or right:
            table.add_row(words, _values(left, set(right)), _values(right, set(left)))
    return table


def _customer(side: Side) -> Text:
    others = side.record_count - 1
    beside = f", with {counted(others, 'record')} more on this side" if others else ""
    return Text(f"{side.customer_id}{beside}", "dim")


def _values(values: Sequence[str], others: set[str]) -> Text:
    """Return the values of a side, green where the other side has them too, those first."""
    ordered = sorted(values, key=lambda value: value not in others)
    lines = [Text(visible(value), "green" if value in others else "") for value in ordered[:MOST_VALUES]]
    if len(ordered) > MOST_VALUES:
        lines.append(Text(f"and {len(ordered) - MOST_VALUES} more", "dim"))
    return Text("\n").join(lines)


def _evidence(pair: ReviewPair) -> Table:
    """Return what spoke for (green) and against (red) one person; each point more doubles the odds."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for words, weight in spoken(pair):
        bar = Text("█" * round(abs(weight) / BITS_PER_BLOCK), "green" if weight > 0 else "red")
        table.add_row(Text(visible(words)), f"{weight:+.1f}", bar)
    return table
