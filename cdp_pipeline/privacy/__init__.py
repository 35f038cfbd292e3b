"""Privacy: whether anyone may be reached, told apart from who is to be reached.

What belongs here: gates that verify consent and suppression before anything leaves, which layouts carry it, by what a
person's rows are told (handles), and how a database forgets them. What does not: the state of consent itself
(`golden.contact_consent`), and the order of an erasure's steps (`nightly/erasure`).
"""

from cdp_pipeline.privacy.consent_gate import verify_consent

__all__ = ["verify_consent"]
