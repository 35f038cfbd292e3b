"""What was consented to, on which legal basis and with which proof, and how it came about."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_pipeline.nightly.explain.queries import Row

TIME_UNKNOWN = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without zone, as in the tables; stands for no time

OWN_CONTACTS = (
    "semi join (from golden.customer_contact where customer_id = $1) using (contact_kind, contact_value)"
)

CONSENT_QUERIES = {
    "consents": f"select contact_consent.* exclude (is_granted) from golden.contact_consent {OWN_CONTACTS}"
    " order by contact_kind, contact_value, purpose, channel",
    "consent_ledger": f"select consent_ledger.* from golden.consent_ledger {OWN_CONTACTS}"
    " order by contact_kind, contact_value, occurred_at, recorded_on, source_system, purpose, channel, status",
    "purposes": "select purpose, title_en, article from standardise.purpose where $1 is not null order by purpose",
}

ENTRY_WORDS = {
    "recorded": "recorded",
    "no_longer_stated": "no longer stated",
    "read_differently": "had been misread",
}


def with_basis(consents: Sequence[Row], purposes: Sequence[Row]) -> list[Row]:
    """Add to consents the purpose's `title` and the `article` of its legal basis, None where a night knew neither."""
    known = {row["purpose"]: row for row in purposes}
    return [
        {
            **row,
            "title": known.get(row["purpose"], {}).get("title_en"),
            "article": known.get(row["purpose"], {}).get("article"),
        }
        for row in consents
    ]


def told_entries(entries: Sequence[Row]) -> list[Row]:
    """Add to entries of the ledger what happened in words."""
    return [{**row, "words": ENTRY_WORDS[row["entry"]]} for row in entries]


def decided_words(at: datetime) -> str:
    """Return since when a consent stands."""
    return f"since {at:%Y-%m-%d %H:%M}" if at > TIME_UNKNOWN else "time unknown"


def moment_words(at: datetime) -> str:
    """Return when something was decided."""
    return f"{at:%Y-%m-%d %H:%M}" if at > TIME_UNKNOWN else "time unknown"
