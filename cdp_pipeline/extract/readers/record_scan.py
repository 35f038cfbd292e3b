"""Counting the records of a delimited file, apart from the loader.

The count is the yardstick of row conservation, so it shares no code with the reader that loads. It also
yields the physical line on which each record begins, which no loader tells.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cdp_pipeline.errors import LandingFileError

NEWLINE, RETURN, QUOTE = 0x0A, 0x0D, 0x22
CSV_FIELD_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class RecordScan:
    """What a scan found.

    Attributes:
        lines: physical line, from 1, on which each record that is not blank begins; header included.
        blank_records: blank lines outside quotes.
    """

    lines: NDArray[np.int64]
    blank_records: int


def scan_records(content: bytes, delimiter: str, path: str) -> RecordScan:
    """Find the records of UTF-8 text.

    Quote parity finds record ends in one vectorised pass. Where a quote stands inside an unquoted field
    (`5" nail`) parity would lie; such files take Python's csv module instead.

    Raises:
        LandingFileError: the text ends inside a quoted field.
    """
    text = np.frombuffer(content, dtype=np.uint8)
    quotes = np.flatnonzero(text == QUOTE)
    if quotes.size and not _quotes_are_regular(text, quotes, ord(delimiter)):
        return _scan_with_csv_module(content, delimiter, path)
    if quotes.size % 2:
        raise _unbalanced(path)
    newlines = np.flatnonzero(text == NEWLINE)
    ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0] if quotes.size else newlines
    starts = np.concatenate(([0], ends + 1)).astype(np.int64)
    stops = np.concatenate((ends, [text.size])).astype(np.int64)
    lengths = stops - starts
    has_return = (lengths > 0) & (text[np.maximum(stops - 1, 0)] == RETURN) if text.size else lengths > 0
    is_blank = (lengths - has_return) == 0
    first_lines = np.searchsorted(newlines, starts) + 1
    trailing = int(starts[-1] == text.size)  # what follows the last newline is no record
    return RecordScan(first_lines[~is_blank].astype(np.int64), int(is_blank.sum()) - trailing)


def _quotes_are_regular(text: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> bool:
    """Tell whether each quoted field opens after and closes before a delimiter, line end or file end."""
    if quotes.size % 2:
        return False
    edges = (delimiter, NEWLINE, RETURN, QUOTE)
    opening, closing = quotes[0::2], quotes[1::2]
    before = text[np.maximum(opening - 1, 0)]
    after = text[np.minimum(closing + 1, text.size - 1)]
    opens_well = np.isin(before, edges) | (opening == 0)
    closes_well = np.isin(after, edges) | (closing == text.size - 1)
    return bool(opens_well.all() and closes_well.all())


def _scan_with_csv_module(content: bytes, delimiter: str, path: str) -> RecordScan:
    csv.field_size_limit(CSV_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter, strict=False)
    lines: list[int] = []
    blank_records, before = 0, 0
    for row in reader:
        if row:
            lines.append(before + 1)
        else:
            blank_records += 1
        before = reader.line_num
    if _ends_inside_quotes(content, delimiter):
        raise _unbalanced(path)
    return RecordScan(np.array(lines, dtype=np.int64), blank_records)


def _ends_inside_quotes(content: bytes, delimiter: str) -> bool:
    """Append a sentinel record: if it does not come back alone, a quote is still open."""
    sentinel = "end-of-file"
    text = content.decode() + f"\n{sentinel}"
    last = deque(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), maxlen=1)
    return last.pop() != [sentinel]


def _unbalanced(path: str) -> LandingFileError:
    return LandingFileError(
        f"{path}: a quoted field is opened and never closed, so records can't be told apart. "
        "Ask for a new export, or correct the quote."
    )
