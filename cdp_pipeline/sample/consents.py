"""Consent given and withdrawn, and what subscribers do with campaigns: events, not records."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdp_pipeline.sample.cast import Cast
from cdp_pipeline.sample.clock import before_close, close_of, night_of
from cdp_pipeline.sample.pools import Ints, Mask, as_text, chance, digits, pick, stream
from cdp_pipeline.sample.records import first_nights
from cdp_pipeline.sample.spelling import style_phones

ANSWERED_SHARE = 0.62  # of the people ever asked by the preference centre
WITHDRAWN_SHARE, WITHDRAWN_PER_NIGHT = 0.07, 0.01
PURPOSES = {
    ("marketing", "email"): 0.72,
    ("marketing", "sms"): 0.30,
    ("ad_audiences", "any"): 0.55,
    ("profiling", "any"): 0.50,
}
CAMPAIGNS = ("Winterlicht", "Neujahr", "Schlussverkauf", "Frühlingsboten", "Ostern", "Maiglöckchen")
CAMPAIGN_EVERY_DAYS = 28


def build_consents(world: pd.DataFrame, cast: Cast, seed: int, nights: int) -> pd.DataFrame:
    """Draw the preference centre's events.

    Returns:
        One row per event, in order of time: email, phone (either may be empty), purpose, channel, status,
        changed_at (UTC), source, proof, night.
    """
    rng = stream(seed, "consent")
    started = first_nights(len(world), nights)
    answered = np.flatnonzero(chance(rng, ANSWERED_SHARE, len(world)))
    has_phone = chance(rng, 0.45, len(answered))
    email = np.where(
        has_phone & chance(rng, 0.15, len(answered)), "", world["email"].to_numpy(dtype=object)[answered]
    )
    style = rng.choice([0, 1, 2], size=len(answered), p=[0.2, 0.6, 0.2])
    phone = style_phones(as_text(world["mobile"].to_numpy(dtype=object)[answered]), style)
    asked = pd.DataFrame(
        {"email": email, "phone": np.where(has_phone, phone, ""), "night": started[answered]}
    )
    asked["changed_at"] = before_close(rng, asked["night"].to_numpy(), 500)
    answers = pd.concat(
        [_answers(rng, asked, *key, share) for key, share in PURPOSES.items()], ignore_index=True
    )
    events = pd.concat([_cast_answers(cast, nights), answers, _withdrawals(rng, answers, nights)])
    events = events.sort_values(
        ["changed_at", "email", "phone", "purpose", "channel"], kind="stable", ignore_index=True
    )
    events["source"] = pick(
        rng, {"preference_centre": 0.6, "checkout": 0.25, "store_tablet": 0.15}, len(events)
    )
    events["proof"] = "form-v3/" + digits(np.arange(len(events)), 7)
    return events


def _answers(
    rng: np.random.Generator, asked: pd.DataFrame, purpose: str, channel: str, share: float
) -> pd.DataFrame:
    """Let most of those asked answer for one purpose; by SMS needs a phone, by e-mail an address."""
    needed = {"email": asked["email"] != "", "sms": asked["phone"] != ""}.get(channel, True)
    chosen = asked[chance(rng, 0.85, len(asked)) & needed]
    status = np.where(chance(rng, share, len(chosen)), "granted", "denied")
    return chosen.assign(purpose=purpose, channel=channel, status=status)


def _withdrawals(rng: np.random.Generator, answers: pd.DataFrame, nights: int) -> pd.DataFrame:
    """Withdraw some consents, mostly before the first night, a few on each later one."""
    granted = answers[(answers["status"] == "granted") & (answers["night"] == 1)]
    old = granted[chance(rng, WITHDRAWN_SHARE, len(granted))]
    age = (close_of(1) - old["changed_at"].to_numpy()).astype("timedelta64[s]").astype(np.int64)
    after = (rng.random(len(old)) * age * 0.99).astype(np.int64).astype("timedelta64[s]")
    withdrawn = [old.assign(status="withdrawn", changed_at=old["changed_at"].to_numpy() + after)]
    for night in range(2, nights + 1):
        new = granted[chance(rng, WITHDRAWN_PER_NIGHT, len(granted))]
        when = before_close(rng, np.full(len(new), night), 1)
        withdrawn.append(new.assign(status="withdrawn", night=night, changed_at=when))
    return pd.concat(withdrawn, ignore_index=True)


def _cast_answers(cast: Cast, nights: int) -> pd.DataFrame:
    """Return the cast's consents: the first record's contacts, for e-mail marketing and ad audiences."""
    rows = []
    for case in cast.cases:
        record = case["people"][0][0]
        for key, status in case.get("consent", {}).items():
            night = int(key.removeprefix("night_"))
            when = (
                np.datetime64("2026-01-15T10:00:00")
                if night == 1
                else close_of(night) - np.timedelta64(9, "h")
            )
            asked = (
                [("marketing", "email"), ("ad_audiences", "any")] if night == 1 else [("ad_audiences", "any")]
            )
            contact = {"email": record["email"], "phone": record["phone"], "night": night, "changed_at": when}
            rows += [
                contact | {"purpose": p, "channel": c, "status": status} for p, c in asked if night <= nights
            ]
    return pd.DataFrame(rows)


def build_campaign_events(subscriber: pd.DataFrame, seed: int, nights: int) -> pd.DataFrame:
    """Draw what happened to each campaign's mails.

    Returns:
        One row per event, in order of time: email, campaign_id, campaign_name, event, event_at (UTC), link,
        night.
    """
    rng = stream(seed, "campaigns")
    # All go out at ten in the morning, Berlin summer time: fourteen hours before a day's close.
    latest = close_of(1) - np.timedelta64(14, "h")
    days_ago = [CAMPAIGN_EVERY_DAYS * i + 3 for i in reversed(range(len(CAMPAIGNS)))] + [
        -k for k in range(1, nights)
    ]
    sent_at = latest - np.array(days_ago, dtype="timedelta64[D]")
    names = [*CAMPAIGNS, *(f"Tagesbrief {night}" for night in range(2, nights + 1))]
    campaign, member = (
        grid.ravel() for grid in np.meshgrid(np.arange(len(names)), np.arange(len(subscriber)), indexing="ij")
    )
    joined = subscriber["created_at"].to_numpy()[member]
    status = subscriber["status"].to_numpy(dtype=object)[member]
    reached = (joined < sent_at[campaign]) & ((status == "subscribed") | (campaign < len(CAMPAIGNS) - 1))
    mails = pd.DataFrame({"campaign": campaign[reached], "member": member[reached]})
    events = _mail_events(rng, mails, as_text(status[reached]) == "cleaned")
    events["event_at"] = sent_at[events["campaign"]] + events.pop("delay").to_numpy().astype("timedelta64[s]")
    events["email"] = subscriber["email"].to_numpy(dtype=object)[events.pop("member")]
    events["campaign_name"] = as_text(names)[events["campaign"]]
    events["campaign_id"] = "c" + digits(events.pop("campaign").to_numpy() + 101)
    events["night"] = np.minimum(night_of(events["event_at"].to_numpy()), nights)
    return events.sort_values(["event_at", "email", "campaign_id", "event"], kind="stable", ignore_index=True)


def _mail_events(rng: np.random.Generator, mails: pd.DataFrame, is_dead: Mask) -> pd.DataFrame:
    """Follow each mail: sent, then bounced or delivered, perhaps opened, clicked, complained about."""
    size = len(mails)
    bounced_soft = ~is_dead & chance(rng, 0.015, size)
    delivered = ~is_dead & ~bounced_soft
    opened = delivered & chance(rng, 0.36, size)
    clicked = opened & chance(rng, 0.22, size)
    happened = {
        "sent": (np.ones(size, dtype=bool), 0, 60),
        "bounced_hard": (is_dead, 60, 300),
        "bounced_soft": (bounced_soft, 60, 300),
        "delivered": (delivered, 60, 300),
        "opened": (opened, 400, 30_000),
        "clicked": (clicked, 30_100, 36_000),
        "complained": (opened & chance(rng, 0.003, size), 36_100, 40_000),
    }
    link = "https://shop.example.com/l/"
    parts = []
    for event, (where, earliest, latest) in happened.items():
        chosen: Ints = np.flatnonzero(where)
        delay = rng.integers(earliest, latest, size=len(chosen))
        where_to = link + digits(rng.integers(1, 30, size=len(chosen))) if event == "clicked" else ""
        parts.append(mails.iloc[chosen].assign(event=event, delay=delay, link=where_to))
    return pd.concat(parts, ignore_index=True)
