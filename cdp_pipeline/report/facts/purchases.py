"""What was bought, month by month and by channel.

Sums, and no customer's name or id; where a month has but one purchase in a channel, its sum is that purchase.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cdp_pipeline.night import Night

SHOWN_MONTHS = 24


@dataclass(frozen=True)
class ChannelMonth:
    """Purchases of one month in one channel, anonymous ones included."""

    month: date
    channel: str
    purchases: int
    net_revenue: Decimal


@dataclass(frozen=True)
class Coverage:
    """How much of a channel's trade is known by customer."""

    channel: str
    currency: str
    purchases: int
    known_purchases: int
    net_revenue: Decimal


@dataclass(frozen=True)
class Purchases:
    """Trade in the currency with the most purchases; other currencies are listed, never added to it.

    Attributes:
        months: the last months up to the business date; the newest is not over yet.
    """

    currency: str
    months: list[ChannelMonth]
    coverage: list[Coverage]


def gather_purchases(night: Night) -> Purchases | None:
    """Sum up purchases by month, channel and currency."""
    engine = night.engine
    if not (engine.table_exists("standardise.purchase") and engine.table_exists("golden.purchase_coverage")):
        return None
    coverage = [Coverage(*row) for row in engine.fetch_all(COVERAGE)]
    currency = engine.fetch_column(MAIN_CURRENCY)
    if not currency:
        return None
    months = engine.fetch_all(MONTHS, [currency[0], night.business_date, night.business_date])
    return Purchases(currency[0], [ChannelMonth(*row) for row in months], coverage)


MAIN_CURRENCY = """
select currency
from standardise.purchase
group by currency
order by count(*) desc, currency
limit 1
"""

MONTHS = f"""
select
    date_trunc('month', occurred_at)::date as month,
    channel,
    count(*),
    sum(net_amount)
from standardise.purchase
where
    currency = ?
    and occurred_at < ?::date + interval 1 day
    and occurred_at >= date_trunc('month', ?::date) - interval {SHOWN_MONTHS - 1} month
group by month, channel
order by month, channel
"""

COVERAGE = """
select
    channel,
    currency,
    sum(purchase_count)::bigint,
    coalesce(sum(purchase_count) filter (is_customer_known), 0)::bigint,
    sum(net_amount)::decimal(18, 2)
from golden.purchase_coverage
group by channel, currency
order by currency, channel
"""
