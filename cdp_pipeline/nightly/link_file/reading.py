"""Reading a stranger's file: every column as text, with the line or row of each record."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
from cdp_pipeline.extract.inspection.header_row import find_header_row
from cdp_pipeline.extract.readers import library_errors_in_words, open_reading
from cdp_pipeline.extract.readers.columns import LOOKS_LIKE_DATA
from cdp_pipeline.extract.readers.delimited import RAGGED_RULE

SAY_THE_HEADER = "If the columns' names stand further down, say where: --header-row N"

SAVE_AGAIN = "save it again in the program that wrote it"
REMEDIES_OF_A_NIGHT = (
    (r"ask for a new export(, complete| with LF line ends)?", SAVE_AGAIN),
    (r"Correct `format.header_row` in config/layouts/\S+\.yml", "Give --header-row another number"),
    (r"Correct `format.encoding` in config/layouts/\S+\.yml", "Save it as UTF-8"),
    (r",? or set `format[^`]*` in config/layouts/\S+\.yml(, or for this source)?", ""),
)
"""What a night advises about a delivered file, and what helps somebody with a file of their own."""


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


def read_file(project: Project, source: Path, header_row: int | None = None) -> GivenFile:
    """Read the file whole.

    Args:
        header_row: line or row of the header; without it titles above the header are found.

    Raises:
        LandingFileError: it cannot be read, has no header, or a line is no record; the message names the line.
    """
    _refuse_no_file(source)
    with _remedies_for_own_files():
        return _read(project, source, header_row)


def _refuse_no_file(source: Path) -> None:
    if source.is_dir():
        raise LandingFileError(f"{source}: is a folder. Name the files in it: {source / '*.csv'}.")
    if not source.is_file():
        raise LandingFileError(f"{source}: the file does not exist.")


@contextmanager
def _remedies_for_own_files() -> Iterator[None]:
    try:
        yield
    except LandingFileError as error:
        raise LandingFileError(_reworded(str(error))) from None


def _reworded(message: str) -> str:
    for pattern, remedy in REMEDIES_OF_A_NIGHT:
        message = re.sub(pattern, remedy, message, flags=re.IGNORECASE)
    return re.sub(rf"(?<=[.] ){SAVE_AGAIN}", SAVE_AGAIN.capitalize(), message)


def _read(project: Project, source: Path, header_row: int | None) -> GivenFile:
    with tempfile.TemporaryDirectory(prefix="cdp-link-") as folder:
        content = _only_content(source)
        with (
            content_as_file(source, content.member, content.label, content.sha256, Path(folder)) as file,
            library_errors_in_words(content.label),
        ):
            row = header_row or find_header_row(file, content.label)
            inspection = inspect_content(file, content.label, project.layouts, row)
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
            f"{inspection.label}: {_header_line(inspection)} looks like data, not like a header. Put a line with the "
            f"columns' names above it. {SAY_THE_HEADER}."
        )


def _header_line(inspection: Inspection) -> str:
    return f"its row {inspection.header_row}" if inspection.header_row else "its first line"


def _read_strictly(file: Path, layout: Layout, label: str) -> pa.Table:
    batches = list(open_reading(file, layout, label).batches())
    for batch in batches:
        if batch.unparsed.num_rows:
            fault = batch.unparsed.slice(0, 1).to_pylist()[0]
            says = "has" if fault["rule"] == RAGGED_RULE else "is no record:"
            remedy = f" {SAY_THE_HEADER}." if fault["rule"] == RAGGED_RULE else ""
            raise LandingFileError(
                f"{label}: line {fault['line']} {says} {fault['reason']}. Correct it.{remedy}"
            )
    return pa.concat_tables(batch.records for batch in batches)
