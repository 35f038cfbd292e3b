"""What becomes different between two nights: people move, marry, correct an e-mail, leave the newsletter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdp_pipeline.sample.cast import Cast
from cdp_pipeline.sample.clock import before_close
from cdp_pipeline.sample.contacts import draw_addresses
from cdp_pipeline.sample.pools import Ints, Text, as_text, chance, stream, surnames
from cdp_pipeline.sample.records import Tables

MOVES, MARRIES, CORRECTS_EMAIL, UNSUBSCRIBES = 0.01, 0.004, 0.25, 0.015


def advance(tables: Tables, world: pd.DataFrame, cast: Cast, night: int, seed: int) -> None:
    """Change the tables in place to what they are on `night` (2 or later)."""
    rng = stream(seed, f"changes of night {night}")
    for when, table, row, values in cast.changes:
        if when == night:
            frame: pd.DataFrame = getattr(tables, table)
            _set(rng, frame, night, np.array([row]), {c: as_text([v]) for c, v in values.items()})
    crm = tables.crm
    there = (crm["night"] < night) & ~crm["is_deleted"] & (crm["cast"] == "")
    _move(rng, crm, there & (crm["country"] != "") & chance(rng, MOVES, len(crm)), night)
    marries = np.flatnonzero(there & (crm["gender"] == "f") & chance(rng, MARRIES, len(crm)))
    _set(rng, crm, night, marries, {"family": surnames(rng, "german", len(marries))}, "married")
    mistyped = (
        there & crm["troubles"].str.contains("email_typo;") & ~crm["troubles"].str.contains("junk_email;")
    )
    corrects = np.flatnonzero(mistyped & chance(rng, CORRECTS_EMAIL, len(crm)))
    true_email = as_text(
        world["email"].to_numpy(dtype=object)[crm["person"].to_numpy()[corrects] - cast.people]
    )
    _set(rng, crm, night, corrects, {"email": true_email}, "email_corrected")
    members = tables.subscriber
    stays = (members["night"] < night) & (members["status"] == "subscribed") & (members["cast"] == "")
    leaves = np.flatnonzero(stays & chance(rng, UNSUBSCRIBES, len(members)))
    _set(
        rng, members, night, leaves, {"status": as_text(np.full(len(leaves), "unsubscribed"))}, "unsubscribed"
    )


def _move(rng: np.random.Generator, frame: pd.DataFrame, where: pd.Series[bool], night: int) -> None:
    rows = np.flatnonzero(where)
    addresses = draw_addresses(rng, frame["country"].to_numpy(dtype=object)[rows])
    _set(rng, frame, night, rows, addresses, "moved")


def _set(
    rng: np.random.Generator,
    frame: pd.DataFrame,
    night: int,
    rows: Ints,
    values: dict[str, Text],
    trouble: str = "",
) -> None:
    """Put new values into some rows, as changed during the night's own day."""
    if not len(rows):
        return
    for column, new in values.items():
        frame.loc[rows, column] = new
    frame.loc[rows, "updated_at"] = before_close(rng, np.full(len(rows), night), 1)
    if trouble:
        flags = frame["troubles"].to_numpy(dtype=object)[rows]
        known = as_text([trouble + ";" in flag for flag in flags]).astype(bool)
        frame.loc[rows, "troubles"] = as_text(np.where(known, flags, flags + (trouble + ";")))
