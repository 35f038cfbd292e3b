"""Facts of a customer in words, the same on the screen and on the page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdp_pipeline.nightly.explain.queries import Row


def facts_in_words(facts: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Return the facts with the words that people read.

    Args:
        facts: rows by the names of `facts.FACTS`.
    """
    return {
        "corrections": [{**row, "seen": f"{row['corrected_at']:%Y-%m-%d}"} for row in facts["corrections"]],
        "addresses": [
            {**row, "words": _address(row), "state": _address_state(row), "seen": _presence(row)}
            for row in facts["addresses"]
        ],
        "external_ids": [
            {**row, "kind": row["id_kind"].replace("_", " "), "seen": _id_seen(row)}
            for row in facts["external_ids"]
        ],
        "channels": [
            {**row, "seen": _presence(row), "counts": _channel_counts(row)} for row in facts["channels"]
        ],
        "purchases": [
            {
                **row,
                "where": " ".join(part for part in (row["channel"], row["store"]) if part),
                "amount": _amount(row),
                "line_words": [_line(line) for line in row["lines"]],
            }
            for row in facts["purchases"]
        ],
        "campaigns": [
            {
                **row,
                "name": row["campaign_name"] or row["campaign_id"] or "no campaign",
                "counts": _event_counts(row["events"]),
            }
            for row in facts["campaigns"]
        ],
        "requests": [
            {**row, "what": _request(row), "state": _request_state(row)} for row in facts["requests"]
        ],
        "visits": [
            {**row, "counts": _event_counts(row["events"]), "browser": _browser(row)}
            for row in facts["visits"]
        ],
    }


def _address(row: Row) -> str:
    place = " ".join(part for part in (row["postcode"], row["city"]) if part)
    return ", ".join(part for part in (row["street"], place, row["region"], row["country"]) if part)


def _address_state(row: Row) -> str:
    state = "the profile's" if row["is_preferred"] else "current" if row["is_current"] else "former"
    return f"{state} ({row['address_labels']})" if row["address_labels"] else state


def _presence(row: Row) -> str:
    """Say from when to when there were traces."""
    if row["first_seen_at"] is None:
        return "time unknown"
    first, last = f"{row['first_seen_at']:%Y-%m-%d}", f"{row['last_seen_at']:%Y-%m-%d}"
    return first if first == last else f"{first} to {last}"


def _id_seen(row: Row) -> str:
    known = f", known since {row['known_since']:%Y-%m-%d}" if row["known_since"] else ""
    return _presence(row) + known


def _channel_counts(row: Row) -> str:
    counts = ((row["record_count"], "record"), (row["event_count"], "event"))
    return ", ".join(counted(number, noun) for number, noun in counts if number)


def _amount(row: Row) -> str:
    """Write what a purchase came to; in euros, too, where it was paid in other money."""
    paid, euros = f"{row['net_amount']:,.2f} {row['currency']}", row["net_amount_eur"]
    return paid if row["currency"] == "EUR" or euros is None else f"{paid} ({euros:,.2f} EUR)"


def _line(line: Row) -> str:
    quantity = "" if line["quantity"] is None else f"{line['quantity'].normalize():f} × "
    kind = ", ".join(part for part in (line["category"], line["brand"]) if part)
    return f"{quantity}{line['product_name'] or line['sku'] or 'unnamed'}" + (f" ({kind})" if kind else "")


def _event_counts(events: Sequence[Row]) -> str:
    """Write which events there were, in the order of their first, and how often."""
    counts = Counter(event["event"] for event in events)
    return ", ".join(
        name.replace("_", " ") + (f" × {count}" if count > 1 else "") for name, count in counts.items()
    )


def _request(row: Row) -> str:
    return ", ".join(str(row[name]) for name in ("channel", "category", "purchase_id") if row[name])


def _request_state(row: Row) -> str:
    satisfied = f", satisfaction {row['satisfaction']} of 5" if row["satisfaction"] else ""
    complaint = ", a complaint" if row["is_complaint"] else ""
    return f"{row['status'] or 'no status'}{satisfied}{complaint}"


def _browser(row: Row) -> str:
    is_by_email = any(event["known_by"] == "email" for event in row["events"])
    return f"browser {row['cookie_id']}, known by {'e-mail' if is_by_email else 'its other visits'}"
