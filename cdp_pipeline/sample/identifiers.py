"""The ids that each vendor gives its records: right in shape, distinct, and free of meaning."""

from __future__ import annotations

import numpy as np

from cdp_pipeline.sample.pools import Text, as_text, digits

_BASE62 = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
_CHECK = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"))


def salesforce_ids(prefix: str, count: int, first: int = 0) -> Text:
    """Return 18-character ids: 15 case-sensitive characters and the 3 that make them safe in any case.

    Each check character tells which of five characters are capitals, lowest bit first.
    """
    stem = prefix.ljust(10, "0")[:10]
    # Coprime to 62 ** 5, so that neighbours look unrelated and none repeats.
    serial = (np.arange(first, first + count, dtype=np.int64) * 7_368_787 + 91_000_003) % 62**5
    letters = np.empty((count, 15), dtype="<U1")
    letters[:, :10] = list(stem)
    for place in range(5):
        letters[:, 14 - place] = _BASE62[serial // 62**place % 62]
    is_capital = np.char.isupper(letters).reshape(count, 3, 5)
    check = _CHECK[(is_capital * 2 ** np.arange(5)).sum(axis=2)]
    return _join(np.concatenate([letters, check], axis=1))


def random_ids(rng: np.random.Generator, count: int, length: int, *, capitals_only: bool) -> Text:
    """Return random ids so long that none repeats: Square's customers, sales and payments."""
    alphabet = _BASE62[:36] if capitals_only else _BASE62
    return _join(alphabet[rng.integers(len(alphabet), size=(count, length))])


def serial_ids(prefix: str, first: int, count: int, step: int = 1) -> Text:
    """Return numbered ids such as LC-100017 or #1001."""
    return as_text(prefix + digits(first + step * np.arange(count)))


def _join(letters: np.ndarray[tuple[int, ...], np.dtype[np.str_]]) -> Text:
    count, length = letters.shape
    return as_text(np.ascontiguousarray(letters).view(f"<U{length}").reshape(count))
