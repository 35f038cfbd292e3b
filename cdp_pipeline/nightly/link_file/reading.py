"""Reading a stranger's file: every column as text, with the line or row of each record."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.containers import Content, content_as_file, contents_of
from cdp_pipeline.extract.inspection import Inspection, inspect_content
from cdp_pipeline.extract.inspection.columns import format_of
from cdp_pipeline.extract.readers import library_errors_in_words, open_reading
from cdp_pipeline.extract.readers.columns import LOOKS_LIKE_DATA
from cdp_pipeline.extract.readers.delimited import RAGGED_RULE


@dataclass(frozen=True)
class GivenFile:
    """A file as it came.

    Attributes:
        label: its path, for messages.
        stem: its name without folder and suffixes.
        inspection: its columns and what they hold.
        layout: its own columns, all text, as the file writes them.
        records: `line`, and each column as delivered; columns whose header stands twice are left out.
    """

    label: str
    stem: str
    inspection: Inspection
    layout: Layout
    records: pa.Table


def read_file(project: Project, source: Path) -> GivenFile:
    """Read the file whole.

    Raises:
        LandingFileError: it cannot be read, has no header, or a line is no record; the message names the line.
    """
    if not source.is_file():
        raise LandingFileError(f"{source}: the file does not exist.")
    with tempfile.TemporaryDirectory(prefix="cdp-link-") as folder:
        content = _only_content(source)
        with (
            content_as_file(source, content.member, content.label, content.sha256, Path(folder)) as file,
            library_errors_in_words(content.label),
        ):
            inspection = inspect_content(file, content.label, project.layouts)
            _refuse_missing_header(inspection)
            layout = own_layout(inspection, {})
            records = _read_strictly(file, layout, content.label)
    return GivenFile(content.label, source.name.partition(".")[0], inspection, layout, records)


def own_layout(inspection: Inspection, formats: dict[str, tuple[str, ...]]) -> Layout:
    """Return a layout of the file's own columns.

    Args:
        formats: of the columns that hold dates, by name; all others are text.
    """
    columns = {
        column.name: {"header": column.header}
        | (
            {"type": "date", "formats": list(formats[column.name]), "misfit": "warning"}
            if column.name in formats
            else {}
        )
        for column in inspection.columns
    }
    document = {
        "layout": "linked",
        "title": "File to link",
        "description": "Its own columns.",
        "documentation": "none",
        "key": ["file_name"],
        "facts_from_name": "(?P<file_name>.*)",
        "format": format_of(inspection),
        "columns": columns,
    }
    return parse_contract(document, Layout, origin="cdp link")


def _only_content(source: Path) -> Content:
    """Return what the file holds, whether or not it is packed.

    Raises:
        LandingFileError: it cannot be unpacked, or is an archive of several files.
    """
    contents = list(contents_of(source, str(source)))
    if len(contents) > 1:
        raise LandingFileError(f"{source}: holds {len(contents)} files. Give one of them.")
    if contents[0].refused_because:
        raise LandingFileError(contents[0].refused_because)
    return contents[0]


def _refuse_missing_header(inspection: Inspection) -> None:
    looks = [bool(LOOKS_LIKE_DATA.search(header)) for header in inspection.header]
    if sum(looks) * 3 > len(looks):
        raise LandingFileError(
            f"{inspection.label}: its first line looks like data, not like a header. Put a line with the columns' "
            "names above it."
        )


def _read_strictly(file: Path, layout: Layout, label: str) -> pa.Table:
    batches = list(open_reading(file, layout, label).batches())
    for batch in batches:
        if batch.unparsed.num_rows:
            fault = batch.unparsed.slice(0, 1).to_pylist()[0]
            says = "has" if fault["rule"] == RAGGED_RULE else "is no record:"
            raise LandingFileError(f"{label}: line {fault['line']} {says} {fault['reason']}. Correct it.")
    return pa.concat_tables(batch.records for batch in batches)
