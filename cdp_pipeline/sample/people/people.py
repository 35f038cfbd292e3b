"""The people as a table, made chunk by chunk; nobody owns another person's mailbox."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.columns import chance
from cdp_pipeline.sample.people.append import append
from cdp_pipeline.sample.people.contacts import (
    FAMILY_MAILBOX,
    HEADS_MAILBOX,
    address_columns,
    mailbox_columns,
    phone_columns,
)
from cdp_pipeline.sample.people.draws import Text, take
from cdp_pipeline.sample.people.habits import over_nights, rates
from cdp_pipeline.sample.people.households import COUNTRIES, Members, draw_members, name_columns
from cdp_pipeline.sample.people.names import CULTURES
from cdp_pipeline.sample.pools import stream

CHUNK = 50_000
"""People per chunk. A chunk's content depends on the seed and its number alone, so memory stays bounded."""


def chunks(people: int) -> list[range]:
    """Split people, counted from 0, into chunks of whole households."""
    return [range(start, min(start + CHUNK, people)) for start in range(0, people, CHUNK)]


def draw_people(
    engine: Engine, seed: int, number: int, chunk: range, first_person: int, nights: int
) -> pa.Table:
    """Draw one chunk's people; their mailboxes are read from the engine.

    Args:
        number: of the chunk.
        first_person: what is added to a position among all people to get a person's number.

    Returns:
        One row per person: who it is and how to reach it; columns as in `cdp_pipeline.sample.population`.
    """
    size = len(chunk)
    members = _members(seed, number, size)
    phones = phone_columns(stream(seed, "phones", number), members, chunk.start)
    addresses = address_columns(stream(seed, "addresses", number), members)
    person = first_person + chunk.start + np.arange(size)
    mailboxes = engine.fetch_arrow(
        "select email, email_second, email_shared from mailbox where person between ? and ? order by person",
        [int(person[0]), int(person[-1])],
    ).combine_chunks()
    columns = {
        "person": person,
        "household": first_person + chunk.start + members.household,
        "country": take(pa.array(COUNTRIES), members.country),
        "culture": take(pa.array(CULTURES), members.culture),
        "gender": take(pa.array(["m", "f"]), members.is_female.astype(np.int64)),
        "birth_date": pa.array(members.birth_date).cast(pa.string()),
        **name_columns(members),
        **{name: mailboxes[name] for name in mailboxes.column_names},
        **phones,
        **addresses,
        "first_night": _first_nights(stream(seed, "first nights", number), size, nights),
        "is_twin": members.is_twin,
        "is_junior": members.is_junior,
        "has_junior": members.has_junior,
        "is_stranger": members.is_stranger,
    }
    return pa.table(columns).combine_chunks()


def _members(seed: int, number: int, size: int) -> Members:
    return draw_members(stream(seed, "households", number), size)


def _first_nights(rng: np.random.Generator, size: int, nights: int) -> Text:
    """Draw on which night each person is first seen: a few per cent come on each later night."""
    is_later = chance(rng, over_nights(rates("systems")["first_seen_per_night"], nights), size)
    return np.where(is_later, rng.integers(2, max(nights, 2) + 1, size), 1).astype(np.int32)


def build_mailboxes(engine: Engine, people: int, first_person: int, seed: int) -> None:
    """Make the table `mailbox`: each person's e-mail, second one and household's, the latter two or empty.

    All people are looked at, not a chunk of them, since several may have drawn one address: it is numbered then.
    """
    for number, chunk in enumerate(chunks(people)):
        members = _members(seed, number, len(chunk))
        drawn = mailbox_columns(stream(seed, "mailboxes", number), members, chunk.start)
        person = first_person + chunk.start + np.arange(len(chunk))
        append(engine, "drawn_mailbox", pa.table({"person": person, "head": person[members.head], **drawn}))
    engine.replace_table("renamed_mailbox", _RENAMED)
    engine.replace_table("mailbox", _MAILBOX)
    engine.execute("drop table drawn_mailbox")
    engine.execute("drop table renamed_mailbox")


_RENAMED = f"""
    with drawn as (
        select person, 'own' as slot, email as address from drawn_mailbox
        union all
        select person, 'second', email_second from drawn_mailbox where email_second != ''
        union all
        select person, 'family', email_shared from drawn_mailbox
        where shares = {FAMILY_MAILBOX} and person = head
    ),

    numbered as (
        select *, row_number() over (partition by address order by person, slot) as number from drawn
    )

    -- A number behind a dot: without it, it could meet a birth year that another person wrote.
    select person, slot, replace(address, '@', '.' || number || '@') as address
    from numbered
    where number > 1
"""

_MAILBOX = f"""
    with own as (
        select drawn.*, coalesce(renamed.address, drawn.email) as own_email
        from drawn_mailbox as drawn
        left join renamed_mailbox as renamed on renamed.slot = 'own' and renamed.person = drawn.person
    )

    select
        own.person,
        own.own_email as email,
        coalesce(second.address, own.email_second) as email_second,
        case own.shares
            when {FAMILY_MAILBOX} then coalesce(family.address, own.email_shared)
            when {HEADS_MAILBOX} then head.own_email
            else ''
        end as email_shared
    from own
    left join renamed_mailbox as second on second.slot = 'second' and second.person = own.person
    left join renamed_mailbox as family on family.slot = 'family' and family.person = own.head
    left join own as head on own.shares = {HEADS_MAILBOX} and head.person = own.head
    order by own.person
"""
