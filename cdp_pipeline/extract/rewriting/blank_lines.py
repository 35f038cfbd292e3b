"""Emptying lines of a text file: their line ends stay, so every other line keeps its number and its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from cdp_pipeline.extract.readers.record_scan import NEWLINE, RETURN
from cdp_pipeline.extract.spool import write_piece

BLOCK_BYTES = 2**22

Units = NDArray[Any]


def write_without_lines(
    source: Path, target: BinaryIO, lines: NDArray[np.int64], encoding: str, mark_bytes: int, *, by_lf: bool
) -> None:
    """Copy a file with some of its lines emptied.

    Args:
        lines: physical lines, from 1, sorted.
        encoding: only the width and order of UTF-16's units matter; a line end is one byte in all others.
        mark_bytes: length of the byte order mark, which is copied.
        by_lf: only LF ends a line, and a CR before it is part of the line; else a lone CR ends one, too.
    """
    unit = {"utf-16-le": "<u2", "utf-16-be": ">u2"}.get(encoding, "u1")
    line, written = 1, 0
    for block in _blocks_of_units(source, mark_bytes, np.dtype(unit).itemsize, target):
        whole = len(block) - len(block) % np.dtype(unit).itemsize
        codes = np.frombuffer(block[:whole], dtype=unit)
        ends = _line_ends(codes, by_lf=by_lf)
        kept = _emptied(codes, ends, line, lines, behind=written)
        write_piece(kept.tobytes(), target)
        written = int(kept[-1]) if kept.size else written
        # Half a unit at the end of a cut file belongs to its last line.
        if block[whole:] and not _contains(lines, line + len(ends)):
            write_piece(block[whole:], target)
        line += len(ends)


def _blocks_of_units(source: Path, mark_bytes: int, width: int, target: BinaryIO) -> Iterator[bytes]:
    """Yield blocks that never part a CR from its LF; the mark goes to the target as it is."""
    with source.open("rb") as file:
        write_piece(file.read(mark_bytes), target)
        rest = b""
        while block := file.read(BLOCK_BYTES):
            block = rest + block
            kept = len(block) - len(block) % width
            last = block[kept - width : kept]
            if RETURN in last:
                kept -= width
            rest = block[kept:]
            yield block[:kept]
        if rest:
            yield rest


def _line_ends(codes: Units, *, by_lf: bool) -> NDArray[np.int64]:
    """Return the offset of each line end's last unit."""
    is_end = codes == NEWLINE
    if not by_lf:
        is_lone = codes == RETURN
        is_lone[:-1] &= ~is_end[1:]
        is_end = is_end | is_lone
    return np.flatnonzero(is_end)


def _emptied(
    codes: Units, ends: NDArray[np.int64], first_line: int, lines: NDArray[np.int64], *, behind: int
) -> Units:
    """Return the units of a block without those of the lines; the block may begin and end within one.

    Args:
        behind: the last unit that was written before.
    """
    starts = np.concatenate(([0], ends + 1))
    chosen = lines[(lines >= first_line) & (lines < first_line + starts.size)] - first_line
    if not chosen.size:
        return codes
    edges = np.zeros(codes.size + 1, dtype=np.int8)
    np.add.at(edges, starts[chosen], 1)
    np.add.at(edges, np.append(ends, codes.size)[chosen], -1)
    is_kept = np.cumsum(edges[:-1], dtype=np.int8) == 0
    # A CR before LF is part of the line end. A block never parts the two.
    is_crlf = np.zeros(codes.size, dtype=bool)
    is_crlf[:-1] = (codes[:-1] == RETURN) & (codes[1:] == NEWLINE)
    ended = chosen[chosen < ends.size]
    kept: Units = _apart(codes, starts[ended], ends[ended], behind)[is_kept | is_crlf]
    return kept


def _apart(codes: Units, starts: NDArray[np.int64], ends: NDArray[np.int64], behind: int) -> Units:
    """Let a lone LF that comes to stand behind a lone CR be a CR as well: together they would end one line."""
    kept = codes.copy()
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        is_lone = codes[end] == NEWLINE and (end == 0 or codes[end - 1] != RETURN)
        if is_lone and (kept[start - 1] if start else behind) == RETURN:
            kept[end] = RETURN
    return kept


def _contains(lines: NDArray[np.int64], line: int) -> bool:
    at = int(np.searchsorted(lines, line))
    return at < lines.size and int(lines[at]) == line
