"""The assortment and the exchange rates, in layouts of our own."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import business_date
from cdp_pipeline.sample.exports.csv_file import Written, write_export
from cdp_pipeline.sample.exports.headers import EXCHANGE_RATES, PRODUCTS


def write_catalogue(engine: Engine, folder: Path, night: int) -> Written:
    """Write all articles as they stand on `night`, and the night's exchange rates."""
    on = business_date(night)
    written = write_export(
        engine, folder / f"products_{on}.csv", PRODUCTS, _PRODUCTS.format(night=night), ("sku",)
    )
    rates = folder / f"exchange_rates_{on}.csv"
    written.add(write_export(engine, rates, EXCHANGE_RATES, _RATES.format(night=night), ("date", "currency")))
    return written


_PRODUCTS = """
    select
        sku, name, category, brand,
        plain(
            case when dearer_night between 1 and {night} then unit_cost_cents * 11 // 10 else unit_cost_cents end
        ) as "unit_cost",
        'EUR' as "currency"
    from product
    where night <= {night} and not (gone_night between 1 and {night})
"""
_RATES = """
    select
        valid_on::date::varchar as "date",
        currency,
        (rate_millionths::integer * 0.000001)::decimal(18, 4)::varchar as "eur_rate"
    from exchange_rate
    where night = {night}
"""
