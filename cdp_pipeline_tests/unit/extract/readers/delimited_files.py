"""Reading a file's bytes to the end, for tests."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.readers.delimited import BLOCK_BYTES, DelimitedReading


def members(**changes: object) -> Layout:
    """A layout of two columns; the first is required."""
    document = {
        "layout": "members",
        "title": "Members",
        "description": "Test layout.",
        "documentation": "none",
        "key": ["member_no"],
        "columns": {
            "member_no": {"header": "Member No", "is_required": True},
            "city": {"header": "City", "aliases": ["Ort", "Town"]},
        },
        **changes,
    }
    return parse_contract(document, Layout, origin="test")


@dataclass(frozen=True)
class Parsed:
    """A file read to its end."""

    records: pa.Table
    unparsed: pa.Table
    physical_records: int
    blank_records: int
    unknown_columns: list[str]
    missing_columns: list[str]

    @property
    def rows(self) -> list[tuple[object, ...]]:
        """Line, then the values."""
        return [tuple(row.values()) for row in self.records.to_pylist()]


def read_delimited(content: bytes, layout: Layout | None = None, block_bytes: int = BLOCK_BYTES) -> Parsed:
    """Read `f.csv` and hold the reading to what is asked of all: each record is loaded, set aside or blank."""
    layout = layout or members()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "f.csv"
        file.write_bytes(content)
        reading = DelimitedReading(file, layout, "f.csv", block_bytes)
        batches = list(reading.batches())
    parsed = Parsed(
        pa.concat_tables(batch.records for batch in batches),
        pa.concat_tables(batch.unparsed for batch in batches),
        reading.physical_records,
        reading.blank_records,
        reading.columns.unknown(),
        reading.columns.missing(layout),
    )
    accounted = parsed.records.num_rows + parsed.unparsed.num_rows + parsed.blank_records
    assert accounted == parsed.physical_records
    parsed.records.validate(full=True)
    return parsed
