"""Looking through a workbook before and apart from the parser that loads a sheet: rows, extent, cells without a value.

That parser, python-calamine, takes every place and count in the file at its word, loads a sheet whole and as a
rectangle, and hands over error values (#N/A) as empty cells. So a bomb has to be seen before, and the rows counted
here are what the rows that it hands over are held to.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.archives import DAMAGED, Caps, Unpacking
from cdp_pipeline.extract.readers.workbook_parts import STRINGS_PART, STYLES_PART, find_part
from cdp_pipeline.extract.readers.workbook_xml import PartReader, damaged_workbook, local_name

MAX_CELLS = 10_000_000
"""Of the rectangle up to the last cell: the parser holds about 100 bytes for each, so 1 GB."""
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
"""Of any sheet; its last cell is XFD1048576."""
WORKBOOK_CAPS = Caps(member_bytes=2**30, total_bytes=2 * 2**30, ratio=1_000)
"""Sheets are verbose and pack well."""

ROW_NUMBER = re.compile("[1-9][0-9]{0,6}")
PARENTS = {"row": "sheetData", "c": "row", "v": "c", "f": "c", "is": "c"}
CONTENTS = {"v", "f", "is"}
INLINE_TYPES = {"inlineStr", "is"}
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
"""How Excel writes signs that XML cannot hold."""


@dataclass
class SheetScan:
    """What a scan of a sheet found; rows and columns count from 1.

    Attributes:
        filled_rows: numbers of the rows that hold a value, in their order.
        faulty_cells: columns of a row whose cells hold an error, or a formula without its result.
        reached_row: last row with a cell that the parser may take for filled, blanks among them.
        reached_column: last column of such a cell.
    """

    filled_rows: list[int] = field(default_factory=list)
    faulty_cells: dict[int, dict[int, str]] = field(default_factory=dict)
    reached_row: int = 0
    reached_column: int = 0

    @property
    def last_row(self) -> int:
        """Last row that holds a value; 0 in an empty sheet."""
        return self.filled_rows[-1] if self.filled_rows else 0


def scan_sheet(file: Path, part: str, label: str) -> SheetScan:
    """Look through one sheet, and through all else that is loaded with it.

    Raises:
        LandingFileError: the workbook is damaged, a bomb, or larger than the parser may load; or a row or cell
            says a place that is none, is not in its row, or is taken.
    """
    unpacking = Unpacking(label, file.stat().st_size, WORKBOOK_CAPS)
    try:
        with zipfile.ZipFile(file) as archive:
            strings = _StringsReader(label)
            if found := find_part(archive, STRINGS_PART, label):
                strings.read(archive, found, unpacking)
            _unpack_styles(archive, unpacking, label)
            sheet = _SheetReader(strings, label)
            sheet.read(archive, part, unpacking)
    except (KeyError, *DAMAGED):
        raise damaged_workbook(label) from None
    return sheet.scan


@cache
def column_numbers() -> dict[str, int]:
    """Return the number of each column that there is: 1 for A, 27 for AA."""
    return {column_letters(number): number for number in range(1, MAX_COLUMNS + 1)}


def column_letters(number: int) -> str:
    """Return A for 1, AA for 27."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _unpack_styles(archive: zipfile.ZipFile, unpacking: Unpacking, label: str) -> None:
    """Unpack styles for the caps alone: the parser reads them all."""
    if found := find_part(archive, STYLES_PART, label):
        with archive.open(found) as stream:
            for _ in unpacking.pieces(cast("BinaryIO", stream), label):
                pass


def _is_blank(text: str) -> bool:
    """Tell whether a person would see nothing: blanks, hard ones too, and line ends, escaped ones as well."""
    visible = text.strip()
    if "_x" in visible:
        visible = ESCAPED.sub(lambda found: chr(int(found[1], 16)), visible).strip()
    return not visible


class _StringsReader(PartReader):
    """Finds shared strings without any visible sign; a cell of such a string is an empty one.

    Attributes:
        blank: their indices.
        count: of all strings so far.
    """

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.blank: set[int] = set()
        self.count = 0
        self._is_blank = True

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.around.append(local_name(name))
        self.pieces.clear()
        if (
            self.around[-1] == "sst"
            and (count := attributes.get("uniqueCount", "")).isdigit()
            and int(count) > MAX_CELLS
        ):
            self.refuse()  # the parser would set memory aside for as many

    def end(self, _: str) -> None:
        name = self.around.pop()
        if name == "t" and self.around[-1] != "rPh":  # how a text is spoken is not part of it
            self._is_blank = self._is_blank and _is_blank("".join(self.pieces))
        elif name == "si":
            if self._is_blank:
                self.blank.add(self.count)
            self.count += 1
            self._is_blank = True
        self.pieces.clear()


class _SheetReader(PartReader):
    """Finds out which rows of a sheet are filled, and how far.

    Cells and rows may leave out where they stand: behind the one before.

    Attributes:
        scan: what was found so far.
    """

    def __init__(self, strings: _StringsReader, label: str) -> None:
        super().__init__(label)
        self.scan = SheetScan()
        self._strings = strings
        self._columns = column_numbers()
        self._is_in_data = self._is_behind_data = False
        self._row, self._row_digits, self._is_filled = 0, "0", False
        self._column, self._taken_columns = 0, set[int]()
        self._type: str | None = None
        self._content = self._text = ""
        self._has_formula = False

    def check_bounds(self, tag_bytes: int) -> None:
        super().check_bounds(tag_bytes)
        if self.scan.reached_row * self.scan.reached_column > MAX_CELLS:
            raise LandingFileError(
                f"{self.label}: the sheet spans more than {MAX_CELLS} cells ({self.scan.reached_row} rows by "
                f"{self.scan.reached_column} columns so far), and a sheet is held in memory. Remove stray cells, or "
                "deliver CSV or Parquet."
            )

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        name = local_name(name)
        parent = self.around[-1]
        self.around.append(name)
        if not self._is_in_data:  # the parser reads the first `sheetData` and nothing behind it
            self._is_in_data = name == "sheetData" and not self._is_behind_data
        elif PARENTS.get(name, parent) != parent:
            self.refuse()
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._begin_row(attributes)
        elif name in CONTENTS:
            self._begin_content(name)
        elif name == "t":
            self.pieces.clear()

    def end(self, _: str) -> None:
        name = self.around.pop()
        if not self._is_in_data:
            return
        if name == "v":
            self._text = "".join(self.pieces)
        elif name == "c":
            self._end_cell()
        elif name == "t" and self.around[-1] != "rPh":
            self._text += "".join(self.pieces)
        elif name == "row" and self._is_filled:
            self.scan.filled_rows.append(self._row)
        elif name == "sheetData":
            self._is_in_data, self._is_behind_data = False, True

    def _begin_row(self, attributes: dict[str, str]) -> None:
        digits = attributes.get("r", str(self._row + 1))
        row = int(digits) if ROW_NUMBER.fullmatch(digits) else 0
        if not self._row < row <= MAX_ROWS:
            self.refuse()
        self._row, self._row_digits, self._is_filled = row, digits, False
        self._column = 0
        self._taken_columns.clear()

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        """Note where the cell stands: in its row, where no other stands, or the file is damaged."""
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        elif reference.endswith(self._row_digits):
            self._column = self._columns.get(reference[: -len(self._row_digits)], 0)
        else:
            self.refuse()
        if not 0 < self._column <= MAX_COLUMNS or self._column in self._taken_columns:
            self.refuse()
        self._taken_columns.add(self._column)
        self._type = attributes.get("t")
        self._content = self._text = ""
        self._has_formula = False

    def _begin_content(self, name: str) -> None:
        """Of several values the parser keeps the last, even an empty one; inline text may stand behind a copy."""
        is_behind_copy = name == "is" and self._content == "v" and self._type in INLINE_TYPES
        if self._content and not is_behind_copy:
            self.refuse()
        self.pieces.clear()
        if name == "f":
            self._has_formula = True
        else:
            self._content, self._text = name, ""

    def _end_cell(self) -> None:
        self.pieces.clear()
        if self._type == "e" or self._has_formula:
            self._note_fault()
        if self._content:
            self._refuse_unreadable_value()
            self._note_reach()
            self._is_filled = self._is_filled or self._holds_value()

    def _note_fault(self) -> None:
        fault = "an error such as #N/A" if self._type == "e" else "a formula without its result"
        if self._type == "e" or (self._type != "str" and _is_blank(self._text)):
            self.scan.faulty_cells.setdefault(self._row, {})[self._column] = fault
            self._note_reach()
            self._is_filled = True

    def _note_reach(self) -> None:
        self.scan.reached_row = self._row
        self.scan.reached_column = max(self.scan.reached_column, self._column)

    def _refuse_unreadable_value(self) -> None:
        """Refuse what the parser takes for another value: a wrong index for 0, a copy alone for nothing."""
        if self._type == "s" and self._text:
            is_index = self._text.isascii() and self._text.isdigit() and int(self._text) < self._strings.count
            if not is_index:
                self.refuse()
        elif self._content == "v" and self._type in INLINE_TYPES:
            self.refuse()

    def _holds_value(self) -> bool:
        if self._type == "s" and self._text:
            return int(self._text) not in self._strings.blank
        return not _is_blank(self._text)
