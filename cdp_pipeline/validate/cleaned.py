"""Delivered text in one form: trimmed, without spreadsheet guards, blanks as null."""

from __future__ import annotations

from cdp_pipeline.contracts.layout import Layout


def cleaned(layout: Layout) -> str:
    """Select raw records with text trimmed, spreadsheet guards stripped and blanks as null."""
    columns = ", ".join(cleaned_text(name, layout) for name in layout.column_names)
    return f"select source_system, file_id, line, {columns} from extract.raw_{layout.layout}"


def cleaned_text(name: str, layout: Layout) -> str:
    """Return the SQL that trims a delivered column, strips spreadsheet guards and makes blanks null."""
    text = f"trim({name}, ' \t\u00a0')"
    if layout.format.spreadsheet_guard:
        text = f"regexp_replace({text}, '^''+', '')"
    return f"nullif({text}, '') as {name}"
