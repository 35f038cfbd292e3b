"""Contact points and consents in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.nightly.explain.queries import Row

TIME_UNKNOWN = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without zone, as in the tables; stands for no time


def contact_states(contact: Row) -> list[str]:
    """Return whether a contact point can be reached, why not, and whether others have it, too."""
    state = contact["delivery_state"] if contact["is_valid"] else contact["invalid_reason"]
    shared = f"shared by {contact['customer_count']} customers"
    return [state, shared] if contact["is_shared"] else [state]


def decided_words(at: datetime) -> str:
    """Return since when a consent stands."""
    return f"since {at:%Y-%m-%d %H:%M}" if at > TIME_UNKNOWN else "time unknown"
