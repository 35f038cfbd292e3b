"""What a column of an export says about whom a record belongs to, so that the records of one person can be found.

A layout declares it (`identifies` of a column); erasure goes by it, and so does loading, which keeps the records of
erased people out. What belongs here: the words of that declaration. How values are compared stands in
`cdp_pipeline.delivered_identity`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator


class IdentityKind(StrEnum):
    """What a value stands for."""

    EMAIL = "email"  # an e-mail address
    PHONE = "phone"  # a phone number
    CONTACT = "contact"  # either of the two, or the SHA-256 of one
    RECORD = "record"  # record/<record kind>: the id of a record of a person, within its source
    EXTERNAL_ID = (
        "external_id"  # external_id/<id kind>: a number that several systems know, such as loyalty_number
    )
    PURCHASE = "purchase"  # an order or a receipt, within its source
    INTERACTION = "interaction"  # a ticket of the help desk, within its source
    COOKIE = "cookie"  # a browser, within its source
    ACCOUNT = "account"  # a user name, within its source


NAMED_FURTHER = frozenset({IdentityKind.RECORD, IdentityKind.EXTERNAL_ID})
"""Kinds that need a second word: which records, which numbers."""


def kind_and_name(identity: str) -> tuple[IdentityKind, str]:
    """Take `record/contact` apart into the kind and the word that names it further, empty where there is none."""
    kind, _, name = identity.partition("/")
    return IdentityKind(kind), name


def _check(identity: str) -> str:
    kind, slash, name = identity.partition("/")
    known = [f"{one}/…" if one in NAMED_FURTHER else str(one) for one in IdentityKind]
    if kind not in set(IdentityKind):
        raise ValueError(f"{identity!r} is nothing that identifies. Known: {', '.join(known)}")
    if (kind in NAMED_FURTHER) != bool(name) or bool(slash) != bool(name):
        raise ValueError(f"{identity!r}: write it as one of {', '.join(known)}")
    return identity


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Identities = Annotated[list[Annotated[str, AfterValidator(_check)]], BeforeValidator(_as_list)]
"""What a column identifies: nothing, one thing, or several, such as a member number that other systems know."""
