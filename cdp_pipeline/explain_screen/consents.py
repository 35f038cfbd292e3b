"""The parts of the screen about consent: what holds at each contact point, and what was ever told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from cdp_pipeline.explain_screen.shown import plain, shown, table_of
from cdp_pipeline.nightly.explain.consents import decided_words, moment_words
from cdp_pipeline.nightly.explain.contacts import contact_states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_pipeline.nightly.explain import Explanation
    from cdp_pipeline.nightly.explain.queries import Row


def consents(explanation: Explanation) -> Table:
    """Return the contact points with what was consented to, on which legal basis."""
    table = table_of("contact", "what", "status", "since", "source")
    for contact in explanation.contacts:
        value = contact["contact_value"]
        table.add_row(Text(shown(value), "bold"), plain(", ".join(contact_states(contact))), "", "", "")
        decided = [row for row in explanation.consents if row["contact_value"] == value]
        for row in decided:
            since = Text(decided_words(row["decided_at"]), "dim")
            basis = f", {row['article']}" if row["article"] else ""
            table.add_row(
                "",
                f"{row['purpose']} by {row['channel']}{basis}",
                _status(row),
                since,
                plain(row["source_system"]),
            )
        if not decided:
            table.add_row("", Text("no consent on record", "dim"), "", "", "")
    return table


def ledger(entries: Sequence[Row]) -> Table:
    """Return what was ever told of each contact point, as it was told first, with proof."""
    table = table_of("contact", "decision", "when", "source", "proof", "ledger")
    last = None
    for row in entries:
        value = row["contact_value"]
        what = Text.assemble(f"{row['purpose']} by {row['channel']}: ", _status(row))
        proof = ", ".join(shown(row[name]) for name in ("origin", "proof") if row[name])
        table.add_row(
            Text(shown(value), "bold") if value != last else "",
            what,
            Text(moment_words(row["occurred_at"]), "dim"),
            plain(row["source_system"]),
            Text(proof, "dim"),
            Text(f"{row['words']} {row['recorded_on']}", "dim"),
        )
        last = value
    return table


def _status(row: Row) -> Text:
    return Text(row["status"], "green" if row["status"] == "granted" else "red")
