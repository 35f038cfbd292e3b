"""The parts of the screen about time: from when to when values stood and records belonged, and a day that has gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from cdp_pipeline.explain_screen.shown import plain, section, shown, table_of
from cdp_pipeline.nightly.explain.history import changed_values
from cdp_pipeline.nightly.explain.queries import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from cdp_pipeline.nightly.explain import PastExplanation, Row


def over_time(history: Sequence[Row], memberships: Sequence[Row]) -> list[RenderableType]:
    """Return the values that changed, each with its nights, and the records that came later or left."""
    parts: list[RenderableType] = []
    values = table_of("column", "value", "nights")
    named = ""
    for row in changed_values(history):
        column, named = ("" if row["column_name"] == named else row["column_name"]), row["column_name"]
        is_past = row["valid_to"] is not None
        value = Text("none" if row["value"] is None else shown(row["value"]), "dim" if is_past else "bold")
        values.add_row(plain(column), value, _nights(row))
    if values.row_count:
        parts.append(values)
    elif history:
        parts.append(Text(f" No value changed since {min(row['valid_from'] for row in history)}.", "dim"))
    records = table_of("record", "nights", "words")
    for row in memberships:
        words = "; ".join(words for words in (row["begun_words"], row["ended_words"]) if words)
        name = row["label"] or "/".join(key_of(row))
        records.add_row(plain(name), _nights(row), Text(words, "dim"))
    return [*parts, *([records] if records.row_count else [])]


def _nights(row: Row) -> str:
    begin, end = row["valid_from"], row["valid_to"]
    return f"since {begin}" if end is None else f"from {begin} to {end}"


def show_past(past: PastExplanation, console: Console) -> None:
    """Print how a customer looked on a day that has gone."""
    title = Text.assemble(
        (f"Customer {past.customer_id} on {past.on}", "bold"),
        f"  as night {past.business_date} of {past.project} remembers",
    )
    console.print(title)
    if past.way:
        console.print(Text(shown(past.way), "dim"))
    console.print()
    for sentence in past.summary:
        console.print(Text(shown(sentence)))
    for customer in past.customers:
        section(console, f"Profile of {customer['customer_id']}", _profile(customer))
        section(console, f"Records: {len(customer['records'])}", _records(customer["records"]))
    if past.elsewhere:
        section(console, "Records of today that were another customer's", _elsewhere(past.elsewhere))


def _profile(customer: Row) -> list[RenderableType]:
    values = table_of("column", "value")
    for column, value in customer["profile"].items():
        if value is not None:
            values.add_row(column, Text(shown(value), "bold"))
    ended = f", then {customer['ended_by']}" if customer["valid_to"] else ""
    into = f" into {customer['merged_into']}" if customer["merged_into"] else ""
    return [values, Text(f" Unchanged {_nights(customer)}{ended}{into}", "dim")]


def _records(records: Sequence[Row]) -> Table:
    table = table_of("record", "nights")
    for row in records:
        table.add_row(plain("/".join(key_of(row))), Text(_nights(row), "dim"))
    return table


def _elsewhere(records: Sequence[Row]) -> Table:
    table = table_of("record", "customer")
    for row in records:
        table.add_row(plain("/".join(key_of(row))), plain(row["customer_id"]))
    return table
