"""Contact points in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.nightly.explain.queries import Row


def contact_states(contact: Row) -> list[str]:
    """Return whether a contact point can be reached, why not, and whether others have it, too."""
    state = contact["delivery_state"] if contact["is_valid"] else contact["invalid_reason"]
    shared = f"shared by {contact['customer_count']} customers"
    return [state, shared] if contact["is_shared"] else [state]
