"""Sales at the tills: who is recognised by card or by name, who stays anonymous, what is brought back."""

from __future__ import annotations

import numpy as np

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.behaviour import Behaviour
from cdp_pipeline.sample.buying import Lines, Purchases, draw_lines, pick_rows
from cdp_pipeline.sample.catalogue import load_catalogue
from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, close_of, night_of
from cdp_pipeline.sample.columns import (
    BASE62,
    CAPITALS,
    Column,
    at_least,
    chance,
    pick_number,
    read_columns,
    store_columns,
    tokens,
)
from cdp_pipeline.sample.late import deliver_late
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import DAY, HISTORY_DAYS, draw_days, on_night, opening_hours, start_of
from cdp_pipeline.sample.stores import STORES

CARD_SCANNED, PICKED_BY_NAME = 0.78, 0.10  # of the members' sales; the rest stay anonymous
ANONYMOUS_SHARE = 0.30  # sales to strangers, as a share of the members' sales
AT_HOME_SHARE = 0.85  # of the members' sales are made in their home store
REFUND_SHARE, BROUGHT_BACK_AFTER_DAYS = 0.02, 7
CARD_PAYMENTS = 0.68


def build_till(engine: Engine, behaviour: Behaviour, purchases: Purchases, seed: int, nights: int) -> None:
    """Make the tables `till_customer`, `till_sale` and `till_line`.

    till_customer: one row per person known at a till: row, id, night (of the first sale), person, member_row,
    given, family, troubles, cast_label.
    till_sale: one row per receipt (position): rank (newest first), customer_row (-1: anonymous),
    is_scanned, occurred_at, night of delivery, total_cents, is_refund, location, is_card, transaction_id, payment_id;
    a return is a receipt of its own with minus signs.
    till_line: line, position, product, quantity, cents.
    """
    rng = stream(seed, "till")
    members = read_columns(engine, _MEMBERS)
    sales = _sales(engine, rng, members, purchases)
    sales = _join(sales, _anonymous(rng, len(sales["member"]), nights))
    by_time = np.lexsort((sales["cast_row"], sales["member"], sales["occurred_at"]))
    sales = {name: column[by_time] for name, column in sales.items()}
    known = sales["member"] >= 0
    person = np.where(known, np.append(members["person"], -1)[sales["member"]], -1)
    lines = draw_lines(rng, behaviour, person, sales["occurred_at"])
    sales |= _ring_up(rng, members, sales, lines)
    sales, line_columns = _bring_back(rng, sales, lines, nights)
    sales["night"] = deliver_late(rng, sales["occurred_at"], nights, sales["cast_row"] < 0)
    _store_customers(engine, rng, sales)
    size = len(sales["night"])
    sales["position"] = np.arange(size)
    sales["rank"] = np.empty(size, dtype=np.int64)
    sales["rank"][np.lexsort((sales["position"], sales["occurred_at"]))[::-1]] = np.arange(size)
    for name in ("transaction_id", "payment_id"):
        sales[name] = tokens(rng, size, 22, BASE62)
    store_columns(engine, "till_sale", {n: c for n, c in sales.items() if n not in ("member", "cast_row")})
    store_columns(engine, "till_line", line_columns)


_MEMBERS = """
    select cashier.row as cashier_row, member.person, member.night, member.home_store
    from cashier
    inner join member on cashier.member_row = member.row
    order by member.person, member.night, member.row
"""
_CAST_SALES = """
    select row as cast_row, unnest(string_split(purchases, ','))::timestamp as occurred_at, member_row >= 0 as has_card
    from cast_till_customer
    order by row, occurred_at
"""


def _sales(
    engine: Engine, rng: np.random.Generator, members: dict[str, Column], purchases: Purchases
) -> dict[str, Column]:
    """Return the members' and the cast's sales; member is a position in `members`, -1 if unrecognised."""
    bought = purchases.where(purchases.is_store)
    night = night_of(bought.occurred_at)
    member = pick_rows(rng, members["person"], members["night"], bought.person, night)
    bought, member = bought.where(member >= 0), member[member >= 0]
    way = rng.random(len(member))
    random = {
        "member": np.where(way < CARD_SCANNED + PICKED_BY_NAME, member, -1),
        "cast_row": np.full(len(member), -1),
        "occurred_at": bought.occurred_at.astype("datetime64[s]"),
        "is_scanned": way < CARD_SCANNED,
    }
    cast = read_columns(engine, _CAST_SALES)
    staged = {
        "member": np.full(len(cast["cast_row"]), -1),
        "cast_row": cast["cast_row"],
        "occurred_at": cast["occurred_at"].astype("datetime64[s]"),
        "is_scanned": cast["has_card"],
    }
    return _join(random, staged)


def _join(first: dict[str, Column], second: dict[str, Column]) -> dict[str, Column]:
    return {name: np.concatenate([first[name], second[name]]) for name in first}


def _anonymous(rng: np.random.Generator, known_sales: int, nights: int) -> dict[str, Column]:
    size = int(known_sales * ANONYMOUS_SHARE)
    day = draw_days(rng, np.zeros(size), np.full(size, float(HISTORY_DAYS)))
    is_sunday = (HISTORY_DAYS - 1 - day) % 7 == 0
    midnights = [start_of(np.where(is_sunday, np.maximum(day - 1, 0), day))]
    midnights += [np.full(max(1, size // HISTORY_DAYS), on_night(night)) for night in range(2, nights + 1)]
    midnight: Times = np.concatenate(midnights)
    size = len(midnight)
    return {
        "member": np.full(size, -1),
        "cast_row": np.full(size, -1),
        "occurred_at": (midnight + opening_hours(rng, size)).astype("datetime64[s]"),
        "is_scanned": np.zeros(size, dtype=bool),
    }


def _ring_up(
    rng: np.random.Generator, members: dict[str, Column], sales: dict[str, Column], lines: Lines
) -> dict[str, Column]:
    """Give each sale its total, its store and how it was paid."""
    size, stores = len(sales["member"]), np.array(list(STORES), dtype=object)
    anywhere = stores[pick_number(rng, list(STORES.values()), size)]
    home = np.append(members["home_store"], "")[sales["member"]]
    is_home = (sales["member"] >= 0) & chance(rng, AT_HOME_SHARE, size)
    price = load_catalogue().price_cents[0][lines.product]
    return {
        "total_cents": lines.totals(price, size),
        "location": np.where(is_home, home, anywhere),
        "is_card": chance(rng, CARD_PAYMENTS, size),
        "cashier_row": np.append(members["cashier_row"], -1)[sales["member"]],
    }


def _bring_back(
    rng: np.random.Generator, sales: dict[str, Column], lines: Lines, nights: int
) -> tuple[dict[str, Column], dict[str, Column]]:
    """Undo some sales a week later, at least one of them, with a receipt of its own at the end."""
    size = len(sales["total_cents"])
    back_at = sales["occurred_at"] + BROUGHT_BACK_AFTER_DAYS * DAY
    in_time = (sales["cast_row"] < 0) & (back_at < min(close_of(nights), FIRST_CLOSE - DAY))
    rows = at_least(rng, in_time, REFUND_SHARE, 1)
    returned = {name: column[rows] for name, column in sales.items()}
    returned |= {"occurred_at": back_at[rows], "total_cents": -sales["total_cents"][rows]}
    number = np.full(size, -1)
    number[rows] = size + np.arange(len(rows))
    own = np.flatnonzero(number[lines.sale] >= 0)
    position = np.r_[lines.sale, number[lines.sale[own]]]
    quantity = np.r_[lines.quantity, -lines.quantity[own]]
    product = np.r_[lines.product, lines.product[own]]
    line_columns: dict[str, Column] = {
        "line": np.arange(len(position)),
        "position": position,
        "product": product,
        "quantity": quantity,
        "cents": load_catalogue().price_cents[0][product] * quantity,
    }
    joined = _join(sales, returned)
    return joined | {"is_refund": np.arange(size + len(rows)) >= size}, line_columns


def _store_customers(engine: Engine, rng: np.random.Generator, sales: dict[str, Column]) -> None:
    """Number those whom a till recognised, the cast's first, and put the number into each sale."""
    cast_size = engine.row_count("cast_till_customer")
    seen, number = np.unique(sales.pop("cashier_row"), return_inverse=True)
    has_strangers = int(len(seen) > 0 and seen[0] == -1)
    of_random = np.where(number >= has_strangers, number - has_strangers + cast_size, -1)
    sales["customer_row"] = np.where(sales["cast_row"] >= 0, sales["cast_row"], of_random)
    seen = seen[has_strangers:]
    ids = tokens(rng, cast_size + len(seen), 26, CAPITALS)
    known = sales["customer_row"] >= 0
    first_night = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(first_night, sales["customer_row"][known], sales["night"][known])
    columns = {"row": np.arange(len(ids)), "id": ids, "night": first_night}
    store_columns(engine, "till_customer_id", columns)
    store_columns(engine, "till_known", {"row": cast_size + np.arange(len(seen)), "cashier_row": seen})
    engine.replace_table("till_customer", _CUSTOMERS)


_CUSTOMERS = """
    with customer as (
        select row, person, member_row, given, family, troubles, cast_label from cast_till_customer
        union all
        select
            till_known.row, cashier.person, cashier.member_row, cashier.given, cashier.family, cashier.troubles, ''
        from till_known
        inner join cashier on till_known.cashier_row = cashier.row
    )
    select
        customer.row, till_customer_id.id, till_customer_id.night, customer.person, customer.member_row,
        customer.given, customer.family, customer.troubles, customer.cast_label
    from customer
    inner join till_customer_id on customer.row = till_customer_id.row
    order by customer.row
"""
