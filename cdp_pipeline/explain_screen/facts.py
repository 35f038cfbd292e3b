"""The parts of the screen about what a customer did and left: addresses, ids, purchases, e-mails, requests, visits.

The terminal shows the newest of what may be many; the page and JSON hold all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from cdp_pipeline.explain_screen.shown import plain, section, shown, table_of
from cdp_pipeline.nightly.explain.fact_words import facts_in_words
from cdp_pipeline.nightly.explain.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from cdp_pipeline.nightly.explain import Explanation, Row

NEWEST = 5


def show_facts(explanation: Explanation, console: Console) -> None:
    """Print where the customer lives, what other systems call them, and what they did, the newest first."""
    facts = facts_in_words({name: getattr(explanation, name) for name in FACTS})
    section(console, f"Addresses: {len(facts['addresses'])}", _addresses(facts["addresses"]))
    section(console, "Ids of other systems", _external_ids(facts["external_ids"]))
    section(console, "Seen by channel", _channels(facts["channels"]))
    for title, rows, table in (
        ("Purchases", facts["purchases"], _purchases),
        ("Campaign e-mails", facts["campaigns"], _campaigns),
        ("Requests to customer service", facts["requests"], _requests),
        ("Visits to the web shop", facts["visits"], _visits),
    ):
        more = f", the newest {NEWEST}; --html and --json hold all" if len(rows) > NEWEST else ""
        section(console, f"{title}: {len(rows):,}{more}", table(rows[:NEWEST]))


def _addresses(rows: Sequence[Row]) -> Table:
    table = table_of("address", "state", "seen")
    for row in rows:
        style = "bold" if row["is_preferred"] else "" if row["is_current"] else "dim"
        table.add_row(
            Text(shown(row["words"]), style), Text(shown(row["state"]), style), Text(row["seen"], "dim")
        )
    return table


def _external_ids(rows: Sequence[Row]) -> Table:
    table = table_of("kind", "value", "source", "seen")
    for row in rows:
        named = (plain(row[name]) for name in ("kind", "id_value", "source_system"))
        table.add_row(*named, Text(row["seen"], "dim"))
    return table


def _channels(rows: Sequence[Row]) -> Table:
    table = table_of("channel", "seen", "counts")
    for row in rows:
        table.add_row(row["channel"], row["seen"], Text(row["counts"], "dim"))
    return table


def _purchases(rows: Sequence[Row]) -> Table:
    table = table_of("at", "where", "number", "amount>", "what")
    for row in rows:
        status = Text(shown(row["status"]), "" if row["status"] == "paid" else "yellow")
        what = Text("\n").join([status, *(Text(shown(line), "dim") for line in row["line_words"])])
        named = (plain(row[name]) for name in ("occurred_at", "where", "purchase_id"))
        table.add_row(*named, row["amount"], what)
    return table


def _campaigns(rows: Sequence[Row]) -> Table:
    table = table_of("at", "campaign", "events")
    for row in rows:
        table.add_row(plain(row["last_at"]), plain(row["name"]), Text(shown(row["counts"]), "dim"))
    return table


def _requests(rows: Sequence[Row]) -> Table:
    table = table_of("at", "number", "what", "state")
    for row in rows:
        style = "yellow" if row["is_complaint"] else "dim"
        named = (plain(row[name]) for name in ("opened_at", "interaction_id", "what"))
        table.add_row(*named, Text(shown(row["state"]), style))
    return table


def _visits(rows: Sequence[Row]) -> Table:
    table = table_of("at", "events", "browser")
    for row in rows:
        table.add_row(plain(row["first_at"]), plain(row["counts"]), Text(shown(row["browser"]), "dim"))
    return table
