"""Machine files for platforms: exact headers, untouched values, the same bytes for the same rows."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.activate.file_query import compose_header, compose_lines
from cdp_pipeline.contracts.activation import Activation
from cdp_pipeline.night import Night


@dataclass(frozen=True)
class WrittenFile:
    """What the manifest says of one file.

    Attributes:
        rows: people in the file; the header does not count.
        columns: headers in order, repeated ones included.
    """

    name: str
    activation: str
    rows: int
    bytes: int
    sha256: str
    columns: tuple[str, ...]


def write_activation_files(night: Night, folder: Path) -> list[WrittenFile]:
    """Write one file per activation into `folder`, from `activation_row` and `profile_form`.

    UTF-8 without byte order mark; cells are quoted only when they must be; rows in the order of
    customer_id; mode 0600. Values are never changed for the sake of spreadsheets: a guard before `+49…`
    would break every phone number. An audience without anyone gives a file with a header alone.

    Raises:
        FileExistsError: a file of that name is there already; nights never write into each other.
    """
    return [_write_file(night, activation, folder) for activation in night.project.activations.values()]


def file_name(night: Night, activation: Activation) -> str:
    """Name a file after segment, destination and business date."""
    return f"{activation.segment}-{activation.destination}-{night.business_date.isoformat()}.csv"


def _write_file(night: Night, activation: Activation, folder: Path) -> WrittenFile:
    destination = night.project.destinations[activation.destination]
    lines = night.engine.fetch_arrow(compose_lines(activation, destination))
    name, digest, size = file_name(night, activation), hashlib.sha256(), 0
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for part in (compose_header(destination), *_bytes_of(lines.column("line"))):
            digest.update(part)
            size += file.write(part)
    headers = tuple(column.header for column in destination.columns)
    return WrittenFile(name, activation.activation, lines.num_rows, size, digest.hexdigest(), headers)


def _bytes_of(lines: pa.ChunkedArray) -> Iterator[pa.Buffer]:
    """Yield the text of all lines, as it lies in Arrow's buffers: no copy, no loop over rows."""
    for chunk in lines.cast(pa.large_string()).chunks:
        if len(chunk):
            _, offsets, data = chunk.buffers()
            bounds = memoryview(offsets).cast("q")
            yield data.slice(bounds[chunk.offset], bounds[chunk.offset + len(chunk)] - bounds[chunk.offset])
