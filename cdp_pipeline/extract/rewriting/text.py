"""Taking records out of text: a delimited file's by the lines that they span, of JSON Lines one line each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.readers.decoding import TextEncoding, encoding_of, utf8_blocks
from cdp_pipeline.extract.readers.delimited import BLOCK_BYTES
from cdp_pipeline.extract.readers.header import find_header
from cdp_pipeline.extract.readers.record_blocks import RecordBlock, record_blocks
from cdp_pipeline.extract.rewriting.blank_lines import write_without_lines
from cdp_pipeline.extract.rewriting.records import Records


def write_delimited(source: Path, target: BinaryIO, layout: Layout, records: Records, label: str) -> None:
    """Copy a CSV or TSV file; each record that goes leaves as many blank lines as it spanned."""
    encoding = encoding_of(source, layout, label)
    spanned = list(_spanned_lines(source, encoding, layout, records, label))
    lines = np.concatenate(spanned) if spanned else np.empty(0, np.int64)
    write_without_lines(source, target, lines, encoding.name, encoding.mark_bytes, by_lf=False)


def write_json_lines(source: Path, target: BinaryIO, _: Layout, records: Records, __: str) -> None:
    """Copy a JSON Lines file; each record that goes leaves a blank line."""
    write_without_lines(source, target, records, "utf-8", 0, by_lf=True)


def _spanned_lines(
    source: Path, encoding: TextEncoding, layout: Layout, records: Records, label: str
) -> Iterator[Records]:
    """Yield the physical lines of each record, in their order."""
    delimiter = find_header(source, encoding, layout, label).delimiter
    for block in record_blocks(utf8_blocks(source, encoding, BLOCK_BYTES), delimiter, label):
        for ordinal in np.flatnonzero(np.isin(block.scan.lines, records)).tolist():
            first = int(block.scan.lines[ordinal])
            yield np.arange(first, first + 1 + _line_ends_within(block, ordinal), dtype=np.int64)


def _line_ends_within(block: RecordBlock, ordinal: int) -> int:
    """Count the line ends that stand in quotes."""
    text, start, stop = block.text, int(block.scan.starts[ordinal]), int(block.scan.stops[ordinal])
    return text.count(b"\n", start, stop) + text.count(b"\r", start, stop) - text.count(b"\r\n", start, stop)
