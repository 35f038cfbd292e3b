"""Drawing texts at random, and putting what was drawn by groups back into one column. No pools, no meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import Floats, Ints, Mask, cumulative_shares, pick_below

Text: TypeAlias = pa.StringArray


def zipf_weights(size: int, exponent: float = 0.75) -> Floats:
    """Return the weights of a list ordered by frequency: the k-th has 1 / (k + 3) ** exponent."""
    return cast("Floats", 1.0 / (np.arange(size) + 3.0) ** exponent)


@dataclass(frozen=True)
class Pool:
    """Texts to draw from, with their cumulative shares."""

    texts: Text
    cumulative: Floats

    @classmethod
    def of(cls, texts: Iterable[str], weights: Floats) -> Pool:
        """Make a pool of texts and weights of any sum."""
        return cls(pa.array(list(texts), pa.string()), cumulative_shares(weights))

    @classmethod
    def ordered(cls, texts: list[str], exponent: float = 0.75) -> Pool:
        """Make a pool of a list ordered by frequency."""
        return cls.of(texts, zipf_weights(len(texts), exponent))

    @classmethod
    def weighted(cls, shares: Mapping[str, float]) -> Pool:
        """Make a pool of texts with their shares."""
        return cls.of(shares, np.array(list(shares.values())))

    def codes(self, rng: np.random.Generator, size: int) -> Ints:
        """Draw positions in `texts`."""
        return pick_below(rng, self.cumulative, size)

    def draw(self, rng: np.random.Generator, size: int) -> Text:
        """Draw texts."""
        return self.texts.take(pa.array(self.codes(rng, size)))


def take(values: Text, rows: Ints) -> Text:
    """Return the values of some rows, in their order."""
    return values.take(pa.array(rows))


def gather(parts: list[tuple[Ints, Text]]) -> Text:
    """Put values that were made for disjoint groups of rows into one column; together they fill it."""
    rows = np.concatenate([rows for rows, _ in parts])
    return take(pa.concat_arrays([values for _, values in parts]), np.argsort(rows))


def put(values: Text, rows: Ints, new: Text) -> Text:
    """Return `values` with new ones in `rows`, which ascend."""
    mask = np.zeros(len(values), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(values, pa.array(mask), new)


def only_where(where: Mask, values: Text) -> Text:
    """Blank the values of all other rows."""
    return pc.if_else(pa.array(where), values, "")


def blank(size: int) -> Text:
    """Return a column of empty texts."""
    return pa.repeat(pa.scalar("", pa.string()), size)


def joined(*parts: Text | str) -> Text:
    """Write columns and constants one behind the other."""
    return pc.binary_join_element_wise(*parts, "")


def digits(numbers: Ints, width: int = 1) -> Text:
    """Write whole numbers, padded with zeros to `width`."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")


def is_filled(values: Text) -> Mask:
    """Tell which texts are not empty."""
    return cast("Mask", pc.not_equal(values, "").to_numpy(zero_copy_only=False))
