"""Privacy: whether anyone may be reached, told apart from who is to be reached.

What belongs here: gates that verify consent and suppression before anything leaves, which layouts carry it, and
(later) erasure, access and retention. What does not: the state of consent itself (`golden.contact_consent`).
"""

from cdp_pipeline.privacy.consent_gate import verify_consent

__all__ = ["verify_consent"]
