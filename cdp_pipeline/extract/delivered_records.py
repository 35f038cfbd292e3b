"""Reading single records of delivered files whole, also the columns that no layout maps and the tables do not hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.contracts.layout import Layout, LayoutColumn
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import CdpError
from cdp_pipeline.extract.containers import opened
from cdp_pipeline.extract.deliveries import Delivery
from cdp_pipeline.extract.readers import library_errors_in_words, open_reading


def delivered_records(
    project: Project, delivery: Delivery, lines: Collection[int]
) -> list[dict[str, str | int]]:
    """Return records of a content that lies in the landing folder, by line: `line`, and each header with its value.

    Empty cells are left out. Of headers that stand there twice, the first is read.

    Raises:
        CdpError: the content has gone or cannot be read.
    """
    layout = project.reading(delivery.source_system, delivery.layout)
    wanted = pa.array(sorted(lines), pa.int64())
    with (
        opened(project, delivery.path, delivery.sha256) as content,
        library_errors_in_words(delivery.path),
    ):
        headers = _headers(content, layout, delivery.path)
        whole = layout.model_copy(
            update={"columns": {name: LayoutColumn(header=header) for name, header in headers.items()}}
        )
        return [
            {"line": row.pop("line")} | {headers[name]: value for name, value in row.items() if value}
            for batch in open_reading(content, whole, delivery.path).batches()
            for row in batch.records.filter(pc.is_in(batch.records["line"], wanted)).to_pylist()
        ]


def _headers(content: Path, layout: Layout, label: str) -> dict[str, str]:
    """Return the headers of a file by names of our own."""
    reading = open_reading(content, layout, label)
    next(iter(reading.batches()), None)
    return {f"column_{n}": header for n, header in enumerate(dict.fromkeys(reading.columns.header))}


def lying_records(
    project: Project, deliveries: Collection[Delivery], lines: dict[str, set[int]]
) -> Iterator[dict[str, str | int]]:
    """Yield the records of all contents that still lie there, with their file's id and path.

    What can't be read any more is passed over: its records stand in the tables.

    Args:
        lines: by file id.
    """
    for delivery in deliveries:
        if delivery.file_id in lines:
            try:
                found = delivered_records(project, delivery, lines[delivery.file_id])
            except CdpError:
                continue
            for row in found:
                yield {"file_id": delivery.file_id, "path": delivery.path, **row}
