"""Delivered text in one form: trimmed, without spreadsheet guards, nothing as null, typed values written alike.

What does not fit its column's type keeps its text, so that the type's expectation finds it: nothing is guessed.
Every expression asks first whether there is anything to do, since most text is clean as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.validate.typed_text import date_text, decimal_text, integer_text, timestamp_text

RECORD = ("source_system", "file_id", "line")
"""What names a raw record, beside the layout's columns."""

BLANKS = r"\s\x{a0}\x{2009}\x{202f}\x{feff}"


def cleaned(project: Project, layout: Layout, files: str) -> str:
    """Select raw records of a layout as clean text, those of each source read by its own format.

    Grain: one row per raw record: source_system, file_id, line and the layout's columns.

    Args:
        files: SQL that names the files whose records are wanted, as `file_id`; cleaning others would cost as much.
    """
    readings = {
        source.source: project.reading(source.source, layout.layout)
        for source, _ in project.deliveries_of(layout.layout)
    }
    relation = f"(from extract.raw_{layout.layout} semi join ({files}) using (file_id))"
    return cleaned_from(relation, layout, kept=RECORD, readings=readings)


def cleaned_from(
    relation: str,
    layout: Layout,
    *,
    kept: Iterable[str],
    names: Iterable[str] | None = None,
    readings: Mapping[str, Layout] | None = None,
    read_by: str = "source_system",
) -> str:
    """Select a relation's records as clean text, in one scan.

    Args:
        kept: columns beside the layout's, which stay as they are.
        names: the layout's columns that are wanted; else all.
        readings: how the layout is written, by the text in column `read_by`; others write it as the layout says.
    """
    wanted = list(names or layout.column_names)

    def as_written(expression: Callable[[str, Layout], str], name: str) -> str:
        usual = expression(name, layout)
        own = {text: expression(name, reading) for text, reading in (readings or {}).items()}
        cases = "".join(f" when {quote_literal(t)} then {sql}" for t, sql in own.items() if sql != usual)
        return f"case {read_by}{cases} else {usual} end" if cases else usual

    def select(expression: Callable[[str, Layout], str], origin: str) -> str:
        columns = [f"{as_written(expression, name)} as {name}" for name in wanted]
        return f"select {', '.join([*kept, *columns])} from {origin}"

    return select(_typed, f"({select(_trimmed, relation)})")


def _trimmed(name: str, layout: Layout) -> str:
    """Trim, strip guards (an apostrophe in front, or `="00123"`), make blanks and the format's `nulls` null.

    Text that begins and ends with a plain sign is left alone: DuckDB's trim costs ten times the look at both ends.
    """
    if layout.format.spreadsheet_guard:
        shape = rf"""(?s)^[{BLANKS}\x27]*(?:="(.*)"|(.*?))[{BLANKS}]*\z"""
    else:
        shape = rf"(?s)^[{BLANKS}]*(.*?)[{BLANKS}]*()\z"
    begins_plainly = f"ascii({name}) between 40 and 126 and ascii({name}) <> 61"  # beyond ' and =
    ends_plainly = f"{name}[-1] between '!' and '~'"
    text = (
        f"case when {name} = '' then null when {begins_plainly} and {ends_plainly} then {name}"
        f" else nullif(regexp_replace({name}, {quote_literal(shape)}, '\\1\\2'), '') end"
    )
    for null in layout.format.nulls:
        text = f"nullif({text}, {quote_literal(null)})"
    return text


def _typed(name: str, layout: Layout) -> str:
    """Write a typed value in its one form; facts from the file's name are text."""
    column = layout.columns.get(name)
    match column.type if column else ColumnType.TEXT:
        case ColumnType.INTEGER:
            return integer_text(name, layout.format.decimal_mark)
        case ColumnType.DECIMAL:
            return decimal_text(name, layout.format.decimal_mark)
        case ColumnType.DATE:
            return date_text(name, _formats(layout, name) or layout.format.date_formats)
        case ColumnType.TIMESTAMP:
            return timestamp_text(name, _formats(layout, name) or layout.format.timestamp_formats)
    return name


def _formats(layout: Layout, name: str) -> list[str]:
    return layout.columns[name].formats
