"""The ad platforms: campaigns with their seasons, and what each day of each costs and brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, night_of
from cdp_pipeline.sample.columns import Column, Ints, store_columns
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import DAY, month_and_day

KEPT_DAYS = 120  # the platforms report no older days
CLICKS_PER_SESSION = 1.3  # some leave before the page has loaded, others refuse the cookie
FINAL_COST_CHANGE = 0.03


@dataclass(frozen=True)
class AdCampaign:
    """A campaign of a platform; utm_campaign is its name in web events, dates are month * 100 + day."""

    platform: str
    campaign_id: str
    name: str
    utm_campaign: str
    share: float
    cost_per_click_cents: int
    first: int = 101
    last: int = 1231


AD_CAMPAIGNS = (
    AdCampaign("google_ads", "g-2101", "Marke Suche", "marke-suche", 0.24, 22),
    AdCampaign("google_ads", "g-2102", "Shopping Küche", "shopping-kueche", 0.20, 41),
    AdCampaign("google_ads", "g-2103", "Garten im Frühling", "garten-fruehling", 0.16, 38, 301, 531),
    AdCampaign("meta", "m-5501", "Neue Wohnideen", "neue-wohnideen", 0.18, 57),
    AdCampaign("meta", "m-5502", "Advent zu Hause", "advent-zu-hause", 0.18, 64, 1115, 1224),
    AdCampaign("microsoft_ads", "b-3301", "Suche DACH", "suche-dach", 0.08, 29),
    AdCampaign("tiktok", "t-7701", "Küchenhacks", "kuechenhacks", 0.14, 18, 201, 1231),
)


def active_campaign(rng: np.random.Generator, times: Times) -> Ints:
    """Draw for each time one of the campaigns that run then."""
    calendar = month_and_day(times)
    weight = np.stack(
        [np.where((calendar >= ad.first) & (calendar <= ad.last), ad.share, 0.0) for ad in AD_CAMPAIGNS],
        axis=1,
    )
    until = np.cumsum(weight, axis=1)
    drawn: Ints = (until <= (rng.random(len(times)) * until[:, -1])[:, None]).sum(axis=1)
    return drawn


def build_ad_spend(engine: Engine, ad_of_session: Ints, started_at: Times, seed: int, nights: int) -> None:
    """Make the table `ad_spend`: one row per day and running campaign.

    Columns: spent_on, campaign (position in AD_CAMPAIGNS), cost_cents as first reported and final_cost_cents,
    impressions, clicks, night. Every session that a campaign brought is among its clicks.
    """
    rng = stream(seed, "ad spend")
    days = KEPT_DAYS + nights - 1
    first = FIRST_CLOSE - KEPT_DAYS * DAY
    day = ((started_at - first) // DAY).astype(np.int64)
    paid = (ad_of_session >= 0) & (day >= 0) & (day < days)
    size = len(AD_CAMPAIGNS)
    sessions = np.bincount(day[paid] * size + ad_of_session[paid], minlength=days * size)
    clicks = np.ceil(sessions * CLICKS_PER_SESSION).astype(np.int64) + rng.poisson(2.0, days * size)
    campaign = np.tile(np.arange(size), days)
    spent_on = np.repeat(first + np.arange(days) * DAY + np.timedelta64(12, "h"), size)
    per_click = np.array([ad.cost_per_click_cents for ad in AD_CAMPAIGNS])[campaign]
    cost = (clicks * per_click * rng.uniform(0.85, 1.2, days * size)).astype(np.int64)
    calendar = month_and_day(spent_on)
    runs = np.array([(ad.first, ad.last) for ad in AD_CAMPAIGNS])[campaign]
    is_running = (sessions > 0) | ((calendar >= runs[:, 0]) & (calendar <= runs[:, 1]))
    columns = {
        "spent_on": spent_on,
        "campaign": campaign,
        "cost_cents": cost,
        "final_cost_cents": cost + np.ceil(cost * FINAL_COST_CHANGE * rng.random(len(cost))).astype(np.int64),
        "impressions": clicks * rng.integers(35, 90, len(cost)),
        "clicks": clicks,
        "night": night_of(spent_on),
    }
    store_columns(engine, "ad_spend", {name: column[is_running] for name, column in columns.items()})
    store_columns(engine, "ad_campaign", _campaigns())


def _campaigns() -> dict[str, Column | pa.Array]:
    texts = {
        name: pa.array([getattr(ad, name) for ad in AD_CAMPAIGNS])
        for name in ("platform", "campaign_id", "name", "utm_campaign")
    }
    return {"campaign": np.arange(len(AD_CAMPAIGNS)), **texts}
