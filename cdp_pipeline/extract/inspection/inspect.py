"""Inspecting one file: kind, writing, records, layouts that fit, and what each column holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import FileFormat, Layout
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.inspection.dialect import Dialect, detect_dialect
from cdp_pipeline.extract.inspection.fit import LayoutFit, rank_layouts
from cdp_pipeline.extract.inspection.meanings import NamedColumn, find_meanings, name_columns
from cdp_pipeline.extract.inspection.profile import ColumnProfile, profile_columns
from cdp_pipeline.extract.readers import open_reading
from cdp_pipeline.extract.readers.kinds import FileKind, kind_of

INSPECTED = "main.inspected"


@dataclass(frozen=True)
class Inspection:
    """What a file turned out to be.

    Attributes:
        label: its name, with `!member` for members of an archive.
        dialect: of delimited text.
        refusal: why its records cannot be read; then nothing is known of them.
        records: counted apart from the parser, without header and blank ones.
        unparsed: records that could not be taken apart, by rule.
        fits: layouts with anything in common, the best first.
        columns: the file's, in order; those whose header stands twice are left out.
        repeated_headers: headers that stand more than once, which no layout can name.
        profiles: of each column, by name.
        header_row: line or row of the header, where titles stand above it.
    """

    label: str
    kind: FileKind
    size_bytes: int
    dialect: Dialect | None
    refusal: str | None
    records: int
    blank_records: int
    unparsed: dict[str, int]
    fits: list[LayoutFit]
    columns: list[NamedColumn]
    repeated_headers: list[str]
    profiles: dict[str, ColumnProfile]
    header_row: int | None = None

    @property
    def best_fit(self) -> LayoutFit | None:
        """The layout that reads the file best, if one can."""
        return next((fit for fit in self.fits if fit.is_loadable), None)

    @property
    def header(self) -> list[str]:
        """Headers as the file has them."""
        return [column.header for column in self.columns]


def inspect_content(
    file: Path, label: str, layouts: Mapping[str, Layout], header_row: int | None = None
) -> Inspection:
    """Inspect a file on local disk, unpacked; every record is read.

    Args:
        header_row: line or row of the header; else the first that is not blank.

    Raises:
        LandingFileError: it is of a kind that nobody reads, or has no header.
    """
    kind = kind_of(file, label)
    dialect = _dialect_of(file, kind, layouts, header_row)
    reading_layout = layout_of_any(dialect, header_row)
    header = [name for name in open_reading(file, reading_layout, label).columns.header if name]
    named = name_columns([name for name in header if header.count(name) == 1])
    with Engine.open() as engine:
        counted = _load(engine, file, label, _layout_of(named, reading_layout.format))
        profiles = {} if counted.refusal else profile_columns(engine, INSPECTED, [c.name for c in named])
    return Inspection(
        label=label,
        kind=kind,
        size_bytes=file.stat().st_size,
        dialect=dialect,
        refusal=counted.refusal,
        records=counted.records,
        blank_records=counted.blank_records,
        unparsed=counted.unparsed,
        fits=rank_layouts(header, layouts),
        columns=find_meanings(named, profiles) if profiles else named,
        repeated_headers=sorted({name for name in header if header.count(name) > 1}),
        profiles=profiles,
        header_row=header_row,
    )


def recognise_layout(file: Path, label: str, layouts: Mapping[str, Layout]) -> str | None:
    """Name the layout that a file most likely follows, by its header alone; nothing where none convinces."""
    try:
        dialect = _dialect_of(file, kind_of(file, label), layouts)
        header = open_reading(file, layout_of_any(dialect), label).columns.header
    except LandingFileError:
        return None
    return next((fit.layout.layout for fit in rank_layouts(header, layouts) if fit.is_convincing), None)


def _dialect_of(
    file: Path, kind: FileKind, layouts: Mapping[str, Layout], header_row: int | None = None
) -> Dialect | None:
    spellings = {
        spelling
        for layout in layouts.values()
        for column in layout.columns.values()
        for spelling in (column.header, *column.aliases)
    }
    return detect_dialect(file, spellings, header_row) if kind is FileKind.DELIMITED else None


@dataclass(frozen=True)
class _Counted:
    refusal: str | None
    records: int = 0
    blank_records: int = 0
    unparsed: dict[str, int] = field(default_factory=dict)


def _load(engine: Engine, file: Path, label: str, layout: Layout) -> _Counted:
    """Read every record into the engine; a file that cannot be read on is told, not raised."""
    columns = ", ".join(f'"{name}" varchar' for name in layout.columns)
    engine.execute(f"create table {INSPECTED} (line bigint, {columns})")
    unparsed: list[pa.Table] = []
    try:
        reading = open_reading(file, layout, label)
        for batch in reading.batches():
            with engine.arrow_view(batch.records) as view:
                engine.execute(f"insert into {INSPECTED} from {view}")
            unparsed.append(batch.unparsed.select(["rule"]))
    except (LandingFileError, ConservationError) as error:
        return _Counted(str(error))
    rules: dict[str, int] = {}
    for table in unparsed:
        for entry in table["rule"].value_counts():
            rules[entry["values"].as_py()] = rules.get(entry["values"].as_py(), 0) + entry["counts"].as_py()
    blank = reading.blank_records
    return _Counted(None, reading.physical_records - blank, blank, rules)


def layout_of_any(dialect: Dialect | None, header_row: int | None = None) -> Layout:
    """Return a layout that lists no columns, to learn the header."""
    written = {"encoding": dialect.encoding, "delimiter": dialect.delimiter} if dialect else {}
    return _layout_of([], FileFormat.model_validate({**written, "header_row": header_row}))


def _layout_of(columns: list[NamedColumn], format_: FileFormat) -> Layout:
    """Return a layout that lists a file's own columns."""
    document = {
        "layout": "inspected",
        "title": "File under inspection",
        "description": "Its own columns, as text.",
        "documentation": "none",
        "key": ["file_name"],
        "facts_from_name": "(?P<file_name>.*)",
        "format": format_.model_dump(),
        "columns": {column.name: {"header": column.header} for column in columns},
    }
    return parse_contract(document, Layout, origin="cdp source inspect")
