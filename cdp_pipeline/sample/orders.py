"""Orders of the web shop, by account or as a guest: prices, codes, what is refunded or corrected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.behaviour import Behaviour
from cdp_pipeline.sample.buying import Lines, Purchases, draw_lines, pick_rows
from cdp_pipeline.sample.catalogue import CURRENCIES, load_catalogue
from cdp_pipeline.sample.clock import Times, close_of, night_of
from cdp_pipeline.sample.columns import Column, Ints, Mask, at_least, chance, read_columns, store_columns
from cdp_pipeline.sample.late import deliver_late
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import DAY, is_sale

FIRST_ORDER_NUMBER = 1001
FIRST_ORDER_ID, ORDER_ID_STEP = 5_900_112_000_000, 32_771

HUNTERS_USE_CODES, OTHERS_USE_CODES = 0.80, 0.07
CODES = {"": 0, "DANKE10": 10, "SALE15": 15, "WILLKOMMEN10": 10}  # per cent off
FREE_SHIPPING_FROM, SHIPPING, SHIPPING_ABROAD = 6000, 490, 990

REFUND_SHARE, FULL_REFUND_SHARE = 0.05, 0.6
REFUNDED_LATER_SHARE, REFUNDED_LATER_DAYS = 0.005, 60  # of the orders of the last days, on each later night
CORRECTED_SHARE, CORRECTED_DAYS = 0.001, 60
_PART, _FULL, _FULL_ON_NIGHT_2 = 1, 2, 3  # what the cast's orders ask for


@dataclass(frozen=True)
class Orders:
    """One entry per order, in order of time; its position is the order's number.

    person is -1 for nobody's; purchase is a position in `Purchases` or -1 for the cast's orders.
    """

    person: Ints
    purchase: Ints
    occurred_at: Times
    night: Ints
    lines: Lines


def build_orders(
    engine: Engine, behaviour: Behaviour, purchases: Purchases, seed: int, nights: int
) -> Orders:
    """Make the tables `sold_order` and `order_line`, the cast's orders among them, in order of time.

    sold_order: one row per order (position): shop_row, guest_row, cast_row (two of them -1), occurred_at,
    night of delivery, currency, discount_code, amounts in cents; refund_night and corrected_night are the
    nights from which on the refund and the waived shipping are known (0: never).
    order_line: line (dense), position, is_first, product, quantity, price_cents.
    """
    rng = stream(seed, "orders")
    order = _origins(engine, rng, purchases)
    lines = draw_lines(rng, behaviour, order["person"], order["occurred_at"])
    is_cast = order["cast_row"] >= 0
    currency = np.where(is_cast, 0, behaviour.currency[order["person"]])
    order["currency"] = np.array(CURRENCIES, dtype=object)[currency]
    price = load_catalogue().price_cents[currency[lines.sale], lines.product]
    order |= _price(rng, behaviour, order, lines.totals(price, len(currency)))
    order["night"] = deliver_late(rng, order["occurred_at"], nights, ~is_cast)
    order |= _refund(rng, order, nights)
    order["corrected_night"] = _correct(rng, order, nights)
    stored = {name: column for name, column in order.items() if name not in ("purchase", "wish")}
    store_columns(engine, "sold_order", {"position": np.arange(len(currency)), **stored})
    _store_lines(engine, lines, price)
    return Orders(order["person"], order["purchase"], order["occurred_at"], order["night"], lines)


def _store_lines(engine: Engine, lines: Lines, price_cents: Ints) -> None:
    columns = {
        "line": np.arange(len(lines.sale)),
        "position": lines.sale,
        "is_first": np.r_[True, lines.sale[1:] != lines.sale[:-1]][: len(lines.sale)],
        "product": lines.product,
        "quantity": lines.quantity,
        "price_cents": price_cents,
    }
    store_columns(engine, "order_line", columns)


def _origins(engine: Engine, rng: np.random.Generator, purchases: Purchases) -> dict[str, Column]:
    """Tell of each order who placed it and where that is written down: an account, a guest's form, the cast."""
    web = purchases.where(~purchases.is_store)
    night = night_of(web.occurred_at)
    shop_row = _rows_of(engine, rng, "shop", "cast_label = ''", web.person, night)
    guest_row = _rows_of(engine, rng, "guest", "true", web.person, night)
    guest_row = np.where(shop_row >= 0, -1, guest_row)
    known = (shop_row >= 0) | (guest_row >= 0)
    cast = read_columns(engine, _CAST_ORDERS)
    nobody = np.full(len(cast["row"]), -1)
    columns: dict[str, Column] = {
        "person": np.r_[web.person[known], cast["person"]],
        "shop_row": np.r_[shop_row[known], cast["shop_row"]],
        "guest_row": np.r_[guest_row[known], nobody],
        "cast_row": np.r_[np.full(int(known.sum()), -1), cast["row"]],
        "occurred_at": np.r_[
            web.occurred_at[known].astype("datetime64[s]"), cast["occurred_at"].astype("datetime64[s]")
        ],
        "wish": np.r_[np.zeros(int(known.sum()), dtype=np.int64), cast["wish"]],
        "purchase": np.r_[np.flatnonzero(~purchases.is_store)[known], nobody],
    }
    by_time = np.lexsort((columns["purchase"], columns["cast_row"], columns["occurred_at"]))
    return {name: values[by_time] for name, values in columns.items()}


_CAST_ORDERS = """
    select
        row, person, shop_row, occurred_at,
        case refund when 'part' then 1 when 'full' then 2 when 'full_on_night_2' then 3 else 0 end::bigint as wish
    from cast_order
    order by row
"""


def _rows_of(
    engine: Engine, rng: np.random.Generator, table: str, condition: str, person: Ints, night: Ints
) -> Ints:
    rows = read_columns(
        engine,
        f"select row, person, night from {table} where {condition} and person >= 0 order by person, night, row",
    )
    found = pick_rows(rng, rows["person"], rows["night"], person, night)
    return np.where(found >= 0, np.append(rows["row"], -1)[found], -1)


def _price(
    rng: np.random.Generator, behaviour: Behaviour, order: dict[str, Column], goods: Ints
) -> dict[str, Column]:
    """Take the code's discount off the goods and add shipping, in cents of the order's currency."""
    size, person = len(goods), order["person"]
    uses = np.where(behaviour.is_discount_hunter[person], HUNTERS_USE_CODES, OTHERS_USE_CODES)
    has_code = chance(rng, uses, size) & (order["cast_row"] < 0)
    is_first = np.zeros(size, dtype=bool)
    is_first[np.unique(person, return_index=True)[1]] = True
    names = list(CODES)
    fitting = np.where(is_sale(order["occurred_at"]), names.index("SALE15"), names.index("DANKE10"))
    code = np.where(has_code, np.where(is_first, names.index("WILLKOMMEN10"), fitting), 0)
    discount = goods * np.array(list(CODES.values()))[code] // 100
    shipping = np.where(order["currency"] == "EUR", SHIPPING, SHIPPING_ABROAD)
    return {
        "discount_code": np.array(names, dtype=object)[code],
        "discount_cents": discount,
        "subtotal_cents": goods - discount,
        "shipping_cents": np.where(goods >= FREE_SHIPPING_FROM, 0, shipping),
    }


def _refund(rng: np.random.Generator, order: dict[str, Column], nights: int) -> dict[str, Column]:
    """Refund some orders, in full or in part: most before they are delivered, some on a later night."""
    size, wish, night = len(order["night"]), order["wish"], order["night"]
    is_random = order["cast_row"] < 0
    drawn = (is_random & chance(rng, REFUND_SHARE, size)) | np.isin(wish, (_PART, _FULL))
    refund_night = np.where(drawn, night, 0)
    if nights > 1:
        refund_night[wish == _FULL_ON_NIGHT_2] = 2
    for later in range(2, nights + 1):
        is_open = _recent(order, later, REFUNDED_LATER_DAYS) & (refund_night == 0)
        refund_night[at_least(rng, is_open, REFUNDED_LATER_SHARE, 1)] = later
    is_full = np.where(is_random, chance(rng, FULL_REFUND_SHARE, size), wish != _PART)
    total = order["subtotal_cents"] + order["shipping_cents"]
    amount = np.where(is_full, total, order["subtotal_cents"] // 2)
    return {"refund_cents": np.where(refund_night > 0, amount, 0), "refund_night": refund_night}


def _correct(rng: np.random.Generator, order: dict[str, Column], nights: int) -> Ints:
    """Waive the shipping of some orders after their delivery: they come again with a lower total."""
    corrected = np.zeros(len(order["night"]), dtype=np.int64)
    for later in range(2, nights + 1):
        eligible = _recent(order, later, CORRECTED_DAYS) & (order["shipping_cents"] > 0)
        eligible &= (order["refund_night"] == 0) & (corrected == 0)
        corrected[at_least(rng, eligible, CORRECTED_SHARE, 1)] = later
    return corrected


def _recent(order: dict[str, Column], later: int, days: int) -> Mask:
    """Mark the random orders of the last days that were delivered before a later night."""
    recent: Mask = order["occurred_at"] > close_of(later) - days * DAY
    return recent & (order["night"] < later) & (order["cast_row"] < 0)
