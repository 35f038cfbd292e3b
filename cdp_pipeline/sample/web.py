"""Visits to the web shop: sessions before a purchase, after a mail's link, out of curiosity, by strangers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.advertising import active_campaign
from cdp_pipeline.sample.behaviour import Behaviour, BuyerKind
from cdp_pipeline.sample.buying import Purchases, pick_rows
from cdp_pipeline.sample.campaigns import Clicks
from cdp_pipeline.sample.catalogue import draw_products
from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, close_of, night_of
from cdp_pipeline.sample.columns import (
    HEXADECIMAL,
    Column,
    Ints,
    Mask,
    at_least,
    chance,
    read_columns,
    store_columns,
    tokens,
)
from cdp_pipeline.sample.late import deliver_late
from cdp_pipeline.sample.orders import Orders
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import (
    DAY,
    HISTORY_DAYS,
    draw_days,
    month_and_day,
    on_night,
    shopping_hours,
    start_of,
)

KEPT_DAYS = 120  # the shop's web analytics forgets older visits
# Visits out of curiosity in that time.
VISITS = {
    BuyerKind.NONE: 0.3, BuyerKind.ONCE: 0.4, BuyerKind.REGULAR: 0.7, BuyerKind.LOYAL: 1.2, BuyerKind.LAPSING: 0.05,
}  # fmt: skip
VISITS_ON_A_NIGHT = 0.01
STRANGERS_SHARE = 0.25  # as many visits of strangers, as a share of those visits
SIGNS_IN, SEARCHES, LEAVES_CART, FROM_AD = 0.25, 0.20, 0.12, 0.25
SECOND_DEVICE, SHARED_DEVICE = 0.20, 0.03
# In this order within a session, STEP_SECONDS apart; product views may be several.
EVENTS = (
    "page_view", "search", "product_view", "product_view", "product_view", "add_to_cart", "login", "checkout",
    "newsletter_signup", "purchase",
)  # fmt: skip
STEP_SECONDS = 40


@dataclass
class _Sessions:
    """One entry per session; does says which of EVENTS happen in it (session × position)."""

    person: Ints
    started_at: Times
    product: Ints
    campaign: Ints
    ad: Ints
    order: Ints
    shop_row: Ints
    subscriber_row: Ints
    does: np.ndarray[tuple[int, int], np.dtype[np.bool_]]


def build_web(
    engine: Engine,
    behaviour: Behaviour,
    purchases: Purchases,
    orders: Orders,
    clicks: Clicks,
    seed: int,
    nights: int,
) -> tuple[Ints, Times]:
    """Make the tables `web_session`, `web_cookie`, `web_event` and `web_step`.

    web_session: one row per session: session, cookie, session_id, campaign, ad (positions or -1), position of
    the order, shop_row and subscriber_row, whose e-mail signing in, ordering and signing up tell.
    web_event: session, step (with it unique), event_at, product (-1: none), night. web_cookie: cookie,
    cookie_id. web_step: step, name.

    Returns:
        The ad (or -1) and the start of each session.
    """
    rng = stream(seed, "web")
    parts = [
        _before_orders(rng, orders, purchases, clicks),
        _after_clicks(rng, behaviour, clicks),
        _curious(engine, rng, behaviour, nights),
        _signing_up(engine, rng),
    ]
    parts.append(_strangers(rng, behaviour, len(parts[2].person), nights))
    sessions = _Sessions(*(np.concatenate([getattr(p, n) for p in parts]) for n in _Sessions.__annotations__))
    _store_events(engine, rng, sessions, nights)
    _store_sessions(engine, rng, behaviour, sessions)
    return sessions.ad, sessions.started_at


def _sessions(
    rng: np.random.Generator, person: Ints, started_at: Times, product: Ints, **more: Column
) -> _Sessions:
    """Return sessions in which people arrive, perhaps search, and look at one to three products."""
    size = len(person)
    nothing = np.full(size, -1)
    does = np.zeros((size, len(EVENTS)), dtype=bool)
    does[:, 0] = True
    does[:, 1] = chance(rng, SEARCHES, size)
    views = rng.integers(1, 4, size)
    for view in range(3):
        does[:, 2 + view] = views > view
    texts = {name: more.get(name, nothing) for name in ("campaign", "order", "shop_row", "subscriber_row")}
    is_mailed = texts["campaign"] >= 0
    ad = np.where(~is_mailed & chance(rng, FROM_AD, size), active_campaign(rng, started_at), -1)
    return _Sessions(person, started_at.astype("datetime64[s]"), product, ad=ad, does=does, **texts)


def _before_orders(
    rng: np.random.Generator, orders: Orders, purchases: Purchases, clicks: Clicks
) -> _Sessions:
    recent = np.flatnonzero((orders.purchase >= 0) & (orders.occurred_at > FIRST_CLOSE - KEPT_DAYS * DAY))
    first_line = np.searchsorted(orders.lines.sale, recent)
    click = purchases.click[orders.purchase[recent]]
    campaign = np.where(click >= 0, np.append(clicks.campaign, -1)[click], -1)
    before = np.timedelta64(STEP_SECONDS * (len(EVENTS) - 1), "s")
    sessions = _sessions(
        rng, orders.person[recent], orders.occurred_at[recent] - before, orders.lines.product[first_line],
        campaign=campaign, order=recent,
    )  # fmt: skip
    for event in ("add_to_cart", "checkout", "purchase"):
        sessions.does[:, EVENTS.index(event)] = True
    return sessions


def _after_clicks(rng: np.random.Generator, behaviour: Behaviour, clicks: Clicks) -> _Sessions:
    own = np.flatnonzero((clicks.clicked_at > FIRST_CLOSE - KEPT_DAYS * DAY) & (clicks.person >= 0))
    person, when = clicks.person[own], clicks.clicked_at[own]
    product = _products(rng, behaviour, person, when)
    return _sessions(rng, person, when + np.timedelta64(2, "s"), product, campaign=clicks.campaign[own])


def _curious(engine: Engine, rng: np.random.Generator, behaviour: Behaviour, nights: int) -> _Sessions:
    """Let people who have an account look around; some sign in, some leave a full cart."""
    accounts = read_columns(engine, _ACCOUNTS)
    owners = np.unique(accounts["person"])
    rate = np.array([VISITS[kind] for kind in BuyerKind])[behaviour.kind[owners]]
    person = np.repeat(owners, np.where(behaviour.night[owners] == 1, rng.poisson(rate), 0))
    size = len(person)
    day = draw_days(rng, np.full(size, float(HISTORY_DAYS - KEPT_DAYS)), np.full(size, float(HISTORY_DAYS)))
    times, people = [start_of(day) + shopping_hours(rng, size)], [person]
    for night in range(2, nights + 1):
        visitors = owners[at_least(rng, behaviour.night[owners] <= night, VISITS_ON_A_NIGHT, 4)]
        people.append(visitors)
        times.append(on_night(night) + shopping_hours(rng, len(visitors)))
    person, when = np.concatenate(people), np.concatenate(times)
    row = pick_rows(rng, accounts["person"], accounts["night"], person, night_of(when))
    signs_in = (row >= 0) & chance(rng, SIGNS_IN, len(person))
    shop_row = np.where(signs_in, np.append(accounts["row"], -1)[row], -1)
    sessions = _sessions(rng, person, when, _products(rng, behaviour, person, when), shop_row=shop_row)
    sessions.does[:, EVENTS.index("login")] = signs_in
    sessions.does[:, EVENTS.index("add_to_cart")] = chance(rng, LEAVES_CART, len(person))
    return sessions


_ACCOUNTS = (
    "select row, person, night from shop where cast_label = '' and person >= 0 order by person, night, row"
)


def _signing_up(engine: Engine, rng: np.random.Generator) -> _Sessions:
    """Show the newsletter sign-up of those who subscribed lately."""
    rows = read_columns(engine, _SUBSCRIBERS)
    recent = np.flatnonzero(rows["created_at"] > FIRST_CLOSE - KEPT_DAYS * DAY)
    person = rows["person"][recent]
    when: Times = rows["created_at"][recent].astype("datetime64[s]")
    before = np.timedelta64(STEP_SECONDS * EVENTS.index("newsletter_signup"), "s")
    product = draw_products(rng, np.full(len(person), -1), np.zeros_like(person), month_and_day(when) // 100)
    sessions = _sessions(rng, person, when - before, product, subscriber_row=rows["row"][recent])
    sessions.does[:, EVENTS.index("newsletter_signup")] = True
    return sessions


_SUBSCRIBERS = (
    "select row, person, created_at from subscriber where cast_label = '' and person >= 0 order by row"
)


def _strangers(rng: np.random.Generator, behaviour: Behaviour, visits: int, nights: int) -> _Sessions:
    size = int(visits * STRANGERS_SHARE)
    back = (rng.random(size) * (KEPT_DAYS + nights - 1) * 86_400).astype(np.int64)
    when: Times = (close_of(nights) - back.astype("timedelta64[s]")).astype("datetime64[s]")
    nobody = np.full(size, -1)
    return _sessions(rng, nobody, when, _products(rng, behaviour, nobody, when))


def _products(rng: np.random.Generator, behaviour: Behaviour, person: Ints, when: Times) -> Ints:
    favourite = np.where(person >= 0, behaviour.favourite[person], -1)
    return draw_products(rng, favourite, behaviour.brand[person], month_and_day(when) // 100)


def _store_sessions(
    engine: Engine, rng: np.random.Generator, behaviour: Behaviour, sessions: _Sessions
) -> None:
    """Give each session its cookie: people have one or two devices, a few use the household's."""
    size, person = len(sessions.person), sessions.person
    head = read_columns(engine, _HEADS)
    device_of = np.arange(behaviour.people)
    shares = chance(rng, SHARED_DEVICE, len(head["person"]))
    device_of[head["person"][shares]] = head["head"][shares]
    is_second = chance(rng, SECOND_DEVICE, size)
    known = 2 * device_of[person] + is_second
    device = np.where(person >= 0, known, 2 * behaviour.people + np.arange(size))
    used, cookie = np.unique(device, return_inverse=True)
    ids = {"cookie": np.arange(len(used)), "cookie_id": tokens(rng, len(used), 20, HEXADECIMAL)}
    store_columns(engine, "web_cookie", ids)
    columns = {
        "session": np.arange(size),
        "session_id": tokens(rng, size, 16, HEXADECIMAL),
        "cookie": cookie,
        **{name: getattr(sessions, name) for name in ("campaign", "ad", "shop_row", "subscriber_row")},
        "position": sessions.order,
    }
    store_columns(engine, "web_session", columns)


_HEADS = "select person, min(person) over (partition by household) as head from person order by person"


def _store_events(engine: Engine, rng: np.random.Generator, sessions: _Sessions, nights: int) -> None:
    session, step = np.nonzero(sessions.does)
    is_view = (step >= EVENTS.index("product_view")) & (step < EVENTS.index("add_to_cart"))
    # The last view is of what is bought or carted; the ones before it are of its neighbours on the shelf.
    product = np.where(step == 0, -1, sessions.product[session])
    product = np.where(is_view, np.maximum(product - (step - EVENTS.index("product_view")), 0), product)
    hurry = rng.integers(0, STEP_SECONDS - 5, len(step))
    hurry[step == len(EVENTS) - 1] = 0
    event_at = sessions.started_at[session] + (step * STEP_SECONDS + hurry * (step > 0)).astype(
        "timedelta64[s]"
    )
    happened: Mask = event_at < close_of(nights)
    columns = {
        "session": session,
        "step": step,
        "event_at": event_at,
        "product": product,
        "night": deliver_late(rng, event_at, nights, np.ones(len(step), dtype=bool)),
    }
    store_columns(engine, "web_step", {"step": np.arange(len(EVENTS)), "name": pa.array(EVENTS)})
    store_columns(engine, "web_event", {name: column[happened] for name, column in columns.items()})
