"""Reading Parquet: typed columns as the text that a CSV export of the same table would hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from pyarrow import types

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.readers.columns import match_columns
from cdp_pipeline.extract.readers.faulty_records import NUL_RULE
from cdp_pipeline.extract.readers.parquet_steps import Steps
from cdp_pipeline.extract.readers.parquet_text import as_text, storage, without_text
from cdp_pipeline.extract.readers.plain_text import mark_of, with_mark
from cdp_pipeline.extract.readers.reading import Batch, FileReading, unparsed_table

BATCH_ROWS = 32_768
BATCH_BYTES = 32 * 2**20
BUFFER_BYTES = 2**20
MAX_UNPACKED_BYTES = 64 * 2**30
"""As the footer tells: a few kilobytes of repeated values can claim billions of rows."""

OUT_OF_RANGE_RULE = "time_out_of_range"
# pyarrow writes words in place of times beyond its own years, and nonsense for some.
READABLE_TIME = r"^(?:\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d|$)|\d\d:\d\d:\d\d)"


class ParquetReading(FileReading):
    """A Parquet file; the line of a record is its row, from 1, and one without any value of the layout is blank.

    Held in memory at once: a page of each column as the file has it, and a batch of rows, unpacked.
    The count of the footer is what the rows that were read are held to.

    Raises:
        LandingFileError: damaged, encrypted, vast, or a column of the layout holds bytes instead of text.
    """

    def __init__(self, file: Path, layout: Layout, label: str) -> None:
        super().__init__(layout, label)
        self._path = file
        try:
            # Buffered and unmapped: a page at a time, and no crash when the file shrinks.
            self._file = pyarrow.parquet.ParquetFile(
                file, buffer_size=BUFFER_BYTES, pre_buffer=False, page_checksum_verification=True
            )
            schema = self._file.schema_arrow
            header = [name.strip() for name in schema.names]
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            raise _damaged(label) from None
        self.columns = match_columns(header, layout, label)
        _refuse_without_text(schema, self.columns.positions, label)
        metadata = self._file.metadata
        self.physical_records = metadata.num_rows
        unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
        if unpacked > MAX_UNPACKED_BYTES:
            raise LandingFileError(
                f"{label}: unpacks to more than {MAX_UNPACKED_BYTES} bytes. Deliver it in parts."
            )

    def batches(self) -> Iterator[Batch]:
        """Yield records in batches that are bounded by rows and by bytes."""
        line = 1
        with self._file:
            yield self._batch(self._file.schema_arrow.empty_table(), line)
            for table in self._tables():
                yield self._batch(table, line)
                line += table.num_rows
        if line - 1 != self.physical_records:
            raise ConservationError(
                f"{self.label}: {self.physical_records} rows by the footer, but {line - 1} read. The file is not "
                "loaded. Ask for a new export."
            )

    def _tables(self) -> Iterator[pa.Table]:
        """Gather what is read step by step."""
        gathered: list[pa.RecordBatch] = []
        for step in self._steps():
            gathered.append(step)
            rows = sum(batch.num_rows for batch in gathered)
            if rows >= BATCH_ROWS or sum(batch.nbytes for batch in gathered) >= BATCH_BYTES:
                yield pa.Table.from_batches(gathered)
                gathered = []
        if gathered:
            yield pa.Table.from_batches(gathered)

    def _steps(self) -> Iterator[pa.RecordBatch]:
        wanted = sorted({self._file.schema_arrow.names[at] for at in self.columns.positions.values()})
        try:
            steps = Steps(self._path, wanted, self.label)
            for group in range(self._file.num_row_groups):
                rows = min(BATCH_ROWS, steps.rows_at_once(group))
                for batch in self._file.iter_batches(rows, [group], wanted, use_threads=False):
                    yield _without_dictionaries(batch)
        except (pa.ArrowException, OSError):
            raise _damaged(self.label) from None

    def _batch(self, table: pa.Table, first_line: int) -> Batch:
        names, positions = self._file.schema_arrow.names, self.columns.positions
        columns = {
            name: self._text(table[names[positions[name]]], name)
            if name in positions
            else pa.nulls(len(table), pa.string())
            for name in self.layout.columns
        }
        lines = pa.array(range(first_line, first_line + len(table)), pa.int64())
        records = pa.table({"line": lines, **columns})
        faults = self._faults(table, records)
        batch = _without(records, faults) if faults else Batch(records, unparsed_table([], [], [], []))
        return self._without_blank(batch)

    def _without_blank(self, batch: Batch) -> Batch:
        """Leave out rows without a value, such as those that records were taken out of."""
        has_value = pa.chunked_array([pa.array(np.zeros(batch.records.num_rows, dtype=bool))])
        for name in self.columns.positions:
            has_value = pc.or_(has_value, batch.records[name].is_valid())
        filled = batch.records.filter(has_value)
        self.blank_records += batch.records.num_rows - filled.num_rows
        return Batch(filled, batch.unparsed)

    def _faults(self, table: pa.Table, records: pa.Table) -> dict[int, tuple[str, str]]:
        """Find rows with a value that is no text of a table: the row, from 0, with the rule and the reason."""
        faults: dict[int, tuple[str, str]] = {}
        for name, at in self.columns.positions.items():
            field = self._file.schema_arrow.field(at)
            header = self.columns.header[at]
            time_fault = (
                OUT_OF_RANGE_RULE,
                f"column {header!r} holds a date or time beyond calendar and clock",
            )
            without_time = _without_time(table[field.name], records[name])
            with_nul = pc.match_substring(records[name], r"\u0000" if types.is_nested(field.type) else "\0")
            for is_fault, fault in (
                (without_time, time_fault),
                (with_nul, (NUL_RULE, f"column {header!r} holds a NUL character: ask for a new export")),
            ):
                rows = pc.indices_nonzero(is_fault).to_pylist()
                faults = {**dict.fromkeys(rows, fault), **faults}
        return faults

    def _text(self, values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        kind = storage(values.type)
        try:
            text = as_text(values)
            text.validate(full=True)  # writers mark bytes of any encoding as text, and pyarrow believes them
        except (pa.ArrowInvalid, UnicodeDecodeError):
            header = self.columns.header[self.columns.positions[name]]
            raise LandingFileError(
                f"{self.label}: column {header!r} holds text that is not UTF-8. Write it as UTF-8."
            ) from None
        if types.is_floating(kind) or types.is_decimal(kind):
            text = with_mark(text, mark_of(self.layout.columns[name], self.layout))
        return text


def _without_dictionaries(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Unpack dictionaries that the file's Arrow schema asks for, so that a batch's bytes can be counted."""
    return pa.RecordBatch.from_arrays(
        [
            values.cast(values.type.value_type) if types.is_dictionary(values.type) else values
            for values in batch.columns
        ],
        names=batch.schema.names,
    )


def _without_time(values: pa.ChunkedArray, text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Tell where a date or time, in a nested value too, has no text."""
    kind = storage(values.type)
    if types.is_nested(kind):
        return pc.and_(values.is_valid(), text.is_null())
    if types.is_date(kind) or types.is_timestamp(kind) or types.is_time(kind):
        return pc.invert(pc.match_substring_regex(text, READABLE_TIME))
    return pa.chunked_array([pa.nulls(len(text), pa.bool_())])


def _without(records: pa.Table, faults: dict[int, tuple[str, str]]) -> Batch:
    """Set rows aside: by their number, from 0, with the rule and the reason."""
    broken = records.take(pa.array(faults, pa.int64()))
    is_sound = np.ones(len(records), dtype=bool)
    is_sound[list(faults)] = False
    unparsed = unparsed_table(
        broken["line"].to_pylist(),
        [json.dumps(values, ensure_ascii=False) for _, *values in map(dict.values, broken.to_pylist())],
        [rule for rule, _ in faults.values()],
        [reason for _, reason in faults.values()],
    )
    return Batch(records.filter(pa.array(is_sound)), unparsed)


def _refuse_without_text(schema: pa.Schema, positions: dict[str, int], label: str) -> None:
    for at in positions.values():
        if what := without_text(schema.field(at).type):
            raise LandingFileError(
                f"{label}: column {schema.field(at).name!r} holds {what}, not text. Write it as a string."
            )


def _damaged(label: str) -> LandingFileError:
    return LandingFileError(
        f"{label}: not a readable Parquet file: damaged, cut off or encrypted. Ask for a new export, complete."
    )
