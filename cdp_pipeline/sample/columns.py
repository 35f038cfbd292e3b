"""Columns on their way between numpy, where they are drawn, and the engine, where they become rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cdp_pipeline.engine import Engine

Column = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CAPITALS = BASE62[:36]
HEXADECIMAL = b"0123456789abcdef"


def read_columns(engine: Engine, query: str) -> dict[str, Column]:
    """Return the columns of a query; its order must end in a unique key, since draws follow the rows."""
    table = engine.fetch_arrow(query)
    return {name: table[name].to_numpy() for name in table.column_names}


def store_columns(engine: Engine, table: str, columns: Mapping[str, Column | pa.Array]) -> None:
    """Make a table of equally long columns."""
    with engine.arrow_view(pa.table(dict(columns))) as view:
        engine.replace_table(table, f"select * from {view}")


def tokens(rng: np.random.Generator, count: int, length: int, alphabet: bytes) -> pa.Array:
    """Draw texts so long that none repeats: ids of sales, payments, cookies."""
    letters = np.frombuffer(alphabet, dtype=np.uint8)[
        rng.integers(len(alphabet), size=(count, length), dtype=np.uint8)
    ]
    ends = np.arange(0, (count + 1) * length, length, dtype=np.int64)
    return pa.Array.from_buffers(
        pa.large_string(), count, [None, pa.py_buffer(ends), pa.py_buffer(letters.tobytes())]
    )


def chance(rng: np.random.Generator, probability: float | Floats, size: int) -> Mask:
    """Return which of `size` draws come true."""
    return rng.random(size) < probability


def cumulative_shares(weights: Sequence[float] | Floats) -> Floats:
    """Return the share of each weight and the ones before it; the last is 1."""
    until: Floats = np.cumsum(weights, dtype=np.float64)
    until /= until[-1]
    return until


def pick_below(rng: np.random.Generator, limits: Floats, size: int) -> Ints:
    """Draw positions in `limits`, which `cumulative_shares` made: the one weighted draw of all."""
    return np.searchsorted(limits[:-1], rng.random(size), side="right").astype(np.int64)


def pick_number(rng: np.random.Generator, shares: Sequence[float], size: int) -> Ints:
    """Draw positions in `shares` in proportion to their values."""
    return pick_below(rng, cumulative_shares(shares), size)


def at_least(rng: np.random.Generator, where: Mask, share: float | Floats, fewest: int) -> Ints:
    """Draw a share of the marked positions, but never fewer than `fewest` while there are that many.

    Small samples hold every kind of row by it.
    """
    lots = rng.random(len(where)) / np.maximum(share, 1e-12)
    candidates = np.flatnonzero(where)
    drawn = candidates[lots[candidates] < 1]
    if len(drawn) >= fewest:
        return drawn
    return np.sort(candidates[np.argsort(lots[candidates], kind="stable")[:fewest]])
