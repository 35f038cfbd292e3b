"""What subscribers do with campaign mails: delivered, opened, clicked, complained about, unsubscribed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.behaviour import Behaviour
from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, close_of
from cdp_pipeline.sample.columns import Column, Floats, Ints, Mask, chance, read_columns, store_columns
from cdp_pipeline.sample.late import deliver_late
from cdp_pipeline.sample.pools import stream
from cdp_pipeline.sample.season import DAY

# The newsletter tool keeps a year: one campaign in thirty days, the last one three days before the first night.
CAMPAIGNS = (
    "Mittsommer", "Schlussverkauf", "Erntezeit", "Herbstlicht", "Kaminzeit", "Black Week",
    "Winterlicht", "Neujahr", "Kerzenschein", "Frühlingsboten", "Ostern", "Maiglöckchen",
)  # fmt: skip
EVERY_DAYS, LAST_DAYS_AGO = 30, 3
FIRST_NUMBER = 101

OPENS, RESPONDER_OPENS = 0.25, 0.75
CLICKS, RESPONDER_CLICKS = 0.12, 0.50  # of the opened mails
BOUNCES_SOFT, COMPLAINS = 0.015, 0.002
EVENTS = (
    "sent", "delivered", "bounced_soft", "bounced_hard", "opened", "clicked", "complained", "unsubscribed",
)  # fmt: skip


@dataclass(frozen=True)
class Clicks:
    """Clicks on campaign mails: who, in the mail of which campaign (position), when."""

    subscriber_row: Ints
    person: Ints
    campaign: Ints
    clicked_at: Times


@dataclass(frozen=True)
class _Mails:
    """One entry per mail sent; row is the subscriber's."""

    row: Ints
    person: Ints
    campaign: Ints
    sent_at: Times
    is_dead: Mask
    is_last_before_leaving: Mask


def campaign_names(nights: int) -> list[str]:
    """Return the campaigns in order of time; each later night has one of its own."""
    return [*CAMPAIGNS, *(f"Tagesbrief {night}" for night in range(2, nights + 1))]


def campaign_times(nights: int) -> Times:
    """Return when each campaign goes out: ten in the morning, fourteen hours before a day's close."""
    ago = [EVERY_DAYS * i + LAST_DAYS_AGO for i in reversed(range(len(CAMPAIGNS)))]
    days = np.array([*ago, *(-later for later in range(1, nights))], dtype=np.int64)
    times: Times = FIRST_CLOSE - np.timedelta64(14, "h") - days * DAY
    return times


def build_campaigns(engine: Engine, behaviour: Behaviour, seed: int, nights: int) -> Clicks:
    """Make the table `campaign_event` and return the clicks, from which purchases follow.

    Beside it `campaign` and `mail_event` name campaigns and events.

    campaign_event: one row per event: mail, subscriber_row, campaign (position), event, event_at, link_number
    (0: none), night of delivery. (mail, event) is unique.
    """
    rng = stream(seed, "campaigns")
    mails = _send(engine, nights)
    parts = list(_follow(rng, mails, behaviour))
    mail = np.concatenate([where for _, where, _ in parts])
    event = np.concatenate([np.full(len(where), EVENTS.index(name)) for name, where, _ in parts])
    event_at = np.concatenate([when for _, _, when in parts])
    link = np.where(event == EVENTS.index("clicked"), rng.integers(1, 30, size=len(event)), 0)
    happened = event_at < close_of(nights)
    mail, event, event_at, link = mail[happened], event[happened], event_at[happened], link[happened]
    columns = {
        "mail": mail,
        "subscriber_row": mails.row[mail],
        "campaign": mails.campaign[mail],
        "event": event.astype(np.int8),
        "event_at": event_at,
        "link_number": link.astype(np.int8),
        "night": deliver_late(rng, event_at, nights, mails.person[mail] >= 0),
    }
    store_columns(engine, "campaign_event", columns)
    store_columns(engine, "campaign", _campaigns(nights))
    store_columns(engine, "mail_event", {"event": np.arange(len(EVENTS)), "name": pa.array(EVENTS)})
    clicked = event == EVENTS.index("clicked")
    own = mail[clicked]
    return Clicks(mails.row[own], mails.person[own], mails.campaign[own], event_at[clicked])


def _campaigns(nights: int) -> dict[str, Column | pa.Array]:
    """Return each campaign's id, name and slug, by which web events call it."""
    names = campaign_names(nights)
    return {
        "campaign": np.arange(len(names)),
        "campaign_id": pa.array([f"c{FIRST_NUMBER + number}" for number in range(len(names))]),
        "name": pa.array(names),
        "slug": pa.array(
            [name.lower().replace(" ", "-").replace("ü", "ue").replace("ö", "oe") for name in names]
        ),
    }


def _send(engine: Engine, nights: int) -> _Mails:
    """Send each campaign to those who are subscribed then; cleaned addresses still get it, and bounce."""
    rows = read_columns(
        engine, "select row, person, status, created_at, updated_at from subscriber order by row"
    )
    sent_at = campaign_times(nights)
    joined = rows["created_at"].astype("datetime64[s]")
    left = rows["updated_at"].astype("datetime64[s]")
    has_left = rows["status"] == "unsubscribed"
    picked, campaigns = [], []
    for campaign, when in enumerate(sent_at):
        reached = np.flatnonzero((joined < when) & ~(has_left & (left < when)))
        picked.append(reached)
        campaigns.append(np.full(len(reached), campaign))
    at, campaign_of = np.concatenate(picked), np.concatenate(campaigns)
    next_at = sent_at[campaign_of] + EVERY_DAYS * DAY
    return _Mails(
        row=at,
        person=rows["person"][at],
        campaign=campaign_of,
        sent_at=sent_at[campaign_of],
        is_dead=(rows["status"] == "cleaned")[at],
        is_last_before_leaving=has_left[at] & (left[at] < next_at),
    )


def _follow(
    rng: np.random.Generator, mails: _Mails, behaviour: Behaviour
) -> Iterator[tuple[str, Ints, Times]]:
    """Yield each kind of event with the mails to which it happened, and when."""
    size = len(mails.row)
    # Junk and the cast's people respond to nothing in particular.
    is_responder = behaviour.is_responder[mails.person] & (mails.person >= 0)
    soft = ~mails.is_dead & chance(rng, BOUNCES_SOFT, size)
    delivered = ~mails.is_dead & ~soft
    opened = delivered & chance(rng, _by(is_responder, RESPONDER_OPENS, OPENS), size)
    clicked = opened & chance(rng, _by(is_responder, RESPONDER_CLICKS, CLICKS), size)
    left = delivered & mails.is_last_before_leaving
    read_after = 400 + np.minimum(rng.exponential(6 * 3600.0, size), 4 * 86_400.0)
    yield _event(rng, mails, "sent", np.ones(size, dtype=bool), 0)
    yield _event(rng, mails, "delivered", delivered, 60)
    yield _event(rng, mails, "bounced_soft", soft, 60)
    yield _event(rng, mails, "bounced_hard", mails.is_dead, 60)
    yield _event(rng, mails, "opened", opened, read_after)
    yield _event(rng, mails, "clicked", clicked, read_after + 60)
    yield _event(rng, mails, "complained", opened & chance(rng, COMPLAINS, size), read_after + 120)
    yield _event(rng, mails, "unsubscribed", left, read_after + 180)


def _by(where: Mask, yes: float, no: float) -> Floats:
    return np.where(where, yes, no)


def _event(
    rng: np.random.Generator, mails: _Mails, name: str, where: Mask, earliest: Floats | float
) -> tuple[str, Ints, Times]:
    own: Ints = np.flatnonzero(where)
    seconds = np.broadcast_to(earliest, len(where))[own] + rng.random(len(own)) * 55
    when: Column = mails.sent_at[own] + seconds.astype(np.int64).astype("timedelta64[s]")
    return name, own, when
