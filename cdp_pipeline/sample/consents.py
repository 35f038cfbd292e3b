"""Consent given, denied and withdrawn: the answers in the preference centre."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.cast import load_cast
from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, close_of
from cdp_pipeline.sample.columns import (
    Column,
    Ints,
    Mask,
    at_least,
    chance,
    pick_number,
    read_columns,
    store_columns,
)
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import DAY, on_night

ANSWERED_SHARE = 0.62  # of the people ever asked by the preference centre
ANSWERS_EACH = 0.85
HAS_PHONE, ONLY_PHONE, NATIONAL_PHONE = 0.45, 0.15, 0.30
ASKED_WITHIN_DAYS = 500
WITHDRAWN_SHARE, WITHDRAWN_PER_NIGHT = 0.07, 0.004
# Purpose and channel, with the share of those who grant it when they answer.
PURPOSES = {
    ("marketing", "email"): 0.72,
    ("marketing", "sms"): 0.30,
    ("ad_audiences", "any"): 0.55,
    ("profiling", "any"): 0.50,
}
STATUSES = ("granted", "denied", "withdrawn")
SOURCES = {"preference_centre": 0.6, "checkout": 0.25, "store_tablet": 0.15}


def build_consents(engine: Engine, seed: int, nights: int) -> None:
    """Make the table `consent_event`: one row per answer or withdrawal, in order of time.

    Columns: number (dense), email and phone (either may be empty), purpose, channel, status, changed_at,
    source, night.
    """
    rng = stream(seed, "consent")
    answers = _answers(rng, _asked(engine, rng))
    events = _join([answers, *_withdrawals(rng, answers, nights)])
    by_time = np.lexsort((events["purpose"], events["contact"], events["changed_at"]))
    events = {name: column[by_time] for name, column in events.items()}
    sources = np.array(list(SOURCES), dtype=object)
    events["source"] = sources[pick_number(rng, list(SOURCES.values()), len(by_time))]
    store_columns(engine, "drawn_consent", events)
    store_columns(engine, "cast_consent", _cast_answers(nights))
    store_columns(engine, "consent_purpose", _purposes())
    engine.replace_table("consent_event", _EVENTS)


def _asked(engine: Engine, rng: np.random.Generator) -> dict[str, Column]:
    """Draw who was asked, when, and which contact each of them left; make the table `consent_contact`."""
    people = read_columns(engine, "select person, first_night as night from person order by person")
    answered = np.flatnonzero(chance(rng, ANSWERED_SHARE, len(people["person"])))
    size, night = len(answered), people["night"][answered].astype(np.int64)
    has_phone = chance(rng, HAS_PHONE, size)
    has_email = ~(has_phone & chance(rng, ONLY_PHONE, size))
    ago = rng.random(size) * ASKED_WITHIN_DAYS * 86_400 + 60
    old: Times = FIRST_CLOSE - ago.astype(np.int64).astype("timedelta64[s]")
    contact = {
        "contact": np.arange(size),
        "person": people["person"][answered],
        "has_phone": has_phone,
        "has_email": has_email,
        "is_national": chance(rng, NATIONAL_PHONE, size),
    }
    store_columns(engine, "consent_contact", contact)
    on_own_day = FIRST_CLOSE + (night - 1) * DAY - (ago % 80_000).astype(np.int64).astype("timedelta64[s]")
    changed_at = np.where(night > 1, on_own_day, old)
    return contact | {"night": night, "changed_at": changed_at}


def _answers(rng: np.random.Generator, asked: dict[str, Column]) -> dict[str, Column]:
    """Let most of those asked answer for each purpose; by SMS needs a phone, by e-mail an address."""
    parts = []
    for purpose, ((_, channel), share) in enumerate(PURPOSES.items()):
        able: Mask = {"email": asked["has_email"], "sms": asked["has_phone"]}.get(
            channel, asked["has_email"] | asked["has_phone"]
        )
        chosen = np.flatnonzero(able & chance(rng, ANSWERS_EACH, len(able)))
        parts.append(
            {
                "contact": asked["contact"][chosen],
                "purpose": np.full(len(chosen), purpose),
                "status": np.where(chance(rng, share, len(chosen)), 0, 1),
                "changed_at": asked["changed_at"][chosen],
                "night": asked["night"][chosen],
            }
        )
    return _join(parts)


def _withdrawals(
    rng: np.random.Generator, answers: dict[str, Column], nights: int
) -> list[dict[str, Column]]:
    """Withdraw some consents, mostly before the first night, a few on each later one."""
    granted = (answers["status"] == 0) & (answers["night"] == 1)
    old = np.flatnonzero(granted & chance(rng, WITHDRAWN_SHARE, len(granted)))
    age = (FIRST_CLOSE - answers["changed_at"][old]).astype("timedelta64[s]").astype(np.int64)
    later = (rng.random(len(old)) * age * 0.99).astype(np.int64).astype("timedelta64[s]")
    parts = [_withdrawn(answers, old, answers["changed_at"][old] + later, 1)]
    granted[old] = False
    for night in range(2, nights + 1):
        rows = at_least(rng, granted, WITHDRAWN_PER_NIGHT, 2)
        granted[rows] = False
        seconds = (6 * 3600 + rng.random(len(rows)) * 15 * 3600).astype(np.int64)
        parts.append(_withdrawn(answers, rows, on_night(night) + seconds.astype("timedelta64[s]"), night))
    return parts


def _withdrawn(answers: dict[str, Column], rows: Ints, changed_at: Times, night: int) -> dict[str, Column]:
    return {
        "contact": answers["contact"][rows],
        "purpose": answers["purpose"][rows],
        "status": np.full(len(rows), STATUSES.index("withdrawn")),
        "changed_at": changed_at,
        "night": np.full(len(rows), night),
    }


def _join(parts: list[dict[str, Column]]) -> dict[str, Column]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _purposes() -> dict[str, Column | pa.Array]:
    purposes, channels = zip(*PURPOSES, strict=True)
    return {
        "number": np.arange(len(PURPOSES)),
        "purpose": pa.array(purposes),
        "channel": pa.array(channels),
    }


def _cast_answers(nights: int) -> dict[str, Column | pa.Array]:
    """Return the cast's consents: the first record's contacts, for e-mail marketing and ad audiences."""
    rows = []
    for case in load_cast().cases:
        record = case["people"][0][0]
        for key, status in case.get("consent", {}).items():
            night = int(key.removeprefix("night_"))
            first = np.datetime64("2026-01-15T10:00:00")
            when = first if night == 1 else close_of(night) - np.timedelta64(9, "h")
            purposes = (0, 2) if night == 1 else (2,)
            if night <= nights:
                rows += [(record["email"], record["phone"], p, status, when, night) for p in purposes]
    emails, phones, asked, statuses, times, on = zip(*rows, strict=True)
    return {
        "row": np.arange(len(rows)),
        "email": pa.array(emails),
        "phone": pa.array(phones),
        "purpose": np.array(asked),
        "status": pa.array(statuses),
        "changed_at": np.array(times, dtype="datetime64[s]"),
        "night": np.array(on),
    }


_EVENTS = """
    with written as (
        select
            case when consent_contact.has_email then person.email else '' end as email,
            case
                when not consent_contact.has_phone then ''
                when consent_contact.is_national then regexp_replace(person.mobile, '^\\+[0-9]+ ', '0')
                else person.mobile
            end as phone,
            drawn_consent.purpose,
            ['granted', 'denied', 'withdrawn'][drawn_consent.status + 1] as status,
            drawn_consent.changed_at, drawn_consent.source, drawn_consent.night, drawn_consent.contact,
            -1 as cast_row
        from drawn_consent
        inner join consent_contact on drawn_consent.contact = consent_contact.contact
        inner join person on consent_contact.person = person.person
        union all
        select
            email, phone, purpose, status, changed_at, 'preference_centre', night, -1, row
        from cast_consent
    )
    select
        row_number() over (order by changed_at, contact, cast_row, written.purpose, status) - 1 as number,
        email, phone, consent_purpose.purpose, consent_purpose.channel, status, changed_at, source, night
    from written
    inner join consent_purpose on written.purpose = consent_purpose.number
"""
