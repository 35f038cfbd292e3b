"""The people of a sample and what every system knows about them, as tables of a scratch engine.

Tables (a missing text is empty, times are UTC):

- person, one row per random person: person (its number, after the cast's), household, country, culture, gender,
  birth_date, names, mailboxes, phones, addresses, first_night, is_twin, is_junior, has_junior, is_stranger.
- crm, shop, member, subscriber, one row per record: row (from 0), person (-1: nobody), id (the vendor's), the
  fields of `observation.FIELDS`, troubles (each closed by a semicolon), night (of first delivery), gone_night (from
  which on it is missing, or 0), created_at, updated_at, cast_label (of a named case, or empty). crm adds
  merged_into_id and is_deleted; subscriber status and euid; member home_store.
- guest, one row per way in which a buyer without an account fills the checkout's form: row, guest (from 0),
  guest_variant, person, night, fields, troubles.
- cashier, one row per random member: row, person, member_row, given, family, troubles: as typed at the till.
- cast_order, cast_till_customer: the named cases' orders and till customers.
- record_change, one row per night and record that changes then; see `apply_changes`.
"""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.cast import cast_tables, load_cast
from cdp_pipeline.sample.people.append import append
from cdp_pipeline.sample.people.changes import apply_changes, draw_changes, draw_lives
from cdp_pipeline.sample.people.people import build_mailboxes, chunks, draw_people
from cdp_pipeline.sample.people.records import (
    SYSTEMS,
    draw_cashiers,
    draw_coverage,
    draw_guests,
    draw_records,
)
from cdp_pipeline.sample.pools import stream

__all__ = ["apply_changes", "build_population"]

CHUNKS_PER_COMMIT = 4
"""Each commit rewrites the last, half-filled blocks of its tables; what is not committed takes memory."""


def build_population(engine: Engine, people: int, seed: int, nights: int) -> None:
    """Fill the engine with people, their records, the cast's orders and sales, and later changes.

    Equal arguments give equal tables, whatever the engine's threads. Memory stays bounded: people are drawn in
    chunks, and the engine holds the rest within its limit.

    Args:
        people: how many, the cast's included; more than these.
        seed: of all random draws; the cast does not depend on it.
        nights: how many business dates follow each other; at least 1.
    """
    cast = load_cast()
    build_mailboxes(engine, people - cast.people, cast.people, seed)
    rows: Counter[str] = Counter()
    for table, content in cast_tables(cast, seed).items():
        _add(engine, table, content, rows)
    numbered = list(enumerate(chunks(people - cast.people)))
    for start in range(0, len(numbered), CHUNKS_PER_COMMIT):
        with engine.transaction():
            for number, chunk in numbered[start : start + CHUNKS_PER_COMMIT]:
                drawn = draw_people(engine, seed, number, chunk, cast.people, nights)
                _add(engine, "person", drawn, rows)
                for table, content in _draw_chunk(drawn, number, rows, seed, nights):
                    _add(engine, table, content, rows)
    engine.execute("drop table mailbox")


def _add(engine: Engine, table: str, content: pa.Table, rows: Counter[str]) -> None:
    append(engine, table, content)
    rows[table] += content.num_rows


def _draw_chunk(
    drawn: pa.Table, number: int, rows: Counter[str], seed: int, nights: int
) -> list[tuple[str, pa.Table]]:
    """Draw all tables' rows about one chunk of people; `rows` counts the rows that are there already."""
    [people] = drawn.to_batches()
    coverage = draw_coverage(stream(seed, "coverage", number), people.num_rows)
    lives = draw_lives(stream(seed, "lives", number), people, nights)
    tables: list[tuple[str, pa.Table]] = []
    for system in SYSTEMS:
        rng = stream(seed, f"records of {system}", number)
        records = draw_records(rng, people, coverage.known[system], system, rows[system], nights)
        tables.append((system, records.table))
        if system == "member":
            cashiers = draw_cashiers(stream(seed, "cashiers", number), people, records, rows["cashier"])
            tables.append(("cashier", cashiers))
        changes = draw_changes(stream(seed, f"changes of {system}", number), people, lives, records, nights)
        tables.append(("record_change", changes))
    guests = draw_guests(
        stream(seed, "guests", number), people, coverage.guests, rows["guest"], rows["guests"]
    )
    rows["guests"] += int(coverage.guests.sum())
    return [*tables, ("guest", guests)]
