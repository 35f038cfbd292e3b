"""Reading an XLSX workbook: one sheet, its first row that holds anything as header, values as people would type them.

A layout may name another row as header, below titles. python-calamine loads a sheet whole; `workbook_scan` looks first
whether it may, and counts the rows apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.readers.columns import match_columns
from cdp_pipeline.extract.readers.delimited import RAGGED_RULE
from cdp_pipeline.extract.readers.plain_text import POINT, mark_of, plain_duration, plain_number
from cdp_pipeline.extract.readers.reading import Batch, FileReading, unparsed_table
from cdp_pipeline.extract.readers.workbook_parts import SheetPart, list_sheets
from cdp_pipeline.extract.readers.workbook_scan import column_letters, scan_sheet
from cdp_pipeline.extract.readers.workbook_xml import damaged_workbook

CELL_ERROR_RULE = "cell_error"
BATCH_ROWS = 16_384
EXACT_BELOW = 2**53
"""Whole numbers are kept to the last digit: ids that other programs wrote may have 16."""
DIGITS_SHOWN = 15
"""Of a number in Excel; what a file has beyond them (19.990000000000002) is the noise of binary fractions."""

Cell = Any  # what calamine makes of a cell: str, float, bool, date, datetime, time, timedelta
NumberedRow = tuple[int, list[Cell]]


class WorkbookReading(FileReading):
    """One sheet of an XLSX workbook; the line of a record is its row in the sheet.

    Raises:
        LandingFileError: damaged, vast, no such sheet, or an empty one.
    """

    def __init__(self, file: Path, layout: Layout, label: str) -> None:
        super().__init__(layout, label)
        sheet = choose_sheet(file, layout, label)
        self._scan = scan_sheet(file, sheet.part, label)
        self._sheet = _load_sheet(file, sheet.name, label)
        self._rows = self._numbered_rows()
        first = layout.format.header_row or 1
        header = next((row for row in self._rows if row[0] >= first and not _is_blank(row[1])), None)
        if header is None:
            raise _without_header(layout, sheet.name, label)
        self._header_row, names = header
        self.columns = match_columns(_trimmed([_as_text(name).strip() for name in names]), layout, label)
        self.physical_records = self._scan.last_row - self._header_row

    def _numbered_rows(self) -> Iterator[NumberedRow]:
        """Yield rows with their numbers; calamine hands over the rows from the sheet's first on."""
        return enumerate(self._sheet.iter_rows(), start=1)

    def batches(self) -> Iterator[Batch]:
        """Yield records in batches of equal size."""
        taken = 0
        yield self._batch([])
        while rows := list(islice(self._rows, BATCH_ROWS)):
            filled = [row for row in rows if row[0] in self._scan.faulty_cells or not _is_blank(row[1])]
            taken += len(filled)
            yield self._batch(filled)
        counted = sum(1 for row in self._scan.filled_rows if row > self._header_row)
        if taken != counted:
            raise ConservationError(
                f"{self.label}: {counted} rows that hold something counted, but {taken} read. The file is not loaded. "
                "Open it and save it again, or deliver CSV."
            )
        self.blank_records = self.physical_records - counted

    def _batch(self, rows: list[NumberedRow]) -> Batch:
        faults = [self._fault(row) for row in rows]
        sound = [row for row, fault in zip(rows, faults, strict=True) if fault is None]
        broken = [(row, *fault) for row, fault in zip(rows, faults, strict=True) if fault is not None]
        columns = {name: self._column(name, sound) for name in self.layout.columns}
        return Batch(
            pa.table({"line": pa.array([number for number, _ in sound], pa.int64()), **columns}),
            unparsed_table(
                [number for (number, _), _, _ in broken],
                [
                    json.dumps([_as_text(cell) for cell in cells], ensure_ascii=False)
                    for (_, cells), _, _ in broken
                ],
                [rule for _, rule, _ in broken],
                [reason for _, _, reason in broken],
            ),
        )

    def _column(self, name: str, rows: list[NumberedRow]) -> pa.Array:
        position = self.columns.positions.get(name)
        if position is None:
            return pa.nulls(len(rows), pa.string())
        mark = mark_of(self.layout.columns[name], self.layout)
        return pa.array([_as_text(cells[position], mark) for _, cells in rows], pa.string())

    def _fault(self, row: NumberedRow) -> tuple[str, str] | None:
        """Name the rule and the column of a value that is lacking, or that stands behind the last header.

        Errors in columns that the layout does not list don't matter.
        """
        number, cells = row
        width, first_column = len(self.columns.header), (self._sheet.start or (0, 0))[1] + 1
        faulty = self._scan.faulty_cells.get(number, {})
        for position in self.columns.positions.values() if faulty else ():
            if what := faulty.get(first_column + position):
                return CELL_ERROR_RULE, f"column {self.columns.header[position]!r} holds {what}"
        for position, cell in enumerate(cells[width:], start=width):
            if not _is_blank([cell]):
                letters = column_letters(first_column + position)
                return RAGGED_RULE, f"a value in column {letters}, which has no header"
        return None


def _without_header(layout: Layout, sheet: str, label: str) -> LandingFileError:
    row = layout.format.header_row
    if row:
        return LandingFileError(
            f"{label}: sheet {sheet!r} ends before row {row}, where its header should stand. Correct "
            f"`format.header_row` in config/layouts/{layout.layout}.yml."
        )
    return LandingFileError(f"{label}: sheet {sheet!r} is empty: not even a header. Ask for a new export.")


def first_rows(file: Path, layout: Layout, label: str, count: int) -> list[tuple[int, list[str]]]:
    """Return the sheet's first rows that hold anything, with their numbers: for finding which of them is the header.

    Raises:
        LandingFileError: as WorkbookReading.
    """
    sheet = choose_sheet(file, layout, label)
    scan_sheet(file, sheet.part, label)
    rows = enumerate(_load_sheet(file, sheet.name, label).iter_rows(), start=1)
    filled = ((number, [_as_text(cell) for cell in cells]) for number, cells in rows if not _is_blank(cells))
    return list(islice(filled, count))


def choose_sheet(file: Path, layout: Layout, label: str) -> SheetPart:
    """Return the sheet that the layout names, or the first that is visible.

    Raises:
        LandingFileError: there is none, or the workbook is damaged.
    """
    sheets = list_sheets(file, label)
    wanted = layout.format.sheet
    found = [sheet for sheet in sheets if (sheet.name == wanted if wanted else sheet.is_visible)]
    if not found:
        if not wanted:
            raise LandingFileError(f"{label}: has no visible sheet of cells. Name one as `format.sheet`.")
        names = ", ".join(repr(sheet.name) for sheet in sheets)
        raise LandingFileError(
            f"{label}: has no sheet {wanted!r}, only {names}. Correct `format.sheet` of the source or of "
            f"config/layouts/{layout.layout}.yml."
        )
    return found[0]


def _load_sheet(file: Path, name: str, label: str) -> CalamineSheet:
    try:
        with CalamineWorkbook.from_path(file) as workbook:
            return workbook.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError):
        raise damaged_workbook(label) from None


def _is_blank(cells: list[Cell]) -> bool:
    return not any(cell.strip() if isinstance(cell, str) else True for cell in cells)


def _trimmed(names: list[str]) -> list[str]:
    """Leave out columns behind the last header."""
    while names and not names[-1]:
        names.pop()
    return names


def _as_text(cell: Cell, mark: str = POINT) -> str:
    """Write a cell: numbers as shown, in full and without `.0`, dates and times as ISO, true and false."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case float():
            if cell.is_integer() and abs(cell) < EXACT_BELOW:
                return str(int(cell))
            return plain_number(f"{cell:.{DIGITS_SHOWN}g}").replace(POINT, mark)
        case datetime():
            return cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return plain_duration(cell)
        case _:
            return str(cell)
