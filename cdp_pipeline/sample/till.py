"""Sales at the tills: who is recognised by card or by name, who stays anonymous, what is brought back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdp_pipeline.sample.buying import draw_lines, in_opening_hours, purchase_times, sum_by_sale
from cdp_pipeline.sample.clock import before_close, close_of, night_of
from cdp_pipeline.sample.identifiers import random_ids
from cdp_pipeline.sample.observe import observe
from cdp_pipeline.sample.pools import chance, pick, stream
from cdp_pipeline.sample.records import Tables

TILL_BUYER_SHARE = 0.5  # of the loyalty members
CARD_SCANNED, PICKED_BY_NAME = 0.78, 0.10  # of their sales; the rest stay anonymous
ANONYMOUS_SHARE = 0.5  # sales to strangers, as a share of the members' sales
REFUND_SHARE = 0.02
STORES = {"Berlin Mitte": 0.5, "Hamburg Altona": 0.3, "München Glockenbach": 0.2}


def build_till(
    world: pd.DataFrame, tables: Tables, cast_customers: pd.DataFrame, offset: int, seed: int, nights: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make the tills' customers, transactions and their lines.

    Args:
        cast_customers: till customers of the named cases; purchases lists their times, comma-separated.
        offset: what is added to positions in `world` to get a person's number in `tables`.
    """
    rng = stream(seed, "till")
    members = tables.member[tables.member["cast"] == ""]
    members = members[chance(rng, TILL_BUYER_SHARE, len(members))]
    buyer, times = purchase_times(rng, members["night"].to_numpy(), nights)
    way = rng.random(len(buyer))
    is_known = way < CARD_SCANNED + PICKED_BY_NAME
    sales = pd.DataFrame({"occurred_at": times, "is_scanned": way < CARD_SCANNED, "is_cast": False})
    rows, code = np.unique(np.where(is_known, buyer, -1), return_inverse=True)
    has_nobody = int(len(rows) > 0 and rows[0] == -1)
    rows = rows[has_nobody:]
    customers = observe(rng, world, members["person"].to_numpy()[rows] - offset, "till_customer")
    customers = customers.assign(person=customers["person"] + offset, member_row=members.index[rows], cast="")
    sales["customer_row"] = np.where(is_known, code - has_nobody + len(cast_customers), -1)
    all_sales = pd.concat([_cast_sales(cast_customers), sales, _anonymous(rng, len(sales), nights)])
    transactions, lines = _ring_up(rng, all_sales)
    return (
        pd.concat([cast_customers.drop(columns="purchases"), customers], ignore_index=True),
        transactions,
        lines,
    )


def _cast_sales(cast_customers: pd.DataFrame) -> pd.DataFrame:
    times = cast_customers["purchases"].reset_index(drop=True).str.split(",").explode()
    frame = pd.DataFrame(
        {"occurred_at": times.to_numpy().astype("datetime64[s]"), "customer_row": times.index}
    )
    return frame.assign(is_scanned=cast_customers["member_row"].to_numpy()[times.index] >= 0, is_cast=True)


def _anonymous(rng: np.random.Generator, known_sales: int, nights: int) -> pd.DataFrame:
    size = int(known_sales * ANONYMOUS_SHARE)
    night = np.where(chance(rng, 0.02 * (nights - 1), size), rng.integers(2, max(nights, 2) + 1, size), 1)
    times = in_opening_hours(before_close(rng, night, 540))
    return pd.DataFrame({"occurred_at": times, "is_scanned": False, "customer_row": -1, "is_cast": False})


def _ring_up(rng: np.random.Generator, sales: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each sale its articles and ids; what is brought back is a sale of its own with minus signs."""
    sales = sales.sort_values(["occurred_at", "customer_row"], kind="stable", ignore_index=True)
    lines = draw_lines(rng, len(sales))
    sales["total_cents"] = sum_by_sale(lines, len(sales))
    sales["is_refund"] = False
    sales["location"] = pick(rng, STORES, len(sales))
    sales["tender"] = pick(rng, {"Card": 0.68, "Cash": 0.32}, len(sales))
    refunds, refund_lines = _bring_back(rng, sales, lines)
    sales = pd.concat([sales, refunds], ignore_index=True)
    sales["night"] = night_of(sales["occurred_at"].to_numpy())
    sales["transaction_id"] = random_ids(rng, len(sales), 22, capitals_only=False)
    sales["payment_id"] = random_ids(rng, len(sales), 22, capitals_only=False)
    return sales, pd.concat([lines, refund_lines], ignore_index=True)


def _bring_back(
    rng: np.random.Generator, sales: pd.DataFrame, lines: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Undo some sales three days later, at least one of them."""
    is_past = sales["occurred_at"].to_numpy() < close_of(1) - np.timedelta64(4, "D")
    eligible = ~sales["is_cast"].to_numpy(dtype=bool) & is_past
    drawn = eligible & chance(rng, REFUND_SHARE, len(sales))
    drawn[np.argmax(eligible)] = True
    rows = np.flatnonzero(drawn)
    refunds = sales.iloc[rows].assign(is_refund=True, total_cents=-sales["total_cents"].iloc[rows])
    refunds["occurred_at"] = refunds["occurred_at"] + np.timedelta64(3, "D")
    numbers = np.full(len(sales), -1)
    numbers[rows] = len(sales) + np.arange(len(rows))
    back = lines[drawn[lines["sale"].to_numpy()]]
    back = back.assign(sale=numbers[back["sale"].to_numpy()], amount_cents=-back["amount_cents"])
    return refunds, back.assign(quantity=-back["quantity"])
