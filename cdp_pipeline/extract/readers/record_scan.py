"""Counting the records of a delimited file, apart from the loader.

The count is the yardstick of row conservation, so it shares no code with the parser. It also yields where each
record stands and the physical line on which it begins, which no parser tells. Python's csv module is the
reference for what a record is: a quote opens a field only at its beginning; in a quoted field two quotes are one,
a single one ends the quoting; outside quotes LF, CRLF and a lone CR end a record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

NEWLINE, RETURN, QUOTE = 0x0A, 0x0D, 0x22

Offsets = NDArray[np.int64]


@dataclass(frozen=True)
class RecordScan:
    """What a scan found in a text that begins with a record.

    Attributes:
        starts: offset of each record that is not blank.
        stops: offset of its line end.
        lines: physical line, from 1 for the text's first, on which it begins.
        blank_records: blank lines outside quotes.
        end: offset behind the last record that is complete.
        physical_lines: line ends up to there.
    """

    starts: Offsets
    stops: Offsets
    lines: Offsets
    blank_records: int
    end: int
    physical_lines: int


def scan_records(text: bytes, delimiter: str, *, is_last: bool = True) -> RecordScan:
    """Find the records of a text whose structure is ASCII, as UTF-8's is.

    Quote parity finds record ends in one vectorised pass. Where a quote stands inside an unquoted field
    (`5" nail`) parity would lie; such texts are matched record by record instead.

    Args:
        is_last: nothing follows, so a record without a line end is complete too, unless a quote is open in it.
    """
    if not is_last:
        text = text.removesuffix(b"\r")  # its LF may come with the next block
    codes = np.frombuffer(text, dtype=np.uint8)
    line_ends = _line_ends(text, codes)
    ends = _record_ends(text, codes, line_ends, delimiter)
    is_crlf = (codes[ends] == NEWLINE) & (codes[np.maximum(ends - 1, 0)] == RETURN)
    stops = ends - is_crlf
    tail = int(ends[-1]) + 1 if ends.size else 0
    if is_last and tail < len(text) and open_quote(text, tail, delimiter) is None:
        ends, stops = np.append(ends, len(text) - 1), np.append(stops, len(text))
    starts = np.concatenate(([0], ends + 1)).astype(np.int64)
    end, starts = int(starts[-1]), starts[:-1]
    is_blank = stops == starts
    starts, stops = starts[~is_blank], stops[~is_blank]
    lines = np.searchsorted(line_ends, starts) + 1
    return RecordScan(starts, stops, lines, int(is_blank.sum()), end, int(np.searchsorted(line_ends, end)))


def open_quote(text: bytes, start: int, delimiter: str) -> int | None:
    """Return the offset of the quote that is open at the text's end in the record that begins at `start`."""
    match = _patterns(delimiter).fields.match(text, start)
    stop = match.end() if match else start
    return stop if text[stop : stop + 1] == b'"' else None


def _line_ends(text: bytes, codes: NDArray[np.uint8]) -> Offsets:
    """Return the offset of each line end's last byte: LF, the LF of CRLF, or a lone CR."""
    newlines = np.flatnonzero(codes == NEWLINE)
    if b"\r" not in text:
        return newlines
    returns = np.flatnonzero(codes == RETURN)
    lone = returns[codes[np.minimum(returns + 1, codes.size - 1)] != NEWLINE]
    return np.sort(np.concatenate((newlines, lone))) if lone.size else newlines


def _record_ends(text: bytes, codes: NDArray[np.uint8], line_ends: Offsets, delimiter: str) -> Offsets:
    """Return those line ends that stand outside quotes."""
    if b'"' not in text:
        return line_ends
    quotes = np.flatnonzero(codes == QUOTE)
    if _quotes_are_regular(codes, quotes, delimiter):
        outside: Offsets = line_ends[np.searchsorted(quotes, line_ends) % 2 == 0]
        return outside
    matches = _patterns(delimiter).record_or_rest.finditer(text)
    return np.fromiter((match.end() - 1 for match in matches if match.lastindex is None), dtype=np.int64)


def _quotes_are_regular(codes: NDArray[np.uint8], quotes: Offsets, delimiter: str) -> bool:
    """Tell whether each quoted field opens after and closes before a delimiter, a line end or the text's edge."""
    is_edge = np.zeros(256, dtype=bool)
    is_edge[[ord(delimiter), NEWLINE, RETURN, QUOTE]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    if opening[0] == 0:
        opening = opening[1:]
    if closing.size and closing[-1] == codes.size - 1:
        closing = closing[:-1]
    return bool(is_edge[codes[opening - 1]].all() and is_edge[codes[closing + 1]].all())


@dataclass(frozen=True)
class _Patterns:
    """What finds records one by one.

    Attributes:
        record_or_rest: a record with its line end, or, as a group, the rest that has none.
        fields: as many complete fields as follow one another.
    """

    record_or_rest: re.Pattern[bytes]
    fields: re.Pattern[bytes]


@cache
def _patterns(delimiter: str) -> _Patterns:
    # Possessive throughout (`*+`): a field can be read in one way only, so no text makes matching slow.
    mark = re.escape(delimiter.encode())
    field = rb'(?:"[^"]*+(?:""[^"]*+)*+"|(?!"))[^\r\n' + mark + rb"]*+"
    return _Patterns(
        re.compile(rb"(?:%s%s)*+%s(?:\r\n?+|\n)|((?s:.+))" % (field, mark, field)),
        re.compile(rb"(?:%s%s)*+(?:%s)?+" % (field, mark, field)),
    )
