"""The name, place and product pools, and how they are drawn from. Behaviour and records lie elsewhere."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

Text = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

POOLS = Path(__file__).parent / "pools"
COMPOUND_SURNAME_SHARE = 0.12


def stream(seed: int, concern: str) -> np.random.Generator:
    """Return the random stream of one concern, so that a change in one does not ripple through the others."""
    return np.random.default_rng([seed, zlib.crc32(concern.encode())])


@cache
def load_yaml(name: str) -> dict[str, Any]:
    """Return a pool file of this package as read; callers must not change it."""
    loaded: dict[str, Any] = yaml.safe_load((POOLS / name).read_text(encoding="utf-8"))
    return loaded


@cache
def nicknames() -> dict[str, str]:
    """Return the everyday form of each formal given name that has one."""
    frame = pd.read_csv(POOLS / "nicknames.csv", dtype=str)
    return dict(zip(frame["formal"], frame["nickname"], strict=True))


@cache
def products() -> pd.DataFrame:
    """Return the shop's and the tills' common assortment: sku, name, category, price_cents."""
    return pd.read_csv(POOLS / "products.csv", dtype={"sku": str, "name": str, "category": str})


def as_text(values: object) -> Text:
    """Return values as an array of Python strings, on which `+` concatenates element by element."""
    return np.asarray(values, dtype=object)


def digits(values: npt.ArrayLike, width: int = 0) -> Text:
    """Return whole numbers as text, padded with zeros to `width`."""
    return as_text(pd.Series(np.asarray(values)).astype(str).str.zfill(width).to_numpy(dtype=object))


def chance(rng: np.random.Generator, probability: float | npt.NDArray[np.float64], size: int) -> Mask:
    """Return which of `size` draws come true."""
    return rng.random(size) < probability


def zipf_index(rng: np.random.Generator, pool_size: int, size: int, exponent: float = 0.75) -> Ints:
    """Draw positions in a list ordered by frequency: the k-th has weight 1 / (k + 3) ** exponent."""
    weights = 1.0 / (np.arange(pool_size) + 3.0) ** exponent
    return rng.choice(pool_size, size=size, p=weights / weights.sum()).astype(np.int64)


def zipf(rng: np.random.Generator, pool: list[str], size: int, exponent: float = 0.75) -> Text:
    """Draw from a list ordered by frequency."""
    return as_text(pool)[zipf_index(rng, len(pool), size, exponent)]


def pick(rng: np.random.Generator, weights: dict[str, float], size: int) -> Text:
    """Draw keys of `weights` in proportion to their values."""
    shares = np.array(list(weights.values()))
    return as_text(list(weights))[rng.choice(len(shares), size=size, p=shares / shares.sum())]


def surnames(rng: np.random.Generator, culture: str, size: int) -> Text:
    """Draw family names of a culture; German ones have a long tail of compound names."""
    names = load_yaml("names.yml")
    drawn = zipf(rng, names[culture]["family"], size)
    if culture != "german":
        return drawn
    heads, tails = as_text(names["compound_heads"]), as_text(names["compound_tails"])
    compound = heads[rng.integers(len(heads), size=size)] + tails[rng.integers(len(tails), size=size)]
    return as_text(np.where(chance(rng, COMPOUND_SURNAME_SHARE, size), compound, drawn))
