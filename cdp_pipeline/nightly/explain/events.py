"""The ledger of a customer id in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.nightly.explain.queries import Row, key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

CAUSES = {
    "new_data": "by new or changed data",
    "changed_rules": "by a changed rule, model or code of linkage",
    "decision": "by a decision",
    "erasure": "at the person's request",
}


def told_events(events: Sequence[Row]) -> list[Row]:
    """Return the events with words, and the words of their cause."""
    return [
        {**row, "words": event_words(row), "cause_words": CAUSES.get(row["cause"], row["cause"])}
        for row in events
    ]


def event_words(row: Row) -> str:
    """Say what happened to an id."""
    own, other = row["customer_id"], row["other_customer_id"]
    match row["event"]:
        case "mint":
            anchor = "/".join(key_of(row, "anchor_")) if row["anchor_source_record_id"] else ""
            return f"{own} was given out for {anchor or 'a record that was erased'}"
        case "merge":
            return f"{own} was merged into {other}"
        case "split":
            return f"{own} was split off {other}"
        case "undo":
            return f"{own} parted from {other} again and has its id back"
        case "retire":
            return f"{own} was retired: all its records left the sources"
        case "return":
            return f"{own} is back with its records"
        case "erase":
            return f"{own} was erased, with all that was known of the person"
        case _:
            return f"{own}: {row['event']}"
