"""From what a person has at hand to one customer: an id or its beginning, an old id, a record, an address, a number.

Reads the published file alone. No message repeats an address or a number, and none offers somebody else's record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cdp_pipeline.contracts.lookup import name_hint
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError

ID_PREFIX = "c_"
SHOWN_CANDIDATES = 5
PHONE = re.compile(r"[+(]?[0-9](?:[ ()/.-]*[0-9]){6,}")
"""A number as people write it, of at least seven digits."""

NEAR_ENOUGH = 3
"""Up to so many wrong characters an id is taken for a misspelling of another."""


class UnknownCustomerError(CdpError):
    """What was asked for leads to no customer, or to several."""


@dataclass(frozen=True)
class FoundCustomer:
    """The customer of today.

    Attributes:
        way: how the question led there, in words; empty when the id itself was given.
    """

    customer_id: str
    way: str = ""


def find_customer(engine: Engine, question: str) -> FoundCustomer:
    """Find the customer that is asked for.

    Args:
        question: a customer id, the beginning of one, an id that was merged away, a record key
            `source_system/record_kind/source_record_id`, an e-mail address, a phone number in any usual spelling, or
            an order number.

    Raises:
        UnknownCustomerError: no customer fits, or several do; the message says what is nearest.
    """
    text = question.strip()
    if text.lower().startswith(ID_PREFIX):
        return _by_id(engine, text)
    if "@" in text and "/" not in text:
        return _by_email(engine, text)
    is_phone = PHONE.fullmatch(text) is not None
    if text.count("/") >= 2 and not is_phone:
        return _by_record(engine, *text.split("/", 2))
    found = _by_order(engine, text) or (_by_phone(engine, text) if is_phone else None)
    if found is None and is_phone and not text.isdigit():
        raise UnknownCustomerError(
            "No customer has this phone number in the published night. Write it with its country, such as "
            "+49 89 1234567, or give a customer id."
        )
    return found or _by_id(engine, text)


def _by_order(engine: Engine, number: str) -> FoundCustomer | None:
    """Find who bought; a shop's number may be given without its #."""
    buyers = engine.fetch_column(
        "select distinct customer_id from golden.customer_purchase where purchase_id in ($1, '#' || $1) order by 1",
        [number],
    )
    _refuse_several(buyers, "customers have an order of this number")
    return FoundCustomer(buyers[0], "found by order number") if buyers else None


def _by_phone(engine: Engine, text: str) -> FoundCustomer | None:
    """Find who has the number, as it is dialled in any country of a profile; one with + or 00 brings its own."""
    from cdp_pipeline.standardise.phone_number import UNKNOWN_COUNTRY, parse_phone

    countries = engine.fetch_column(
        "select distinct country from golden.golden_profile where country is not null order by 1"
    )
    numbers = {parse_phone(text, country).e164 for country in [UNKNOWN_COUNTRY, *countries]} - {None}
    holders = engine.fetch_column(
        "select distinct customer_id from golden.customer_contact"
        " where contact_kind = 'phone' and is_valid and contact_value in (select unnest($1::varchar[])) order by 1",
        [sorted(numbers, key=str)],
    )
    _refuse_several(holders, "customers have this phone number")
    return FoundCustomer(holders[0], "found by phone number") if holders else None


def _by_email(engine: Engine, address: str) -> FoundCustomer:
    holders = engine.fetch_column(
        "select customer_id from golden.customer_contact where contact_kind = 'email' and contact_value = lower($1)"
        " order by customer_id",
        [address],
    )
    if not holders:
        raise UnknownCustomerError(
            "No customer has this e-mail address in the published night. Give a customer id, or a record key such "
            "as shop/customer/1042."
        )
    _refuse_several(holders, "customers have this e-mail address")
    return FoundCustomer(holders[0], "found by e-mail address")


def _by_record(engine: Engine, source: str, kind: str, record: str) -> FoundCustomer:
    owners = engine.fetch_column(
        "select customer_id from link.customer_source_record"
        " where source_system = $1 and record_kind = $2 and source_record_id = $3",
        [source, kind, record],
    )
    if not owners:
        raise UnknownCustomerError(_no_such_record(engine, source, kind))
    return FoundCustomer(owners[0], f"found by its record {source}/{kind}/{record}")


def _no_such_record(engine: Engine, source: str, kind: str) -> str:
    known = engine.fetch_column(
        "select distinct source_system || '/' || record_kind from link.customer_source_record order by 1"
    )
    if f"{source}/{kind}" not in known:
        return f"No record is of {source}/{kind}. {name_hint(f'{source}/{kind}', known)}"
    return (
        f"No {source}/{kind} record of the published night has this id. Write it exactly as the source does; a record "
        "in quarantine has no customer."
    )


def _by_id(engine: Engine, text: str) -> FoundCustomer:
    begin = text.lower() if text.lower().startswith(ID_PREFIX) else f"{ID_PREFIX}{text.lower()}"
    fitting = engine.fetch_all(IDS, [begin])
    if not fitting:
        raise UnknownCustomerError(_no_such_id(engine, text, begin))
    _refuse_several([given_out for given_out, *_ in fitting], f"ids begin with {begin}")
    [(given_out, customer_id, merged_on)] = fitting
    if merged_on:
        return FoundCustomer(customer_id, f"{given_out} was merged into it on {merged_on}")
    return FoundCustomer(customer_id)


def _no_such_id(engine: Engine, text: str, begin: str) -> str:
    for customer_id, minted_on, retired_on, erased_on in engine.fetch_all(GONE, [begin]):
        if erased_on:
            return f"{customer_id} was erased on {erased_on}; nothing of the person is known any more."
        until = f"to {retired_on}" if retired_on else "on"
        return (
            f"{customer_id} was a customer from {minted_on} {until}, but none of its records is left in the sources, "
            "so nothing can be explained any more."
        )
    return f"No customer id begins with {text}.{''.join(_nearest(engine, begin))} {OTHER_WAYS}"


def _nearest(engine: Engine, begin: str) -> Iterator[str]:
    for customer_id in engine.fetch_column(NEAREST, [begin, NEAR_ENOUGH]):
        yield f" Did you mean {customer_id}?"


def _refuse_several(found: list[str], what: str) -> None:
    if len(found) > 1:
        shown = ", ".join(found[:SHOWN_CANDIDATES]) + (" …" if len(found) > SHOWN_CANDIDATES else "")
        raise UnknownCustomerError(f"{len(found)} {what}: {shown}. Name one of them.")


OTHER_WAYS = (
    "A record key such as shop/customer/1042, an e-mail address, a phone or order number will do too; ids of "
    "analyst.duckdb are others, made so that they lead nowhere."
)

IDS = """
select customer_id, customer_id as now, null as merged_on
from golden.golden_profile where starts_with(customer_id, $1)
union all
select old_customer_id, customer_id, merged_on
from link.customer_id_alias
semi join golden.golden_profile using (customer_id)
where starts_with(old_customer_id, $1)
order by 1
"""

GONE = """
select
    customer_id,
    min(business_date) filter (event in ('mint', 'split')) as minted_on,
    max(business_date) filter (event = 'retire') as retired_on,
    max(business_date) filter (event = 'erase') as erased_on
from link.customer_id_event
where starts_with(customer_id, $1)
group by customer_id order by customer_id limit 1
"""

NEAREST = """
select customer_id from golden.golden_profile
where damerau_levenshtein(left(customer_id, length($1)), $1) <= least($2, length($1) // 4)
order by damerau_levenshtein(left(customer_id, length($1)), $1), customer_id limit 1
"""
