"""Ad spend of the platforms, in a layout of our own."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import business_date
from cdp_pipeline.sample.exports.csv_file import Written, write_export
from cdp_pipeline.sample.exports.headers import AD_SPEND


def write_ad_spend(engine: Engine, folder: Path, night: int) -> Written:
    """Write what the night's days cost, and the day before once more with its final cost."""
    path = folder / f"spend_{business_date(night)}.csv"
    return write_export(engine, path, AD_SPEND, _SPEND.format(night=night), ("spent_on", "campaign"))


_SPEND = """
    with reported as (
        select
            ad_spend.*, ad_campaign.platform, ad_campaign.campaign_id, ad_campaign.name,
            -- A platform reports a day's cost twice: at once, and corrected on the next day.
            ad_spend.spent_on < timestamp '2026-05-03 22:00:00' + ({night} - 2) * interval 1 day as is_final
        from ad_spend
        inner join ad_campaign on ad_spend.campaign = ad_campaign.campaign
        where ad_spend.night = {night}
            or ad_spend.spent_on::date = date '2026-05-03' + ({night} - 2)
    )
    select
        spent_on::date::varchar as "date",
        platform,
        campaign_id,
        name as "campaign_name",
        'EUR' as "currency",
        plain(case when is_final then final_cost_cents else cost_cents end) as "cost",
        impressions::varchar as "impressions",
        clicks::varchar as "clicks",
        spent_on, campaign
    from reported
"""
