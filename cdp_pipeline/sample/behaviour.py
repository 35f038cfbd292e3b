"""How each person behaves, drawn once: what kind of buyer, where, with which tastes and weaknesses.

The shares below are what an analysis of the sample should find again. Purchases, clicks and complaints
that follow from them are drawn elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.catalogue import currency_of, load_catalogue
from cdp_pipeline.sample.clock import FIRST_CLOSE
from cdp_pipeline.sample.columns import Column, Floats, Ints, Mask, chance, pick_number, read_columns
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import HISTORY_DAYS


class BuyerKind(IntEnum):
    """What becomes of a customer."""

    NONE = 0
    ONCE = 1
    REGULAR = 2
    LOYAL = 3
    LAPSING = 4


KIND_SHARES = {
    BuyerKind.NONE: 0.12,
    BuyerKind.ONCE: 0.26,
    BuyerKind.REGULAR: 0.32,
    BuyerKind.LOYAL: 0.12,
    BuyerKind.LAPSING: 0.18,
}
VISITS_STORES = 0.55  # of the members; the others signed up and never came to a till
# Of those who could buy in both; whoever has an account only, or a loyalty card only, buys there.
WEB_ONLY, STORE_ONLY = 0.20, 0.25
DISCOUNT_HUNTERS = 0.12
CAMPAIGN_RESPONDERS = 0.15
# Who stopped coming had a reason to complain more often than who stayed.
COMPLAINING_LAPSED, COMPLAINING_STAYED = 0.25, 0.03
LAPSED_SINCE_DAYS = 200
SPENDING_COUNTRY_CURRENCY = 0.8  # of the buyers abroad pay in their own currency


@dataclass(frozen=True)
class Behaviour:
    """One entry per person, by the person's number; the cast's people do nothing at random.

    first_day and last_day limit when a person buys, in days of the history. store_share is the share of
    purchases made at a till. favourite is a category, brand one within it.
    """

    kind: Ints
    night: Ints
    first_day: Floats
    last_day: Floats
    store_share: Floats
    favourite: Ints
    brand: Ints
    currency: Ints
    is_discount_hunter: Mask
    is_responder: Mask
    is_complainer: Mask

    @property
    def people(self) -> int:
        """How many people's numbers there are."""
        return len(self.kind)


def draw_behaviour(engine: Engine, seed: int) -> Behaviour:
    """Draw the behaviour of everyone, within what the systems that know a person allow."""
    known = read_columns(engine, _KNOWN)
    size, rng = len(known["person"]), stream(seed, "behaviour")
    in_web, in_store = known["in_web"], known["in_store"] & chance(rng, VISITS_STORES, size)
    kind = pick_number(rng, list(KIND_SHARES.values()), size)
    kind[~(in_web | in_store)] = BuyerKind.NONE
    first_day = HISTORY_DAYS - np.clip(_age_days(rng, known["created_at"]), 5.0, HISTORY_DAYS)
    kind, last_day = _last_days(rng, kind, first_day)
    brand = _draw_brands(rng, size)
    complaining = np.where(kind == BuyerKind.LAPSING, COMPLAINING_LAPSED, COMPLAINING_STAYED)
    pays_own = chance(rng, SPENDING_COUNTRY_CURRENCY, size)
    return Behaviour(
        kind=kind,
        night=known["night"],
        first_day=first_day,
        last_day=last_day,
        store_share=_store_shares(rng, in_web, in_store),
        favourite=load_catalogue().category_of_brand[brand],
        brand=brand,
        currency=np.where(pays_own, currency_of(known["country"]), 0),
        is_discount_hunter=chance(rng, DISCOUNT_HUNTERS, size),
        is_responder=chance(rng, CAMPAIGN_RESPONDERS, size),
        is_complainer=(kind != BuyerKind.NONE) & chance(rng, complaining, size),
    )


# One row per number from 0 to the last person's, the cast's included, who are in no table here.
_KNOWN = """
    with known as (
        select person, night, created_at, 'web' as place from shop where cast_label = '' and person >= 0
        union all
        select person, night, null, 'web' from guest where person >= 0
        union all
        select person, night, created_at, 'store' from member where cast_label = '' and person >= 0
    ),
    by_person as (
        select
            person, min(night) as night, min(created_at) as created_at,
            bool_or(place = 'web') as in_web, bool_or(place = 'store') as in_store
        from known group by person
    ),
    everyone as (
        select unnest(range(greatest(
            (select max(person) from person), (select max(person) from subscriber),
            (select max(person) from crm), (select max(person) from member)) + 1)) as person
    )
    select
        everyone.person, coalesce(by_person.night, person.first_night, 1)::bigint as night,
        by_person.created_at, coalesce(person.country, '') as country,
        coalesce(by_person.in_web, false) as in_web, coalesce(by_person.in_store, false) as in_store
    from everyone
    left join by_person on everyone.person = by_person.person
    left join person on everyone.person = person.person
    order by everyone.person
"""


def _age_days(rng: np.random.Generator, created_at: Column) -> Floats:
    """Return how long ago people came, in days; guests left no trace of it and get a drawn one."""
    age: Floats = (FIRST_CLOSE - created_at.astype("datetime64[s]")).astype(np.float64) / 86_400
    drawn = rng.random(len(age)) * HISTORY_DAYS
    return np.where(np.isnat(created_at), drawn, age)


def _last_days(rng: np.random.Generator, kind: Ints, first_day: Floats) -> tuple[Ints, Floats]:
    """Let the lapsing stop at some day, long before the first night; who came too late for it is regular."""
    latest = HISTORY_DAYS - LAPSED_SINCE_DAYS
    stays = (kind == BuyerKind.LAPSING) & (first_day > latest - 30)
    kind = np.where(stays, BuyerKind.REGULAR, kind)
    stop = first_day + (0.25 + 0.75 * rng.random(len(kind))) * (latest - first_day)
    return kind, np.where(kind == BuyerKind.LAPSING, stop, float(HISTORY_DAYS))


def _store_shares(rng: np.random.Generator, in_web: Mask, in_store: Mask) -> Floats:
    size = len(in_web)
    way = rng.random(size)
    both = np.select([way < WEB_ONLY, way < WEB_ONLY + STORE_ONLY], [0.0, 1.0], 0.45 + 0.4 * rng.random(size))
    return np.where(in_web & in_store, both, np.where(in_store, 1.0, 0.0))


def _draw_brands(rng: np.random.Generator, size: int) -> Ints:
    """Draw everyone's favourite brand; larger brands have more friends."""
    brand_sizes = np.diff(load_catalogue().brand_start)
    return pick_number(rng, [float(n) for n in brand_sizes], size)
