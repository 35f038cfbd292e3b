"""The names of nine cultures: drawn as codes of one list, so that whatever is derived is derived once a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from cdp_pipeline.sample.columns import Ints, Mask
from cdp_pipeline.sample.people.draws import Pool, Text, zipf_weights
from cdp_pipeline.sample.people.spelling import transliterated
from cdp_pipeline.sample.pools import load_yaml

CULTURES = (
    "german", "austrian", "swiss", "british", "american", "french", "turkish", "polish", "spanish",
)  # fmt: skip
GENDERS = ("female", "male")
GIVEN_EXPONENT = 0.70
FAMILY_EXPONENT = 0.80
TAIL_EXPONENT = 0.35
GENERATION_YEARS = 13  # a generation's names fade over about this many years


@dataclass(frozen=True)
class Names:
    """All given and family names of all cultures.

    given, family: by code. feminine: the family name as a woman bears it. *_letters: as in a mailbox, a to z.
    """

    given: Text
    given_letters: Text
    family: Text
    feminine: Text
    family_letters: Text


@dataclass(frozen=True)
class _Slice:
    """Where a pool's names stand in the one list."""

    start: int
    pool: Pool


@cache
def _name_file(culture: str) -> dict[str, Any]:
    return load_yaml(f"names/{culture}.yml")


@cache
def _given_slices() -> dict[tuple[str, str, int], _Slice]:
    slices: dict[tuple[str, str, int], _Slice] = {}
    start = 0
    for culture in CULTURES:
        for gender in GENDERS:
            for year, names in _name_file(culture)[gender].items():
                slices[culture, gender, year] = _Slice(start, Pool.ordered(names, GIVEN_EXPONENT))
                start += len(names)
    return slices


@cache
def _family_slices() -> dict[str, _Slice]:
    slices: dict[str, _Slice] = {}
    start = 0
    for culture in CULTURES:
        texts, weights = _family_names(culture)
        slices[culture] = _Slice(start, Pool.of(texts, weights))
        start += len(texts)
    return slices


def _family_names(culture: str) -> tuple[list[str], Any]:
    """List the common names and the long tail of compounds, with their weights."""
    file = _name_file(culture)
    common, share = list(file["family"]), file["family_tail_share"]
    tail = [_compound(head, end) for head in file["family_heads"] for end in file["family_tails"]]
    head_weights = zipf_weights(len(common), FAMILY_EXPONENT)
    # Heads and ends are as frequent as their order says, a compound as both together.
    tail_weights = np.outer(
        zipf_weights(len(file["family_heads"]), TAIL_EXPONENT),
        zipf_weights(len(file["family_tails"]), TAIL_EXPONENT),
    ).ravel()
    parts = [head_weights / head_weights.sum() * (1 - share), tail_weights / tail_weights.sum() * share]
    return common + tail, np.concatenate(parts)


def _compound(head: str, end: str) -> str:
    return head + (end.capitalize() if head.endswith("-") else end)


@cache
def all_names() -> Names:
    """Return the names of all cultures, each pool at its place."""
    given = [name for part in _given_slices().values() for name in part.pool.texts.to_pylist()]
    family = [name for part in _family_slices().values() for name in part.pool.texts.to_pylist()]
    feminine = [re.sub(r"(sk|ck|dzk)i$", r"\1a", name) for name in family]
    return Names(
        pa.array(given),
        pa.array([_letters(name) for name in given]),
        pa.array(family),
        pa.array(feminine),
        pa.array([_letters(name) for name in family]),
    )


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", transliterated(name).lower())


def draw_family(rng: np.random.Generator, culture: Ints) -> Ints:
    """Draw a family name, as its code, for each entry of `culture` (positions in CULTURES)."""
    codes = np.zeros(len(culture), dtype=np.int64)
    for number, name in enumerate(CULTURES):
        rows = np.flatnonzero(culture == number)
        part = _family_slices()[name]
        codes[rows] = part.start + part.pool.codes(rng, len(rows))
    return codes


def draw_given(rng: np.random.Generator, culture: Ints, is_female: Mask, birth_year: Ints) -> Ints:
    """Draw a given name, as its code, from the lists of the years around a person's birth."""
    codes = np.zeros(len(culture), dtype=np.int64)
    for rows, slices in _groups(rng, culture, is_female, birth_year):
        codes[rows] = slices.start + slices.pool.codes(rng, len(rows))
    return codes


def _groups(
    rng: np.random.Generator, culture: Ints, is_female: Mask, birth_year: Ints
) -> Iterator[tuple[Ints, _Slice]]:
    """Split people by the list that names them: near ones of their culture and gender are likelier."""
    for number, name in enumerate(CULTURES):
        for gender in GENDERS:
            rows = np.flatnonzero((culture == number) & (is_female == (gender == "female")))
            years = np.array(list(_name_file(name)[gender]))
            distance = (birth_year[rows][:, None] - years) / GENERATION_YEARS
            closeness = np.cumsum(np.exp(-np.minimum(distance**2, 50.0)), axis=1)
            drawn = rng.random(len(rows)) * closeness[:, -1]
            generation = (drawn[:, None] > closeness[:, :-1]).sum(axis=1)
            for at, year in enumerate(years.tolist()):
                yield rows[generation == at], _given_slices()[name, gender, year]
