"""How people buy, anywhere: when, how often, which articles. What a channel records of it lies elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdp_pipeline.sample.clock import Times, before_close, close_of
from cdp_pipeline.sample.pools import Ints, chance, pick, products

BUYER_KINDS = {"none": 0.12, "new": 0.22, "repeat": 0.24, "lapsed": 0.28, "once": 0.14}
BUYS_AGAIN_PER_NIGHT = 0.03


def purchase_times(rng: np.random.Generator, night: Ints, nights: int) -> tuple[Ints, Times]:
    """Draw purchases of buyers first seen on the given nights.

    Returns:
        The buyer (position in `night`) of each purchase, and when it happened (UTC), in order of time.
    """
    buyers = len(night)
    kind = pick(rng, BUYER_KINDS, buyers)
    count = np.select(
        [kind == "none", kind == "repeat", kind == "lapsed"],
        [0, rng.integers(2, 6, buyers), rng.integers(1, 4, buyers)],
        1,
    )
    is_late = night > 1
    count = np.where(is_late, 1, count)
    buyer = np.repeat(np.arange(buyers), count)
    nearest = np.select([kind == "new", kind == "lapsed", kind == "once"], [0, 200, 60], 0)[buyer]
    farthest = np.select([kind == "new", kind == "lapsed", kind == "once"], [45, 540, 180], 400)[buyer]
    days = nearest + rng.random(len(buyer)) * (farthest - nearest)
    is_last = np.r_[buyer[1:] != buyer[:-1], True][: len(buyer)]
    days = np.where((kind[buyer] == "repeat") & is_last, rng.random(len(buyer)) * 80, days)
    times = close_of(1) - np.timedelta64(300, "s") - (days * 86_400).astype(np.int64).astype("timedelta64[s]")
    times = np.where(is_late[buyer], before_close(rng, night[buyer], 1), times)
    again = [
        np.flatnonzero(chance(rng, BUYS_AGAIN_PER_NIGHT, buyers) & (night < k)) for k in range(2, nights + 1)
    ]
    later = [before_close(rng, np.full(len(a), k), 1) for k, a in enumerate(again, start=2)]
    buyer, times = np.concatenate([buyer, *again]), in_opening_hours(np.concatenate([times, *later]))
    order = np.lexsort((buyer, times))
    return buyer[order], times[order]


def in_opening_hours(times: Times) -> Times:
    """Squeeze each day's purchases into 06:00 to 18:00 UTC: shops are closed at night, buyers asleep."""
    local_midnight = np.timedelta64(22, "h")
    shifted = (times - local_midnight).astype("datetime64[s]")
    day = shifted.astype("datetime64[D]").astype("datetime64[s]")
    opened: Times = day + local_midnight + np.timedelta64(8, "h") + (shifted - day) // 2
    return opened


def draw_lines(rng: np.random.Generator, sales: int) -> pd.DataFrame:
    """Draw one to four articles for each of `sales` sales."""
    count = rng.choice([1, 2, 3, 4], size=sales, p=[0.52, 0.28, 0.13, 0.07])
    sale = np.repeat(np.arange(sales), count)
    product = rng.integers(len(products()), size=len(sale))
    quantity = rng.choice([1, 2, 3], size=len(sale), p=[0.85, 0.12, 0.03])
    amount = products()["price_cents"].to_numpy()[product] * quantity
    return pd.DataFrame({"sale": sale, "product": product, "quantity": quantity, "amount_cents": amount})


def sum_by_sale(lines: pd.DataFrame, sales: int) -> Ints:
    """Add up the lines of each sale, in cents."""
    total = np.zeros(sales, dtype=np.int64)
    np.add.at(total, lines["sale"].to_numpy(), lines["amount_cents"].to_numpy())
    return total
