"""What becomes different between two nights: people move and marry, errors are corrected, readers leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import before_close
from cdp_pipeline.sample.columns import Ints, Mask, chance
from cdp_pipeline.sample.people.contacts import ADDRESS, draw_addresses
from cdp_pipeline.sample.people.draws import Text, is_filled, joined, take
from cdp_pipeline.sample.people.habits import over_nights, rates
from cdp_pipeline.sample.people.households import COUNTRIES
from cdp_pipeline.sample.people.names import CULTURES, all_names, draw_family
from cdp_pipeline.sample.people.records import SYSTEMS, SystemRecords

CHANGEABLE = ("given", "family", "email", *ADDRESS, "status")
HEARS_OF_IT = 0.6
"""Share of the systems' records that follow when their person moves or marries."""

SCHEMA = pa.schema(
    [
        ("night", pa.int32()),
        ("table_name", pa.string()),
        ("row", pa.int64()),
        *((name, pa.string()) for name in CHANGEABLE),
        ("updated_at", pa.timestamp("us")),
        ("added_troubles", pa.string()),
    ]
)


@dataclass(frozen=True)
class Lives:
    """What happens to a chunk's people: the night of each move and marriage (0: none), and what comes of it."""

    moves: Ints
    marries: Ints
    new: dict[str, Text]


def draw_lives(rng: np.random.Generator, people: pa.RecordBatch, nights: int) -> Lives:
    """Draw who moves and who marries on which night, at most once each."""
    size = people.num_rows
    habits = rates("changes_per_night")
    is_female = pc.equal(people.column("gender"), "f").to_numpy(zero_copy_only=False)
    on_night = rng.integers(2, max(nights, 2) + 1, (2, size))
    moves = chance(rng, over_nights(habits["moves"], nights), size)
    marries = is_female & chance(rng, over_nights(habits["marries"], nights), size)
    culture = pc.index_in(people.column("culture"), pa.array(CULTURES)).to_numpy()
    country = pc.index_in(people.column("country"), pa.array(COUNTRIES)).to_numpy()
    family = take(all_names().feminine, draw_family(rng, culture))
    return Lives(
        np.where(moves, on_night[0], 0),
        np.where(marries, on_night[1], 0),
        {"family": family, **draw_addresses(rng, country)},
    )


def draw_changes(
    rng: np.random.Generator, people: pa.RecordBatch, lives: Lives, records: SystemRecords, nights: int
) -> pa.Table:
    """Draw what later nights change in one system's records about a chunk of people.

    Returns:
        One row per night and changed record, columns as in SCHEMA; null where a value stays.
    """
    parts = [_changes_of_night(rng, people, lives, records, night) for night in range(2, nights + 1)]
    return pa.concat_tables([SCHEMA.empty_table(), *parts])


def _changes_of_night(
    rng: np.random.Generator, people: pa.RecordBatch, lives: Lives, records: SystemRecords, night: int
) -> pa.Table:
    masks = _what_happens(rng, lives, records, night)
    rows = np.flatnonzero(np.logical_or.reduce(list(masks.values())))
    at = records.at[rows]
    happens = {kind: pa.array(mask[rows]) for kind, mask in masks.items()}
    columns: dict[str, pa.Array] = dict.fromkeys(CHANGEABLE, pa.nulls(len(rows), pa.string()))
    for name in ADDRESS:
        columns[name] = pc.if_else(happens["moved"], take(lives.new[name], at), columns[name])
    for name in ("given", "family"):
        columns[name] = pc.if_else(happens["name_corrected"], take(people.column(name), at), columns[name])
    columns["family"] = pc.if_else(happens["married"], take(lives.new["family"], at), columns["family"])
    columns["email"] = pc.if_else(
        happens["email_corrected"], take(people.column("email"), at), columns["email"]
    )
    columns["status"] = pc.if_else(happens["unsubscribed"], "unsubscribed", columns["status"])
    updated = before_close(rng, np.full(len(rows), night), 1).astype("datetime64[us]")
    added = joined(*(_new_flag(records, rows, kind, mask[rows]) for kind, mask in masks.items()))
    for kind, mask in masks.items():
        records.seen.flag(mask, kind)
    return pa.table(
        {
            "night": np.full(len(rows), night, dtype=np.int32),
            "table_name": pa.repeat(records.system, len(rows)),
            "row": take(records.table["row"].combine_chunks(), rows),
            **columns,
            "updated_at": updated,
            "added_troubles": added,
        },
        schema=SCHEMA,
    )


def _what_happens(
    rng: np.random.Generator, lives: Lives, records: SystemRecords, night: int
) -> dict[str, Mask]:
    """Tell by kind of change which records it meets; each kind but the corrections is a trouble, too."""
    habits, seen, at, size = rates("changes_per_night"), records.seen, records.at, len(records.at)
    is_there = (records.night < night) & ~records.is_deleted
    is_there &= (records.gone_night == 0) | (records.gone_night > night)
    hears = is_there & chance(rng, HEARS_OF_IT, size) & (records.system != "subscriber")
    email_wrong = seen.has("email_typo") & ~seen.has("junk_email") & ~seen.has("email_corrected")
    name_wrong = (seen.has("typo") | seen.has("misheard") | seen.has("misread")) & ~seen.has("name_corrected")
    email_corrected = is_there & email_wrong & chance(rng, habits["corrects_email"], size)
    name_corrected = is_there & name_wrong & chance(rng, habits["corrects_name"], size)
    unsubscribed = np.zeros(size, dtype=bool)
    if records.system == "subscriber":
        status = records.table["status"].combine_chunks().slice(0, size)
        is_reader = pc.equal(status, "subscribed").to_numpy(zero_copy_only=False)
        unsubscribed = (
            is_there & is_reader & ~seen.has("unsubscribed") & chance(rng, habits["unsubscribes"], size)
        )
    return {
        "moved": hears & (lives.moves[at] == night) & is_filled(seen.fields["street"]),
        "married": hears & (lives.marries[at] == night) & is_filled(seen.fields["family"]),
        "email_corrected": email_corrected,
        "name_corrected": name_corrected,
        "unsubscribed": unsubscribed,
    }


def _new_flag(records: SystemRecords, rows: Ints, kind: str, happens: Mask) -> Text:
    """Name the change where its record does not bear that flag yet."""
    return pc.if_else(pa.array(happens & ~records.seen.has(kind)[rows]), kind + ";", "")


def apply_changes(engine: Engine, night: int) -> None:
    """Change the record tables to what they are on `night` (2 or later); once per night, in order."""
    for table in SYSTEMS:
        columns = [name for name in CHANGEABLE if name != "status" or table == "subscriber"]
        values = ", ".join(f"{name} = coalesce(change.{name}, {table}.{name})" for name in columns)
        engine.execute(
            f"""
            update {table} set {values}
                , updated_at = change.updated_at
                , troubles = {table}.troubles || change.added_troubles
            from record_change as change
            where change.night = ? and change.table_name = '{table}' and change.row = {table}.row
            """,
            [night],
        )
