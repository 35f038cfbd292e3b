"""How people buy, anywhere: who, when, in which channel, which articles. What a channel records lies elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from cdp_pipeline.sample.behaviour import Behaviour, BuyerKind
from cdp_pipeline.sample.campaigns import Clicks
from cdp_pipeline.sample.catalogue import draw_products
from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, close_of
from cdp_pipeline.sample.columns import Floats, Ints, Mask, at_least, chance, pick_number
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import (
    HISTORY_DAYS,
    Spans,
    draw_days,
    month_and_day,
    on_night,
    opening_hours,
    shopping_hours,
    start_of,
)

# Further purchases a year, from the first on to the day on which a buyer stops; who buys in the stores alone
# comes oftener than that, who buys in the web alone more seldom.
PURCHASES_A_YEAR = {BuyerKind.REGULAR: 2.8, BuyerKind.LOYAL: 7.5, BuyerKind.LAPSING: 3.5}
STORE_PACE, WEB_PACE = 1.8, 0.40
FIRST_WITHIN_DAYS = 30.0
RESPONDS, RESPONDER_RESPONDS = 0.03, 0.40  # of the clicks
RESPONDS_WITHIN_DAYS = 4.5
BUYS_ON_A_NIGHT = {BuyerKind.REGULAR: 0.010, BuyerKind.LOYAL: 0.025}
NEWCOMER_BUYS = 0.35
FEWEST_ON_A_NIGHT = 5
LINE_COUNT_SHARES = [0.60, 0.25, 0.10, 0.05]  # of sales with 1, 2, 3 and 4 lines
QUANTITY_SHARES = [0.85, 0.12, 0.03]


@dataclass(frozen=True)
class Purchases:
    """One entry per purchase of a random person, in order of time; click is a position in `Clicks` or -1."""

    person: Ints
    is_store: Mask
    occurred_at: Times
    click: Ints

    def where(self, chosen: Mask | Ints) -> Self:
        """Return some of the purchases."""
        return type(self)(
            self.person[chosen], self.is_store[chosen], self.occurred_at[chosen], self.click[chosen]
        )


@dataclass(frozen=True)
class Lines:
    """One entry per article of a sale, sorted by sale; amounts in cents of the sale's currency."""

    sale: Ints
    product: Ints
    quantity: Ints

    def totals(self, price_cents: Ints, sales: int) -> Ints:
        """Return what each sale's articles cost, given the price of each line's article."""
        # Whole cents below 2 ** 53 are exact as floats.
        amounts = np.bincount(self.sale, weights=price_cents * self.quantity, minlength=sales)
        return amounts.astype(np.int64)


def draw_purchases(behaviour: Behaviour, clicks: Clicks, seed: int, nights: int) -> Purchases:
    """Draw everything that is bought until the close of the last night."""
    rng = stream(seed, "purchases")
    parts = [_history(rng, behaviour), _responses(rng, behaviour, clicks, nights)]
    parts += [_later_night(rng, behaviour, night) for night in range(2, nights + 1)]
    person, is_store, times, click = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("person", "is_store", "occurred_at", "click")
    )
    return Purchases(person, is_store, times, click).where(np.lexsort((click, person, times)))


def _history(rng: np.random.Generator, behaviour: Behaviour) -> Purchases:
    years = (behaviour.last_day - behaviour.first_day) / 365.0
    pace = WEB_PACE + (STORE_PACE - WEB_PACE) * behaviour.store_share
    further = np.zeros(behaviour.people, dtype=np.int64)
    for kind, rate in PURCHASES_A_YEAR.items():
        own = behaviour.kind == kind
        further[own] = rng.poisson(rate * pace[own] * years[own])
    buys = (behaviour.kind != BuyerKind.NONE) & (behaviour.night == 1)
    person = np.repeat(np.arange(behaviour.people), np.where(buys, 1 + further, 0))
    is_first = np.r_[True, person[1:] != person[:-1]][: len(person)]
    first, last = behaviour.first_day[person], behaviour.last_day[person]
    end = np.where(is_first, np.minimum(first + FIRST_WITHIN_DAYS, last), last)
    day = draw_days(rng, first, end)
    is_store = chance(rng, behaviour.store_share[person], len(person))
    # The stores are closed on Sundays; the last day of the history is one.
    is_sunday = (HISTORY_DAYS - 1 - day) % 7 == 0
    midnight = start_of(np.where(is_store & is_sunday, np.maximum(day - 1, 0), day))
    return Purchases(person, is_store, midnight + _hours(rng, is_store), np.full(len(person), -1))


def _responses(rng: np.random.Generator, behaviour: Behaviour, clicks: Clicks, nights: int) -> Purchases:
    """Let some who clicked buy in the web shop within days."""
    person = clicks.person
    likely = np.where(behaviour.is_responder[person], RESPONDER_RESPONDS, RESPONDS)
    days = np.minimum(rng.exponential(0.8, len(person)), RESPONDS_WITHIN_DAYS)
    times: Times = clicks.clicked_at + (days * 86_400).astype(np.int64).astype("timedelta64[s]")
    last: Floats = behaviour.last_day[person]
    until = FIRST_CLOSE - ((HISTORY_DAYS - last) * 86_400).astype(np.int64).astype("timedelta64[s]")
    until = np.where(last >= HISTORY_DAYS, close_of(nights), until)
    buys = (
        (person >= 0)
        & (behaviour.kind[person] != BuyerKind.NONE)
        & (behaviour.kind[person] != BuyerKind.ONCE)
        & (behaviour.store_share[person] < 1)
        & chance(rng, likely, len(person))
        & (times < until)
    )
    click = np.flatnonzero(buys)
    return Purchases(person[click], np.zeros(len(click), dtype=bool), times[click], click)


def _later_night(rng: np.random.Generator, behaviour: Behaviour, night: int) -> Purchases:
    """Let newcomers and some known buyers buy on a later night's own day, in either channel a few at least."""
    share = np.zeros(behaviour.people)
    for kind, probability in BUYS_ON_A_NIGHT.items():
        share[behaviour.kind == kind] = probability
    is_known = (behaviour.night < night) & (share > 0)
    in_store, in_web = share * behaviour.store_share, share * (1 - behaviour.store_share)
    to_store = at_least(rng, is_known & (in_store > 0), in_store, FEWEST_ON_A_NIGHT)
    to_web = at_least(rng, is_known & (in_web > 0), in_web, FEWEST_ON_A_NIGHT)
    is_new = (behaviour.night == night) & (behaviour.kind != BuyerKind.NONE)
    new = at_least(rng, is_new, NEWCOMER_BUYS, 2)
    person = np.concatenate([to_store, to_web, new])
    new_to_store = chance(rng, behaviour.store_share[new], len(new))
    is_store = np.r_[np.ones(len(to_store), dtype=bool), np.zeros(len(to_web), dtype=bool), new_to_store]
    times: Times = on_night(night) + _hours(rng, is_store)
    return Purchases(person, is_store, times, np.full(len(person), -1))


def _hours(rng: np.random.Generator, is_store: Mask) -> Spans:
    hours: Spans = np.where(is_store, opening_hours(rng, len(is_store)), shopping_hours(rng, len(is_store)))
    return hours


def draw_lines(rng: np.random.Generator, behaviour: Behaviour, person: Ints, times: Times) -> Lines:
    """Draw one to four articles for each sale; person is -1 where nobody's taste is known."""
    count = pick_number(rng, LINE_COUNT_SHARES, len(person)) + 1
    sale = np.repeat(np.arange(len(person)), count)
    buyer = person[sale]
    favourite = np.where(buyer >= 0, behaviour.favourite[buyer], -1)
    month = (month_and_day(times) // 100)[sale]
    product = draw_products(rng, favourite, behaviour.brand[buyer], month)
    return Lines(sale, product, pick_number(rng, QUANTITY_SHARES, len(sale)) + 1)


def pick_rows(rng: np.random.Generator, owner: Ints, row_night: Ints, person: Ints, night: Ints) -> Ints:
    """Draw one of each person's own rows that are known by a night.

    Args:
        owner: person of each row, ascending; a person's rows ascending by row_night.

    Returns:
        Positions in `owner`; -1 where the person has no row yet.
    """
    first = np.searchsorted(owner, person, side="left")
    count = np.searchsorted(owner, person, side="right") - first
    drawn = first + (rng.random(len(person)) * count).astype(np.int64)
    if not len(owner):
        return np.full(len(person), -1)
    drawn, first = np.minimum(drawn, len(owner) - 1), np.minimum(first, len(owner) - 1)
    drawn = np.where(row_night[drawn] <= night, drawn, first)
    return np.where((count > 0) & (row_night[drawn] <= night), drawn, -1)
