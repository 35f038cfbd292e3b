"""Customer service tickets: questions about orders, and the complaints after which many do not come back."""

from __future__ import annotations

import numpy as np

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.behaviour import Behaviour, BuyerKind
from cdp_pipeline.sample.buying import Purchases, pick_rows
from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, close_of, night_of
from cdp_pipeline.sample.columns import (
    Column,
    Ints,
    at_least,
    chance,
    pick_number,
    read_columns,
    store_columns,
)
from cdp_pipeline.sample.orders import Orders
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import DAY, Spans, on_night

CATEGORIES = ("delivery", "return", "invoice", "question", "praise", "product_quality", "complaint")
ASKS_SHARE = 0.04  # of the orders
ASKED_ABOUT = {"delivery": 0.40, "return": 0.28, "invoice": 0.12, "question": 0.15, "praise": 0.05}
COMPLAINED_OF = {"product_quality": 0.55, "complaint": 0.45}
CHANNELS = {"email": 0.40, "web_form": 0.25, "phone": 0.20, "chat": 0.10, "social": 0.05}
PRIORITIES = {"low": 0.15, "normal": 0.70, "high": 0.15}
RATES_SHARE = 0.5  # of the closed tickets
PENDING_SHARE, SOLVED_SHARE = 0.3, 0.2  # of the open and of the closed ones
CLOSED_WITHIN_DAYS = 2.0
ASKED_WITHIN_DAYS = 60
ON_A_NIGHT_SHARE, CLOSED_ON_A_NIGHT_SHARE = 0.002, 0.4


def build_tickets(
    engine: Engine, behaviour: Behaviour, purchases: Purchases, orders: Orders, seed: int, nights: int
) -> None:
    """Make the table `ticket`: one row per ticket, in order of time.

    Columns: number (dense), position of the order or -1, member_row or -1 (who complains of a store gives no
    order), category, channel, priority, created_at, closed_at (null: still open), satisfaction (0: none),
    is_pending and is_solved (how an open or a closed one is called), night of delivery, closed_night (0: never).
    """
    rng = stream(seed, "tickets")
    parts = [_complaints(engine, rng, behaviour, purchases, orders), *_questions(rng, orders, nights)]
    ticket = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    happened = ticket["created_at"] < close_of(nights)
    by_time = np.lexsort((ticket["position"], ticket["member_row"], ticket["created_at"]))
    by_time = by_time[happened[by_time]]
    ticket = {name: column[by_time] for name, column in ticket.items()}
    size = len(by_time)
    ticket["number"] = np.arange(size)
    ticket["night"] = night_of(ticket["created_at"])
    ticket |= _close(rng, ticket, nights)
    for name, shares in (("channel", CHANNELS), ("priority", PRIORITIES)):
        ticket[name] = np.array(list(shares), dtype=object)[pick_number(rng, list(shares.values()), size)]
    ticket["channel"] = np.where(ticket["position"] < 0, "phone", ticket["channel"])
    ticket["satisfaction"] = _satisfaction(rng, ticket["category"])
    ticket["category"] = np.array(CATEGORIES, dtype=object)[ticket["category"]]
    ticket |= {"is_pending": chance(rng, PENDING_SHARE, size), "is_solved": chance(rng, SOLVED_SHARE, size)}
    store_columns(engine, "ticket", ticket)


def _complaints(
    engine: Engine, rng: np.random.Generator, behaviour: Behaviour, purchases: Purchases, orders: Orders
) -> dict[str, Column]:
    """Let each complainer complain of one purchase: those who stop coming of their last."""
    shuffled = rng.permutation(len(purchases.person))
    some_person, some = np.unique(purchases.person[shuffled], return_index=True)
    last = len(purchases.person) - 1 - np.unique(purchases.person[::-1], return_index=True)[1]
    lapses = behaviour.kind[some_person] == BuyerKind.LAPSING
    purchase = np.where(lapses, last, shuffled[some])[behaviour.is_complainer[some_person]]
    position_of = np.full(len(purchases.person) + 1, -1)
    position_of[orders.purchase[orders.purchase >= 0]] = np.flatnonzero(orders.purchase >= 0)
    position = position_of[purchase]
    members = read_columns(engine, _MEMBERS)
    person = purchases.person[purchase]
    row = pick_rows(rng, members["person"], members["night"], person, np.ones(len(person), dtype=np.int64))
    member_row = np.where((position < 0) & (row >= 0), np.append(members["row"], -1)[row], -1)
    category = pick_number(rng, list(COMPLAINED_OF.values()), len(person)) + CATEGORIES.index(
        "product_quality"
    )
    found = (position >= 0) | (member_row >= 0)
    created_at = purchases.occurred_at[purchase] + _days(rng, len(person), 1.0, 9.0)
    return {
        "position": position[found],
        "member_row": member_row[found],
        "category": category[found],
        "created_at": created_at[found],
    }


_MEMBERS = (
    "select row, person, night from member where cast_label = '' and person >= 0 order by person, night, row"
)


def _questions(rng: np.random.Generator, orders: Orders, nights: int) -> list[dict[str, Column]]:
    """Ask about some orders within days; on the last day of each night about at least two."""
    random = orders.purchase >= 0
    asked = np.flatnonzero(random & chance(rng, ASKS_SHARE, len(random)) & (orders.night == 1))
    when: Times = orders.occurred_at[asked] + _days(rng, len(asked), 0.1, 8.0)
    parts = [_question(rng, asked, when)]
    for night in range(1, nights + 1):
        recent = (
            random
            & (orders.night <= night)
            & (orders.occurred_at > close_of(night) - ASKED_WITHIN_DAYS * DAY)
        )
        recent &= orders.occurred_at < on_night(night)
        rows = at_least(rng, recent, ON_A_NIGHT_SHARE, 2)
        parts.append(_question(rng, rows, on_night(night) + _days(rng, len(rows), 0.3, 0.8)))
    return parts


def _question(rng: np.random.Generator, position: Ints, created_at: Times) -> dict[str, Column]:
    return {
        "position": position,
        "member_row": np.full(len(position), -1),
        "category": pick_number(rng, list(ASKED_ABOUT.values()), len(position)),
        "created_at": created_at.astype("datetime64[s]"),
    }


def _close(rng: np.random.Generator, ticket: dict[str, Column], nights: int) -> dict[str, Column]:
    """Close tickets within days; those still open at the first night's close some on each later night."""
    size = len(ticket["number"])
    created_at = ticket["created_at"]
    needed = (rng.exponential(CLOSED_WITHIN_DAYS, size) * 86_400).astype(np.int64) + 1800
    closed_at: Times = created_at + needed.astype("timedelta64[s]")
    # Nobody answers on a Sunday, the first night's last day: what comes then is open.
    closed_night = np.where((closed_at < FIRST_CLOSE) & (created_at < on_night(1)), 1, 0)
    for night in range(2, nights + 1):
        is_open = (closed_night == 0) & (created_at < close_of(night) - DAY)
        rows = at_least(rng, is_open, CLOSED_ON_A_NIGHT_SHARE, 1)
        closed_night[rows] = night
        closed_at[rows] = on_night(night) + _days(rng, len(rows), 0.35, 0.8)
    closed_night = np.where(closed_night > 0, np.maximum(closed_night, ticket["night"]), 0)
    closed_at[closed_night == 0] = np.datetime64("NaT")
    return {"closed_at": closed_at, "closed_night": closed_night}


def _satisfaction(rng: np.random.Generator, category: Ints) -> Ints:
    """Draw marks from 1 to 5: who complains gives one or two, rarely three; who praises gives five."""
    size = len(category)
    mark = pick_number(rng, [0.02, 0.05, 0.18, 0.40, 0.35], size) + 1
    unhappy = pick_number(rng, [0.55, 0.30, 0.15], size) + 1
    mark = np.where(category >= CATEGORIES.index("product_quality"), unhappy, mark)
    mark = np.where(category == CATEGORIES.index("praise"), 5, mark)
    return np.where(chance(rng, RATES_SHARE, size), mark, 0)


def _days(rng: np.random.Generator, size: int, fewest: float, most: float) -> Spans:
    drawn: Spans = (
        ((fewest + (most - fewest) * rng.random(size)) * 86_400).astype(np.int64).astype("timedelta64[s]")
    )
    return drawn
