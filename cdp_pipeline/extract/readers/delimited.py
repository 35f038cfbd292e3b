"""Reading a delimited file as its layout says: columns by name, text as delivered, in bounded memory.

pyarrow parses instead of DuckDB: it keeps the order of records, so that each gets its line; it hands over
ragged records instead of dropping them; it never guesses types, dialects or paths; and it takes every record apart
as Python's csv module does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import ConservationError
from cdp_pipeline.extract.readers.columns import match_columns
from cdp_pipeline.extract.readers.decoding import encoding_of, utf8_blocks
from cdp_pipeline.extract.readers.faulty_records import FaultyRecord, find_faulty_records, readable
from cdp_pipeline.extract.readers.header import find_header
from cdp_pipeline.extract.readers.parsing import ParsedRecords, parse_records
from cdp_pipeline.extract.readers.reading import Batch, FileReading, unparsed_table
from cdp_pipeline.extract.readers.record_blocks import RecordBlock, record_blocks
from cdp_pipeline.extract.readers.record_scan import NEWLINE
from cdp_pipeline.plural import counted

BLOCK_BYTES = 16 * 2**20
RAGGED_RULE = "field_count"


class DelimitedReading(FileReading):
    """A CSV or TSV file.

    Raises:
        LandingFileError: empty, evidently in another encoding, no header, duplicate headers, a required column
            missing, or another separator.
    """

    def __init__(self, file: Path, layout: Layout, label: str, block_bytes: int = BLOCK_BYTES) -> None:
        super().__init__(layout, label)
        self._file = file
        self._block_bytes = block_bytes
        self._encoding = encoding_of(file, layout, label)
        self._header = find_header(file, self._encoding, layout, label)
        self.columns = match_columns(self._header.names, layout, label)

    def batches(self) -> Iterator[Batch]:
        """Yield a batch per block of text; it may be empty.

        Raises:
            LandingFileError: a quote is open at the end of the file, or a record seems to have no end.
            ConservationError: the parser and the count of records disagree.
        """
        blocks = utf8_blocks(self._file, self._encoding, self._block_bytes)
        above = self._header.records_above
        for block in record_blocks(blocks, self._header.delimiter, self.label):
            skipped = min(above, block.scan.starts.size)
            above -= skipped
            self.physical_records += block.scan.starts.size - skipped + block.scan.blank_records
            self.blank_records += block.scan.blank_records
            yield self._batch(block, skipped)

    def _batch(self, block: RecordBlock, skipped: int) -> Batch:
        """Take a block apart, but for the records above the data."""
        faulty = find_faulty_records(block, self._encoding.name, self.layout)
        faulty = [record for record in faulty if record.ordinal >= skipped]
        is_good = np.ones(block.scan.starts.size, dtype=bool)
        is_good[:skipped] = False
        is_good[[record.ordinal for record in faulty]] = False
        positions, header = self.columns.positions, self._header
        parsed = parse_records(
            _text_of(block, is_good), header.delimiter, len(header.names), sorted(positions.values())
        )
        self._check_conservation(block, parsed, int(is_good.sum()))
        ragged = _ragged_records(parsed, np.flatnonzero(is_good))
        is_good[[record.ordinal for record in ragged]] = False
        columns = {name: _column(parsed.table, positions.get(name)) for name in self.layout.columns}
        lines = pa.array(block.scan.lines[is_good], pa.int64())
        return Batch(pa.table({"line": lines, **columns}), _unparsed(block, [*faulty, *ragged]))

    def _check_conservation(self, block: RecordBlock, parsed: ParsedRecords, expected: int) -> None:
        loaded, ragged = parsed.table.num_rows, len(parsed.ragged)
        if loaded + ragged != expected:
            raise ConservationError(
                f"{self.label}: {expected} records counted from line {block.scan.lines[0]} on, but {loaded} loaded and "
                f"{ragged} set aside. The file is not loaded. Check its quoting around the first record that looks cut."
            )


def _text_of(block: RecordBlock, is_good: NDArray[np.bool_]) -> bytes:
    """Return the block's text with line ends in place of records that are not to be parsed."""
    if is_good.all():
        return block.text
    edges = np.zeros(len(block.text) + 1, dtype=np.int8)
    edges[block.scan.starts[~is_good]] = 1
    edges[block.scan.stops[~is_good]] = -1
    is_bad = np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)
    return np.where(is_bad, np.uint8(NEWLINE), np.frombuffer(block.text, np.uint8)).tobytes()


def _ragged_records(parsed: ParsedRecords, ordinals: NDArray[np.int64]) -> list[FaultyRecord]:
    return [
        FaultyRecord(
            int(ordinals[row.number - 1]),
            RAGGED_RULE,
            _ragged_reason(row.actual_columns, row.expected_columns),
        )
        for row in parsed.ragged
    ]


@cache
def _ragged_reason(fields: int, names: int) -> str:
    return f"{counted(fields, 'field')} where the header has {names}"


def _column(table: pa.Table, position: int | None) -> pa.Array | pa.ChunkedArray:
    if position is None:
        return pa.nulls(table.num_rows, pa.string())
    return table.column(f"c{position}")


def _unparsed(block: RecordBlock, records: list[FaultyRecord]) -> pa.Table:
    records = sorted(records, key=lambda record: record.ordinal)
    ordinals = np.array([record.ordinal for record in records], dtype=np.int64)
    return unparsed_table(
        block.scan.lines[ordinals].tolist(),
        [readable(record) for record in block.records(ordinals)],
        [record.rule for record in records],
        [record.reason for record in records],
    )
