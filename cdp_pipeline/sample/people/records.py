"""Which records each system holds about whom, chunk by chunk: one table per system, as first delivered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cdp_pipeline.sample import identifiers
from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, before_close
from cdp_pipeline.sample.columns import CAPITALS, Ints, Mask, at_least, chance, tokens
from cdp_pipeline.sample.people.draws import Pool, Text, blank, only_where, take
from cdp_pipeline.sample.people.habits import over_nights, rates
from cdp_pipeline.sample.people.observation import FIELDS, Observation
from cdp_pipeline.sample.people.observe import observe, observe_nobody
from cdp_pipeline.sample.stores import STORES

SYSTEMS = ("crm", "shop", "member", "subscriber")
NOBODY = -1
AGE_DAYS = 1100
MOST_MOVED_PART = 20  # at most one record in so many is moved to fill a night that has none


@dataclass(frozen=True)
class Coverage:
    """Which of a chunk's people each system knows, and who buys without an account."""

    known: dict[str, Mask]
    guests: Mask


def draw_coverage(rng: np.random.Generator, size: int) -> Coverage:
    """Draw who is known where; everybody is known somewhere."""
    shares = rates("systems")
    known = {system: chance(rng, shares["coverage"][system], size) for system in SYSTEMS}
    guests = ~known["shop"] & chance(rng, shares["guests"], size)
    nowhere = ~np.logical_or.reduce([guests, *known.values()])
    known["member"] |= nowhere & chance(rng, 0.5, size)
    known["crm"] |= nowhere & ~known["member"]
    return Coverage(known, guests)


@dataclass
class SystemRecords:
    """A system's records about one chunk of people, and about nobody at the end.

    at is each person's position in the chunk; the rows of nobody have none. The arrays of rows about people
    are as long as `at`, those of `table` longer by the rows about nobody.
    """

    system: str
    at: Ints
    seen: Observation
    night: Ints
    gone_night: Ints
    is_deleted: Mask
    table: pa.Table


def draw_records(
    rng: np.random.Generator, people: pa.RecordBatch, known: Mask, system: str, first_row: int, nights: int
) -> SystemRecords:
    """Write what one system knows about a chunk of people.

    Args:
        known: which of the people.
        first_row: the number of the first of these records in the system's table; ids follow from it.

    Returns:
        Records with the table as agreed in `cdp_pipeline.sample.population`.
    """
    at, is_second = _rows(rng, known, system)
    seen = observe(rng, people, at, system)
    night = _first_nights(rng, people.column("first_night").to_numpy()[at], nights)
    ids = draw_ids(system, first_row, len(at))
    is_deleted, extras = _extras(rng, system, seen, at, is_second, ids, night)
    gone_night = _gone_nights(rng, night, nights)
    seen.flag(gone_night > 0, "left_source")
    created, updated = _times(rng, night)
    table = pa.table(
        {
            "row": first_row + np.arange(len(at)),
            "person": take(people.column("person"), at),
            "id": ids,
            **{name: seen.fields[name] for name in FIELDS},
            "troubles": seen.troubles(),
            "night": night.astype(np.int32),
            "gone_night": gone_night.astype(np.int32),
            "created_at": created,
            "updated_at": updated,
            "cast_label": blank(len(at)),
            **extras,
        }
    )
    nobody = _nobody(rng, system, first_row + len(at), len(at), table.schema)
    return SystemRecords(
        system, at, seen, night, gone_night, is_deleted, pa.concat_tables([table, nobody]).combine_chunks()
    )


def _rows(rng: np.random.Generator, known: Mask, system: str) -> tuple[Ints, Mask]:
    """Let the system know some people twice, and mix all."""
    once = np.flatnonzero(known)
    twice = once[chance(rng, rates("systems")["known_twice"][system], len(once))]
    order = rng.permutation(len(once) + len(twice))
    return np.concatenate([once, twice])[order], order >= len(once)


def _first_nights(rng: np.random.Generator, started: Ints, nights: int) -> Ints:
    """Deliver a record when its person is first seen, or, if it comes to be later, on a later night."""
    late = chance(rng, over_nights(rates("systems")["late_record_per_night"], nights), len(started))
    joined = np.where(late, rng.integers(2, max(nights, 2) + 1, len(started)), 1)
    night = np.maximum(started, joined).astype(np.int64)
    # Even a small world has something new in each export, but does not empty its first night for it.
    without = np.flatnonzero(np.bincount(night, minlength=nights + 1)[1:] == 0) + 1
    most = max(2, len(night) // MOST_MOVED_PART)
    free = rng.permutation(np.flatnonzero(night == 1))[: min(len(without), most)]
    night[free] = without[: len(free)]
    return night


def _gone_nights(rng: np.random.Generator, night: Ints, nights: int) -> Ints:
    """Draw from which night on a record is missing in the source's exports; 0 if never."""
    share = over_nights(rates("changes_per_night")["leaves"], nights)
    drawn = rng.integers(2, max(nights, 2) + 1, len(night))
    leaves = at_least(rng, drawn > night, share, fewest=min(1, nights - 1))
    gone = np.zeros(len(night), dtype=np.int64)
    gone[leaves] = drawn[leaves]
    return gone


def _times(rng: np.random.Generator, night: Ints) -> tuple[Times, Times]:
    """Draw a record's creation, and a last change between that and the close of its first night."""
    created = before_close(rng, night, AGE_DAYS)
    latest = FIRST_CLOSE - np.timedelta64(60, "s") + (night - 1).astype("timedelta64[D]")
    age = (latest - created).astype("timedelta64[s]").astype(np.int64)
    passed = (rng.random(len(night)) * np.maximum(age, 0)).astype(np.int64).astype("timedelta64[s]")
    return created.astype("datetime64[us]"), (created + passed).astype("datetime64[us]")


def draw_ids(system: str, first_row: int, count: int) -> Text:
    """Return the ids that the vendor gives to the rows from `first_row` on."""
    if system == "crm":
        return identifiers.salesforce_ids("0035f00001", first_row, count)
    prefix, first, step = {
        "shop": ("", 7_204_511_900_000, 32_771),
        "member": ("LC-", 1_000_017, 7),
        "subscriber": ("", 418_372_610, 4),
    }[system]
    return identifiers.serial_ids(prefix, first + step * first_row, count, step)


def _extras(
    rng: np.random.Generator,
    system: str,
    seen: Observation,
    at: Ints,
    is_second: Mask,
    ids: Text,
    night: Ints,
) -> tuple[Mask, dict[str, pa.Array]]:
    """Draw the columns that only this system has; `night` is put right for merged contacts."""
    size = len(at)
    no = np.zeros(size, dtype=bool)
    if system == "crm":
        return _crm_extras(rng, seen, at, is_second, ids, night)
    if system == "member":
        return no, {"home_store": Pool.weighted(STORES).draw(rng, size)}
    if system == "subscriber":
        status = Pool.weighted(rates("systems")["status"]).draw(rng, size)
        return no, {"status": status, "euid": draw_euids(rng, size)}
    return no, {}


def _crm_extras(
    rng: np.random.Generator, seen: Observation, at: Ints, is_second: Mask, ids: Text, night: Ints
) -> tuple[Mask, dict[str, pa.Array]]:
    """Let the CRM itself have merged some second contacts into the first; few others it deleted."""
    shares = rates("systems")
    original = np.zeros(seen.people.num_rows, dtype=np.int64)
    original[at[~is_second]] = np.flatnonzero(~is_second)
    survivor = original[at]
    is_merged = is_second & chance(rng, shares["crm_merged"], len(at))
    only_deleted = ~is_second & chance(rng, shares["crm_deleted"], len(at))
    seen.flag(is_merged, "crm_merged")
    seen.flag(only_deleted, "crm_deleted")
    # The survivor of a merge must be there on the night that names it.
    night[:] = np.where(is_merged, np.maximum(night, night[survivor]), night)
    is_deleted = is_merged | only_deleted
    return is_deleted, {
        "merged_into_id": only_where(is_merged, take(ids, survivor)),
        "is_deleted": pa.array(is_deleted),
    }


def draw_euids(rng: np.random.Generator, size: int) -> Text:
    """Draw the newsletter tool's second ids."""
    return tokens(rng, size, 10, CAPITALS.lower()).cast(pa.string())


def _nobody(rng: np.random.Generator, system: str, first_row: int, real: int, schema: pa.Schema) -> pa.Table:
    """Write the system's records of nobody, a share of its real ones."""
    size = int(rng.binomial(real, rates("systems")["junk"]))
    fields = observe_nobody(rng, size, needs_email=system in ("shop", "subscriber"))
    created, updated = _times(rng, np.ones(size, dtype=np.int64))
    columns: dict[str, object] = {
        "row": first_row + np.arange(size),
        "person": np.full(size, NOBODY),
        "id": draw_ids(system, first_row, size),
        **fields,
        "troubles": pa.repeat("junk_record;", size),
        "night": np.ones(size, dtype=np.int32),
        "gone_night": np.zeros(size, dtype=np.int32),
        "created_at": created,
        "updated_at": updated,
        "cast_label": blank(size),
        "home_store": pa.repeat(next(iter(STORES)), size),
        "status": pa.repeat("subscribed", size),
        "euid": draw_euids(rng, size),
        "merged_into_id": blank(size),
        "is_deleted": np.zeros(size, dtype=bool),
    }
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def draw_guests(
    rng: np.random.Generator, people: pa.RecordBatch, guests: Mask, first_row: int, first_guest: int
) -> pa.Table:
    """Write what buyers without an account type at checkout: one to three variants of each."""
    who = np.flatnonzero(guests)
    shares = rates("systems")["guest_variants"]
    variants = rng.choice(list(shares), size=len(who), p=list(shares.values()))
    guest = np.repeat(np.arange(len(who)), variants)
    at = who[guest]
    seen = observe(rng, people, at, "guest")
    return pa.table(
        {
            "row": first_row + np.arange(len(at)),
            "guest": first_guest + guest,
            "guest_variant": (np.arange(len(at)) - np.searchsorted(guest, guest)).astype(np.int32),
            "person": take(people.column("person"), at),
            "night": take(people.column("first_night"), at),
            **{name: seen.fields[name] for name in FIELDS},
            "troubles": seen.troubles(),
        }
    )


def draw_cashiers(
    rng: np.random.Generator, people: pa.RecordBatch, members: SystemRecords, first_row: int
) -> pa.Table:
    """Write the name that a cashier types for each member."""
    seen = observe(rng, people, members.at, "cashier")
    size = len(members.at)
    return pa.table(
        {
            "row": first_row + np.arange(size),
            "person": take(people.column("person"), members.at),
            "member_row": members.table["row"].combine_chunks().slice(0, size),
            "given": seen.fields["given"],
            "family": seen.fields["family"],
            "troubles": seen.troubles(),
        }
    )
