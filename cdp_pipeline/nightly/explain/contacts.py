"""Contact points in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.nightly.explain.queries import Row


def contact_states(contact: Row) -> list[str]:
    """Return whether a contact point can be reached, why not, and whether others have it, too."""
    state = contact["delivery_state"] if contact["is_valid"] else contact["invalid_reason"]
    words = [state]
    if contact.get("verified_at"):
        words.append(f"confirmed on {contact['verified_at']:%Y-%m-%d}")
    if contact.get("contact_status") == "recycled":
        words.append("recycled: somebody else has it now")
    elif contact["is_shared"]:
        words.append(f"shared by {contact['customer_count']} customers")
    return words
