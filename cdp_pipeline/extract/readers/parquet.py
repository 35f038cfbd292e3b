"""Reading Parquet: typed columns as the text that a CSV export of the same table would hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from pyarrow import types

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.readers.columns import match_columns
from cdp_pipeline.extract.readers.plain_text import mark_of, plain_numbers, with_mark, without_empty_fraction
from cdp_pipeline.extract.readers.reading import Batch, FileReading, unparsed_table

BATCH_ROWS = 32_768
BUFFER_BYTES = 2**20
MAX_UNPACKED_BYTES = 64 * 2**30
"""As the footer tells: a few kilobytes of repeated values can claim billions of rows."""

OUT_OF_RANGE_RULE = "time_out_of_range"
# pyarrow writes words in place of times beyond its own years, and nonsense for some.
READABLE_TIME = r"^(?:\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d|$)|\d\d:\d\d:\d\d)"


class ParquetReading(FileReading):
    """A Parquet file; the line of a record is its row, from 1.

    The count of the footer is what the rows that were read are held to.

    Raises:
        LandingFileError: damaged, encrypted, vast, or a column of the layout holds bytes instead of text.
    """

    def __init__(self, file: Path, layout: Layout, label: str) -> None:
        super().__init__(layout, label)
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
        _refuse_bytes(schema, self.columns.positions, label)
        metadata = self._file.metadata
        self.physical_records = metadata.num_rows
        unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
        if unpacked > MAX_UNPACKED_BYTES:
            raise LandingFileError(
                f"{label}: unpacks to more than {MAX_UNPACKED_BYTES} bytes. Deliver it in parts."
            )

    def batches(self) -> Iterator[Batch]:
        """Yield records in batches of equal size."""
        line = 1
        with self._file:
            yield self._batch(self._file.schema_arrow.empty_table(), line)
            for batch in self._record_batches():
                yield self._batch(pa.Table.from_batches([batch]), line)
                line += batch.num_rows
        if line - 1 != self.physical_records:
            raise ConservationError(
                f"{self.label}: {self.physical_records} rows by the footer, but {line - 1} read. The file is not "
                "loaded. Ask for a new export."
            )

    def _record_batches(self) -> Iterator[pa.RecordBatch]:
        wanted = sorted({self._file.schema_arrow.names[at] for at in self.columns.positions.values()})
        try:
            yield from self._file.iter_batches(batch_size=BATCH_ROWS, columns=wanted, use_threads=False)
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
        faults = self._faults(records)
        return _without(records, faults) if faults else Batch(records, unparsed_table([], [], [], []))

    def _faults(self, records: pa.Table) -> dict[int, str]:
        """Find rows with a date or time that has no text: the row, from 0, and the reason."""
        faults: dict[int, str] = {}
        for name, at in self.columns.positions.items():
            kind = _storage(self._file.schema_arrow.field(at).type)
            if types.is_date(kind) or types.is_timestamp(kind) or types.is_time(kind):
                is_fault = pc.invert(pc.match_substring_regex(records[name], READABLE_TIME))
                reason = f"column {self.columns.header[at]!r} holds a date or time beyond calendar and clock"
                rows = pc.indices_nonzero(is_fault).to_pylist()
                faults = {**dict.fromkeys(rows, reason), **faults}
        return faults

    def _text(self, values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        kind = _storage(values.type)
        text = as_text(values)
        if types.is_floating(kind) or types.is_decimal(kind):
            text = with_mark(text, mark_of(self.layout.columns[name], self.layout))
        try:
            text.validate(full=True)  # writers mark bytes of any encoding as text, and pyarrow believes them
        except pa.ArrowInvalid:
            header = self.columns.header[self.columns.positions[name]]
            raise LandingFileError(
                f"{self.label}: column {header!r} holds text that is not UTF-8. Write it as UTF-8."
            ) from None
        return text


def _without(records: pa.Table, faults: dict[int, str]) -> Batch:
    """Set rows aside: by their number, from 0, and the reason."""
    broken = records.take(pa.array(faults, pa.int64()))
    is_sound = np.ones(len(records), dtype=bool)
    is_sound[list(faults)] = False
    unparsed = unparsed_table(
        broken["line"].to_pylist(),
        [json.dumps(values, ensure_ascii=False) for _, *values in map(dict.values, broken.to_pylist())],
        [OUT_OF_RANGE_RULE] * len(faults),
        list(faults.values()),
    )
    return Batch(records.filter(pa.array(is_sound)), unparsed)


def _refuse_bytes(schema: pa.Schema, positions: dict[str, int], label: str) -> None:
    for at in positions.values():
        kind = _storage(schema.field(at).type)
        if _is_bytes(kind) or types.is_duration(kind):
            what = "durations" if types.is_duration(kind) else "bytes"
            raise LandingFileError(
                f"{label}: column {schema.field(at).name!r} holds {what}, not text. Write it as a string."
            )


def _is_bytes(kind: pa.DataType) -> bool:
    kinds = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view)
    return any(is_kind(kind) for is_kind in kinds)


def _storage(kind: pa.DataType) -> pa.DataType:
    """Look through dictionaries and extension types, UUIDs apart: those have a text of their own."""
    if types.is_dictionary(kind):
        return _storage(kind.value_type)
    if isinstance(kind, pa.UuidType):
        return pa.string()
    return _storage(kind.storage_type) if isinstance(kind, pa.BaseExtensionType) else kind


def as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write typed values as text: ISO dates and times, plain numbers, nested values as compact JSON.

    Times keep their zone where they have one; whole floats have no fraction, no number has an exponent.
    """
    kind = values.type
    if types.is_dictionary(kind):
        return as_text(values.cast(kind.value_type))
    if isinstance(kind, pa.UuidType) or types.is_nested(kind):
        return _each_as_text(values)
    if isinstance(kind, pa.BaseExtensionType):
        return as_text(values.cast(kind.storage_type))
    if types.is_float16(kind):
        return as_text(values.cast(pa.float32()))
    text = values.cast(pa.string())
    if types.is_floating(kind) or types.is_decimal(kind):
        return plain_numbers(text)
    if types.is_timestamp(kind) or types.is_time(kind):
        return without_empty_fraction(text)
    return text


def _each_as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    # No kernel writes nested values; layouts hardly ever want them.
    try:
        rows = values.to_pylist(maps_as_pydicts="strict")
    except KeyError:  # a key stands twice in a map: as pairs, nothing is lost
        rows = values.to_pylist()
    return pa.chunked_array([pa.array([None if row is None else _nested(row) for row in rows], pa.string())])


def _nested(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)


def _damaged(label: str) -> LandingFileError:
    return LandingFileError(
        f"{label}: not a readable Parquet file: damaged, cut off or encrypted. Ask for a new export, complete."
    )
