"""Reading a file to its end by the reader of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.readers import open_reading


def people_layout(**changes: Any) -> Layout:
    """Two columns, the first one required."""
    document = {
        "layout": "people",
        "title": "People",
        "description": "Test layout.",
        "documentation": "none",
        "key": ["no"],
        "columns": {
            "no": {"header": "No", "is_required": True},
            "city": {"header": "City", "aliases": ["Ort"]},
        },
        **changes,
    }
    return parse_contract(document, Layout, origin="test")


@dataclass(frozen=True)
class ReadFile:
    """What a reader made of a file."""

    records: pa.Table
    unparsed: pa.Table
    physical_records: int
    blank_records: int
    unknown: list[str]
    missing: list[str]

    def rows(self) -> list[tuple[Any, ...]]:
        return list(zip(*self.records.to_pydict().values(), strict=True))

    def faults(self) -> list[tuple[int, str, str]]:
        faults = self.unparsed.to_pydict()
        return list(zip(faults["line"], faults["rule"], faults["reason"], strict=True))


def read_file(path: Path, layout: Layout | None = None) -> ReadFile:
    """Read a file by the layout, people's by default; records are conserved."""
    layout = layout or people_layout()
    reading = open_reading(path, layout, path.name)
    batches = list(reading.batches())
    records = pa.concat_tables(batch.records for batch in batches)
    unparsed = pa.concat_tables(batch.unparsed for batch in batches)
    assert reading.physical_records == records.num_rows + unparsed.num_rows + reading.blank_records
    return ReadFile(
        records,
        unparsed,
        reading.physical_records,
        reading.blank_records,
        reading.columns.unknown(),
        reading.columns.missing(layout),
    )
