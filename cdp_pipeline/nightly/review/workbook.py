"""The review queue as an XLSX workbook: a sheet that says how to use it, and the pairs. Every cell is text."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

PAIRS_SHEET = "Pairs"
LONGEST_CELL = 32_000
"""Excel takes 32,767 characters, and xlsxwriter leaves out a longer cell in silence."""

HOW_TO_USE = (
    "Which of these records are one person?",
    "",
    f"Each row of the sheet {PAIRS_SHEET} asks about two records, left and right. The first ones matter most.",
    "Write into the column decision: same (one person) or different (two people). Leave it empty if you cannot tell.",
    "reason: why, in a few words, without personal data. It stays on record. May be left empty.",
    "reviewer: who decided. Left empty, it is whoever reads the file in.",
    "",
    "Green values are the same on both sides. A side may be several records that are one person already.",
    "evidence: what spoke for one person (+) and against it (-). Each point more doubles the odds.",
    "Do not change other columns, the headers, or the names of the sheets. Rows may be removed or sorted.",
    "",
    "When done: save it as XLSX, then run  cdp link review --import FILE",
    "Decisions take effect with the next night, and are taken back with  cdp link decide --undo NUMBER",
    "",
    "This file holds personal data. Keep it where only reviewers can read it, and delete it when done.",
)

WIDTHS = {
    "decision": 12,
    "reason": 24,
    "reviewer": 12,
    "position": 8,
    "question": 44,
    "evidence": 48,
    "records": 10,
}
NARROW, WIDE = 14, 28
PAIRED = {"left_": "right_", "right_": "left_"}


def as_workbook(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return the bytes of a workbook with one row per pair.

    Args:
        columns: in order; `decision`, `reason` and `reviewer` are there to be filled in.
        rows: cells by column.
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        cover, sheet = book.add_worksheet("How to use"), book.add_worksheet(PAIRS_SHEET)
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        cover.set_column(0, 0, 110, wrapped)
        for number, line in enumerate(HOW_TO_USE):
            cover.write_string(number, 0, line, bold if number == 0 else wrapped)
        text = {"text_wrap": True, "valign": "top", "num_format": "@"}
        header = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
        _lay_out(sheet, columns, len(rows), book.add_format(text), header)
        filled_in = book.add_format({**text, "bg_color": "#FFF6D6"})
        agreeing = book.add_format({**text, "font_color": "#0B6E2D", "bold": True})
        for number, row in enumerate(rows, start=1):
            formats = [
                filled_in
                if name in {"decision", "reason", "reviewer"}
                else agreeing
                if _agrees(name, row)
                else None
                for name in columns
            ]
            _write_row(sheet, number, [row[name] for name in columns], formats)
    return stream.getvalue()


def _lay_out(sheet: Worksheet, columns: Sequence[str], rows: int, text: Format, header: Format) -> None:
    for position, name in enumerate(columns):
        width = WIDTHS.get(name, WIDE if name.startswith(("left_", "right_")) else NARROW)
        sheet.set_column(position, position, width, text)
        sheet.write_string(0, position, name, header)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, rows, len(columns) - 1)
    decision = columns.index("decision")
    choice = {
        "validate": "list",
        "source": ["same", "different"],
        "error_title": "Decision",
        "error_message": "Write same or different, or leave it empty.",
    }
    sheet.data_validation(1, decision, max(rows, 1), decision, choice)


def _write_row(sheet: Worksheet, number: int, cells: Sequence[str], formats: Sequence[Format | None]) -> None:
    """Write cells as text: `write` would make formulas, links and numbers of them."""
    for position, (cell, format_) in enumerate(zip(cells, formats, strict=True)):
        if cell:
            sheet.write_string(number, position, cell[:LONGEST_CELL], format_)
        elif format_:
            sheet.write_blank(number, position, None, format_)


def _agrees(name: str, row: Mapping[str, str]) -> bool:
    """Tell whether both sides have a value in common."""
    for own, other in PAIRED.items():
        if name.startswith(own):
            values = set(row[name].split("\n")) & set(row[other + name.removeprefix(own)].split("\n"))
            return bool(values - {""})
    return False
