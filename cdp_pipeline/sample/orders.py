"""Orders of the web shop, by account or as a guest, and what of them is refunded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdp_pipeline.sample.buying import draw_lines, purchase_times, sum_by_sale
from cdp_pipeline.sample.clock import night_of
from cdp_pipeline.sample.observe import FIELDS, observe
from cdp_pipeline.sample.pools import Ints, chance, stream
from cdp_pipeline.sample.records import Tables

REFUND_SHARE = 0.05


def build_orders(
    world: pd.DataFrame, tables: Tables, cast_orders: pd.DataFrame, offset: int, seed: int, nights: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the shop's orders and their lines, `cast_orders` among them, in order of time.

    Args:
        offset: what is added to positions in `world` to get a person's number in `tables`.
    """
    rng = stream(seed, "orders")
    shop = tables.shop[tables.shop["cast"] == ""]
    account, ordered = purchase_times(rng, shop["night"].to_numpy(), nights)
    by_account = shop.iloc[account][["person", *FIELDS, "troubles"]].reset_index(drop=True)
    by_account = by_account.assign(customer_row=shop.index.to_numpy()[account], occurred_at=ordered)
    guest, visited = purchase_times(rng, tables.guest["night"].to_numpy(), nights)
    by_guest = observe(rng, world, tables.guest["person"].to_numpy()[guest], "guest")
    by_guest = by_guest.assign(person=by_guest["person"] + offset, customer_row=-1, occurred_at=visited)
    orders = pd.concat(
        [by_account.assign(cast="", refund=""), by_guest.assign(cast="", refund=""), cast_orders]
    )
    orders = orders.sort_values(["occurred_at", "person", "cast"], kind="stable", ignore_index=True)
    orders["night"] = night_of(orders["occurred_at"].to_numpy())
    lines = draw_lines(rng, len(orders))
    _price(rng, orders, sum_by_sale(lines, len(orders)))
    _refund(rng, orders, nights)
    return orders.drop(columns="refund"), lines


def _price(rng: np.random.Generator, orders: pd.DataFrame, subtotal: Ints) -> None:
    has_code = chance(rng, 0.12, len(orders))
    orders["discount_cents"] = np.where(has_code, subtotal // 10, 0)
    orders["subtotal_cents"] = subtotal - orders["discount_cents"]
    orders["shipping_cents"] = np.where(subtotal >= 6000, 0, 490)


def _refund(rng: np.random.Generator, orders: pd.DataFrame, nights: int) -> None:
    """Refund some orders, in full or in part; of those, some only on a later night than the order came."""
    total = (orders["subtotal_cents"] + orders["shipping_cents"]).to_numpy()
    drawn = chance(rng, REFUND_SHARE, len(orders)) & (orders["cast"] == "").to_numpy()
    wish = orders["refund"].to_numpy(dtype=object)
    is_full = (wish == "full") | (wish == "full_on_night_2") | (drawn & chance(rng, 0.6, len(orders)))
    part = orders["subtotal_cents"].to_numpy() // 2
    is_refunded = drawn | (wish != "")
    orders["refund_cents"] = np.where(is_refunded, np.where(is_full, total, part), 0)
    night = orders["night"].to_numpy()
    later = (wish == "full_on_night_2") | (drawn & chance(rng, 0.1, len(orders)))
    refund_night = np.minimum(night + later, nights)
    # With a single night nothing can come back later: then the late refund is left out.
    held_back = (wish == "full_on_night_2") & (refund_night == night)
    orders["refund_night"] = np.where(is_refunded & ~held_back, refund_night, 0)
    orders.loc[held_back, "refund_cents"] = 0
