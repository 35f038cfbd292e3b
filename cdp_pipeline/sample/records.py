"""Which records each system holds about whom: one table per system, as delivered for the first time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cdp_pipeline.sample.clock import before_close, close_of
from cdp_pipeline.sample.observe import observe
from cdp_pipeline.sample.pools import Ints, Mask, as_text, chance, pick, stream

# Share of the people whom a system knows, and share of those whom it knows twice.
COVERAGE = {"crm": 0.44, "shop": 0.36, "member": 0.46, "subscriber": 0.42}
DUPLICATES = {"crm": 0.07, "shop": 0.04, "member": 0.06, "subscriber": 0.10}
GUEST_SHARE = 0.17  # of the people without a shop account
NEW_PEOPLE_PER_NIGHT = 0.03
NEW_RECORD_PER_NIGHT = 0.01
CRM_MERGED_SHARE = 0.15  # of the second contacts: merged away by the CRM itself
CRM_DELETED_SHARE = 0.004
AGE_DAYS = 1100


@dataclass
class Tables:
    """The records of all systems. Each frame: person (-1: nobody), the fields of `observe.FIELDS`, troubles,
    night (of first delivery), created_at, updated_at (UTC), cast (label of a named case or empty).

    crm adds merged_into (row of the surviving contact or -1) and is_deleted; subscriber adds status.
    guest is one row per person who buys without an account (person, night): only the orders become records.
    """  # noqa: D205 - one sentence that lists the columns

    crm: pd.DataFrame
    shop: pd.DataFrame
    member: pd.DataFrame
    subscriber: pd.DataFrame
    guest: pd.DataFrame


def first_nights(people: int, nights: int) -> Ints:
    """Return on which night each person is first seen: the last few per cent come on the later nights."""
    per_night = max(2, int(people * NEW_PEOPLE_PER_NIGHT))
    behind = (people - 1 - np.arange(people)) // per_night
    return np.where(behind < nights - 1, nights - behind, 1).astype(np.int64)


def build_tables(world: pd.DataFrame, seed: int, nights: int) -> Tables:
    """Write what every system knows about the people of `world`."""
    rng = stream(seed, "coverage")
    known = {system: chance(rng, share, len(world)) for system, share in COVERAGE.items()}
    guests = ~known["shop"] & chance(rng, GUEST_SHARE, len(world))
    nowhere = ~np.logical_or.reduce([guests, *known.values()])
    known["member"] |= nowhere & chance(rng, 0.5, len(world))
    known["crm"] |= nowhere & ~known["member"]
    started = first_nights(len(world), nights)
    guest = pd.DataFrame({"person": np.flatnonzero(guests), "night": started[guests]})
    return Tables(guest=guest, **{s: _table(world, s, known[s], started, seed, nights) for s in COVERAGE})


def _table(
    world: pd.DataFrame, system: str, known: Mask, started: Ints, seed: int, nights: int
) -> pd.DataFrame:
    rng = stream(seed, "records of " + system)
    once = np.flatnonzero(known)
    twice = once[chance(rng, DUPLICATES[system], len(once))]
    person = np.concatenate([once, twice])
    frame = observe(rng, world, person, system)
    late = chance(rng, NEW_RECORD_PER_NIGHT * (nights - 1), len(frame))
    joined = np.where(late, rng.integers(2, max(nights, 2) + 1, len(frame)), 1)
    frame["night"] = np.maximum(started[person], joined)
    frame["created_at"] = before_close(rng, frame["night"].to_numpy(), AGE_DAYS)
    frame["updated_at"] = _updated(rng, frame)
    frame["cast"] = ""
    if system == "crm":
        _mark_merged(rng, frame, len(once))
    if system == "subscriber":
        frame["status"] = pick(rng, {"subscribed": 0.84, "unsubscribed": 0.11, "cleaned": 0.05}, len(frame))
    return frame


def _updated(rng: np.random.Generator, frame: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Draw a last change between creation and the close of the record's first night."""
    nights_later = (frame["night"].to_numpy() - 1).astype("timedelta64[D]")
    latest = close_of(1) - np.timedelta64(60, "s") + nights_later
    created = frame["created_at"].to_numpy()
    age = (latest - created).astype("timedelta64[s]").astype(np.int64)
    moved_on = (rng.random(len(frame)) * np.maximum(age, 0)).astype(np.int64)
    return pd.Series(created + moved_on.astype("timedelta64[s]"))


def _mark_merged(rng: np.random.Generator, crm: pd.DataFrame, originals: int) -> None:
    """Let the CRM itself have merged some second contacts into the first; few others it deleted."""
    first_row = pd.Series(np.arange(originals), index=crm["person"].iloc[:originals])
    rows = np.arange(len(crm))
    merged = (rows >= originals) & chance(rng, CRM_MERGED_SHARE, len(crm))
    crm["merged_into"] = np.where(merged, first_row.reindex(crm["person"]).to_numpy(), -1)
    crm["is_deleted"] = merged | ((rows < originals) & chance(rng, CRM_DELETED_SHARE, len(crm)))
    flags = np.where(merged, "crm_merged;", np.where(crm["is_deleted"], "crm_deleted;", ""))
    crm["troubles"] = as_text(crm["troubles"].to_numpy(dtype=object) + as_text(flags))
    # The survivor of a merge must be there on the night that names it.
    crm["night"] = np.where(
        merged, np.maximum(crm["night"], crm["night"].to_numpy()[crm["merged_into"]]), crm["night"]
    )
