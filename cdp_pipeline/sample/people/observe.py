"""What a system writes down about a person: the truth seen through that system's habits and troubles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import Ints, chance
from cdp_pipeline.sample.people.draws import Pool, Text, take
from cdp_pipeline.sample.people.junk import load_junk
from cdp_pipeline.sample.people.observation import FIELDS, Observation
from cdp_pipeline.sample.people.observed_contacts import (
    write_address,
    write_birth_date,
    write_email,
    write_phone,
)
from cdp_pipeline.sample.people.observed_names import misspell_names, mix_up_names, write_letters, write_names


def observe(rng: np.random.Generator, people: pa.RecordBatch, rows: Ints, system: str) -> Observation:
    """Write one record per entry of `rows` as the system would.

    Returns:
        The records' fields, FIELDS by name: birth dates are ISO, country is the two-letter code, a missing
        value is an empty text.
    """
    seen = Observation(rng, people, rows, system)
    for step in (
        write_names,
        misspell_names,
        mix_up_names,
        write_letters,
        write_email,
        write_phone,
        write_address,
        write_birth_date,
        _kin,
    ):
        step(seen)
    return seen


def _kin(seen: Observation) -> None:
    """Flag who is hard to tell apart, on each of their records."""
    seen.flag(seen.holds("is_twin"), "twins")
    seen.flag(seen.holds("is_junior") | seen.holds("has_junior"), "parent_and_child_of_one_name")
    seen.flag(seen.holds("is_stranger"), "strangers_of_one_name")


def observe_nobody(rng: np.random.Generator, size: int, *, needs_email: bool) -> dict[str, Text]:
    """Write the fields of `size` records of nobody: test entries, specimens, whatever a form accepts.

    Args:
        needs_email: the system has no record without an e-mail.
    """
    records = load_junk()["records"]
    which = rng.integers(len(records), size=size)
    fields = {
        name: take(pa.array([record.get(name, "") for record in records], pa.string()), which)
        for name in FIELDS
    }
    if needs_email:
        some = Pool.of(load_junk()["emails"], np.ones(len(load_junk()["emails"]))).draw(rng, size)
        fields["email"] = pc.if_else(pc.equal(fields["email"], ""), some, fields["email"])
    has_address = chance(rng, 0.5, size)
    for name, value in load_junk()["address"].items():
        fields[name] = pc.if_else(pa.array(has_address), value, "")
    return fields
