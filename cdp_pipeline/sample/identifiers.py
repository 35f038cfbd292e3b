"""The ids that each vendor gives its records: right in shape, distinct, and free of meaning."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import BASE62

_LETTERS = np.frombuffer(BASE62, dtype=np.uint8)
_CHECK = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)


def salesforce_ids(prefix: str, first: int, count: int) -> pa.StringArray:
    """Return 18-character ids: 15 case-sensitive characters and the 3 that make them safe in any case.

    Each check character tells which of five characters are capitals, lowest bit first.

    Args:
        first: number of the first id; ids of different numbers differ.
    """
    letters = np.empty((count, 18), dtype=np.uint8)
    letters[:, :10] = np.frombuffer(prefix.ljust(10, "0")[:10].encode(), dtype=np.uint8)
    # Coprime to 62 ** 5, so that neighbours look unrelated and none repeats.
    serial = (np.arange(first, first + count, dtype=np.int64) * 7_368_787 + 91_000_003) % 62**5
    for place in range(5):
        letters[:, 14 - place] = _LETTERS[serial // 62**place % 62]
    is_capital = ((letters[:, :15] >= ord("A")) & (letters[:, :15] <= ord("Z"))).reshape(count, 3, 5)
    letters[:, 15:] = _CHECK[(is_capital * 2 ** np.arange(5)).sum(axis=2)]
    return _as_texts(letters)


def serial_ids(prefix: str, first: int, count: int, step: int = 1) -> pa.StringArray:
    """Return numbered ids such as LC-100017 or #1001."""
    numbers = pa.array(first + step * np.arange(count, dtype=np.int64)).cast(pa.string())
    return pc.binary_join_element_wise(prefix, numbers, "")


def _as_texts(letters: npt.NDArray[np.uint8]) -> pa.StringArray:
    """Return each row of ASCII letters as one text."""
    count, length = letters.shape
    ends = np.arange(0, (count + 1) * length, length, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), count, [None, pa.py_buffer(ends), pa.py_buffer(letters.tobytes())]
    )
