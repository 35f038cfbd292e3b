"""How the control database names a person without personal data.

A customer stands by customer id, which is a keyed hash. Who is unknown as a customer stands by a keyed digest of what
they wrote from, so that the same person is found again, by nobody without the project's key.
"""

from __future__ import annotations

import hashlib
import hmac

from cdp_pipeline.contracts.project import Project

DIGEST_LENGTH = 32
UNKNOWN = "unknown "


def customer_reference(customer_id: str) -> str:
    """Name a customer."""
    return f"customer {customer_id}"


def unknown_reference(project: Project, written_from: str) -> str:
    """Name somebody who is no customer, by e-mail address or phone number; spelling and case do not matter.

    Raises:
        ConfigError: the project's key is not set.
    """
    text = "".join(written_from.split()).casefold()
    if "@" not in text:
        text = "".join(sign for sign in text if sign.isalnum() or sign == "+")
    digest = hmac.new(project.key, b"privacy request\0" + text.encode(), hashlib.sha256)
    return UNKNOWN + digest.hexdigest()[:DIGEST_LENGTH]


def is_unknown(reference: str) -> bool:
    """Tell whether a reference names nobody who is a customer."""
    return reference.startswith(UNKNOWN)


def customer_of(reference: str) -> str | None:
    """Return the customer id that a reference names, if any."""
    return None if is_unknown(reference) else reference.removeprefix("customer ")
