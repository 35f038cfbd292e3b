"""Cutting a delimited text into blocks of whole records, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers.record_scan import RecordScan, open_quote, scan_records

MAX_RECORD_BYTES = 64 * 2**20


@dataclass(frozen=True)
class RecordBlock:
    """Whole records of a file.

    Attributes:
        text: as UTF-8; bytes that are no text may stand in it.
        scan: its records, their lines counted from the file's beginning.
        is_last: the file ends with it.
    """

    text: bytes
    scan: RecordScan
    is_last: bool

    def records(self, ordinals: ArrayLike) -> list[bytes]:
        """Return some records, by their ordinals from 0, without their line ends."""
        chosen = np.asarray(ordinals, dtype=np.int64)
        starts, stops = self.scan.starts[chosen].tolist(), self.scan.stops[chosen].tolist()
        return [self.text[start:stop] for start, stop in zip(starts, stops, strict=True)]

    def is_cut_off(self, ordinal: int) -> bool:
        """Tell whether a record runs into the end of the file, without a line end."""
        return self.is_last and int(self.scan.stops[ordinal]) == len(self.text)


def record_blocks(blocks: Iterable[tuple[bytes, bool]], delimiter: str, label: str) -> Iterator[RecordBlock]:
    """Cut blocks of text, the last one marked, where records end.

    Raises:
        LandingFileError: a quote is still open at the end of the file, or a record is unreasonably long.
    """
    pieces: list[bytes] = []
    lines, held, wanted = 0, 0, 0
    for block, is_last in blocks:
        pieces.append(block)
        held += len(block)
        if held < wanted and not is_last:
            continue
        text = b"".join(pieces)
        scan = scan_records(text, delimiter, is_last=is_last)
        if (is_last and scan.end < len(text)) or len(text) - scan.end > MAX_RECORD_BYTES:
            raise _endless_record(text, scan, lines, delimiter, label)
        if scan.end or is_last:
            yield RecordBlock(text[: scan.end], replace(scan, lines=scan.lines + lines), is_last)
        pieces = [text[scan.end :]]
        lines += scan.physical_lines
        held = len(pieces[0])
        # A record longer than a block is neither copied nor scanned anew with every block.
        wanted = min(2 * held, MAX_RECORD_BYTES + 1)


def _endless_record(
    text: bytes, scan: RecordScan, lines: int, delimiter: str, label: str
) -> LandingFileError:
    quote = open_quote(text, scan.end, delimiter)
    if quote is None:
        line = lines + scan.physical_lines + 1
        return LandingFileError(
            f"{label}: the record that begins on line {line} is longer than {MAX_RECORD_BYTES // 2**20} MiB, so this "
            "is no delimited text, or it is damaged. Ask for a new export."
        )
    line_ends = text.count(b"\n", 0, quote) + text.count(b"\r", 0, quote) - text.count(b"\r\n", 0, quote)
    return LandingFileError(
        f"{label}: the quote that opens a field on line {lines + line_ends + 1} is never closed, so records can't "
        "be told apart. Ask for a new export, or correct the quote."
    )
