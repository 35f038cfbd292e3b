"""Generate the sample: people, what systems know of them, what they buy, night by night, with the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cdp_pipeline.errors import CdpError
from cdp_pipeline.sample import identifiers
from cdp_pipeline.sample.cast import Cast, load_cast, with_cast
from cdp_pipeline.sample.changes import advance
from cdp_pipeline.sample.contacts import add_contacts
from cdp_pipeline.sample.engagement import build_campaign_events, build_consents
from cdp_pipeline.sample.exports import crm, email, shop, till
from cdp_pipeline.sample.households import build_households
from cdp_pipeline.sample.orders import build_orders
from cdp_pipeline.sample.pools import as_text, pick, stream
from cdp_pipeline.sample.records import Tables, build_tables
from cdp_pipeline.sample.till import STORES, build_till
from cdp_pipeline.sample.truth import write_named_cases, write_records

FEWEST_PEOPLE = 100


class SampleError(CdpError):
    """The sample was asked for in a size that cannot be made."""


@dataclass
class _Sample:
    """All that is delivered over the nights, before it is written."""

    world: pd.DataFrame
    cast: Cast
    tables: Tables
    orders: pd.DataFrame
    order_lines: pd.DataFrame
    till_customer: pd.DataFrame
    transactions: pd.DataFrame
    transaction_lines: pd.DataFrame
    consents: pd.DataFrame
    campaign_events: pd.DataFrame


def generate_sample(people: int, seed: int, nights: int, out: Path) -> None:
    """Write the exports of `nights` nights about `people` invented people, and the truth about them.

    Files: night_<k>/{crm,shop,till,email,consent}/ in the vendors' layouts, truth/records.csv and
    truth/named_cases.yml. Equal arguments give equal bytes. Files of the same names are replaced.

    Args:
        people: how many people exist in all, the named cases' included; at least FEWEST_PEOPLE.
        seed: of all random draws; the named cases do not depend on it.
        nights: business dates from 2026-05-04 on; at least 1.
        out: the folder to fill; made when missing.

    Raises:
        SampleError: too few people or nights.
    """
    if people < FEWEST_PEOPLE or nights < 1:
        raise SampleError(
            f"people={people}, nights={nights}: ask for at least {FEWEST_PEOPLE} people and 1 night"
        )
    sample = _imagine(people, seed, nights)
    bad_rows: dict[str, tuple[Path, int]] = {}
    for night in range(1, nights + 1):
        if night > 1:
            advance(sample.tables, sample.world, sample.cast, night, seed)
        bad_rows |= _write_night(sample, night, out)
    tables = sample.tables
    frames = {
        "crm": tables.crm,
        "shop": tables.shop,
        "member": tables.member,
        "subscriber": tables.subscriber,
    }
    frames |= {"order": sample.orders, "till_customer": sample.till_customer}
    write_records(out / "truth" / "records.csv", frames)
    write_named_cases(out / "truth" / "named_cases.yml", sample.cast, frames, bad_rows, nights=nights)


def _imagine(people: int, seed: int, nights: int) -> _Sample:
    cast = load_cast()
    world = add_contacts(build_households(people - cast.people, seed), seed)
    tables = with_cast(cast, build_tables(world, seed, nights))
    _identify(tables, seed)
    orders, order_lines = build_orders(world, tables, cast.frames["order"], cast.people, seed, nights)
    orders["id"] = identifiers.serial_ids("#", 1001, len(orders))
    orders["order_id"] = identifiers.serial_ids("", 5_900_112_000_000, len(orders), step=32_771)
    customers, sales, sale_lines = build_till(
        world, tables, cast.frames["till_customer"], cast.people, seed, nights
    )
    customers["id"] = identifiers.random_ids(stream(seed, "till ids"), len(customers), 26, capitals_only=True)
    _recognise(customers, sales, tables.member)
    consents = build_consents(world, cast, seed, nights)
    events = build_campaign_events(tables.subscriber, seed, nights)
    return _Sample(world, cast, tables, orders, order_lines, customers, sales, sale_lines, consents, events)


def _identify(tables: Tables, seed: int) -> None:
    """Give each system's records their ids, and members the store where they enrolled."""
    tables.crm["id"] = identifiers.salesforce_ids("0035f00001", len(tables.crm))
    tables.shop["id"] = identifiers.serial_ids("", 7_204_511_900_000, len(tables.shop), step=32_771)
    tables.member["id"] = identifiers.serial_ids("LC-", 1_000_017, len(tables.member), step=7)
    tables.member["home_store"] = pick(stream(seed, "home stores"), STORES, len(tables.member))
    tables.subscriber["id"] = identifiers.serial_ids("", 418_372_610, len(tables.subscriber), step=4)
    euids = identifiers.random_ids(stream(seed, "euid"), len(tables.subscriber), 10, capitals_only=True)
    tables.subscriber["euid"] = pd.Series(euids, dtype=object).str.lower()


def _recognise(customers: pd.DataFrame, sales: pd.DataFrame, member: pd.DataFrame) -> None:
    """Write into each sale whom the till recognised; a scanned card adds the member number."""
    at = sales["customer_row"].to_numpy()
    is_known = at >= 0
    name = (customers["family"] + ", " + customers["given"]).str.strip(", ").to_numpy(dtype=object)
    card = customers["member_row"].to_numpy()
    reference = member["id"].to_numpy(dtype=object)[card[at]]
    sales["customer_id"] = as_text(np.where(is_known, customers["id"].to_numpy(dtype=object)[at], ""))
    sales["customer_name"] = as_text(np.where(is_known, name[at], ""))
    sales["customer_reference"] = as_text(np.where(is_known & sales["is_scanned"], reference, ""))


def _write_night(sample: _Sample, night: int, out: Path) -> dict[str, tuple[Path, int]]:
    """Write the files of one night; return where its bad rows are."""
    folder = out / f"night_{night}"
    bad_rows = crm.write_contacts(folder / "crm", sample.tables.crm, night)
    shop.write_customers(folder / "shop", sample.tables.shop, sample.orders, night)
    bad_rows |= shop.write_orders(folder / "shop", sample.orders, sample.order_lines, night)
    bad_rows |= till.write_sales(folder / "till", sample.transactions, sample.transaction_lines, night)
    bad_rows |= till.write_members(folder / "till", sample.tables.member, night)
    email.write_audience(folder / "email", sample.tables.subscriber, night)
    email.write_campaign_events(folder / "email", sample.campaign_events, night)
    email.write_preferences(folder / "consent", sample.consents, night)
    if night == 2:
        shop.deliver_again(out / "night_1" / "shop", folder / "shop")
    return bad_rows
