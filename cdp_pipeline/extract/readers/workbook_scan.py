"""Looking through a workbook's XML before and apart from the parser: rows, extent, cells without a value.

The parser loads a sheet whole and as a rectangle, so a bomb has to be seen before; and it hands over error values
(#N/A) as empty cells. Rows counted here are what the rows that it hands over are held to.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree import ElementTree

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.archives import DAMAGED, Caps, Unpacking

MAX_CELLS = 10_000_000
"""Of the rectangle up to the last cell: the parser holds about 100 bytes for each, so 1 GB."""
WORKBOOK_CAPS = Caps(member_bytes=2**30, total_bytes=2 * 2**30, ratio=1_000)
"""Sheets are verbose and pack well; each part is held in memory at most once."""
MAX_INDEX_BYTES = 4 * 2**20
MAX_ELEMENT_BYTES = 64 * 2**20
"""Of one row or shared string."""

WORKBOOK_PART = "xl/workbook.xml"
STRINGS_PART = "xl/sharedStrings.xml"
STYLES_PART = "xl/styles.xml"
RELATIONS_PART = "xl/_rels/workbook.xml.rels"
WORKSHEET_RELATION = "/worksheet"
"""Ends the type of a sheet of cells, in either edition of the standard; chart sheets hold none."""
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
ROW_END = re.compile(rb"</(?:\w+:)?row>")
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
NUMBER = re.compile(rb'\br="(\d+)"')
USUAL_REFERENCE = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')
REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
BLANKS = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace())
"""Signs that leave a cell without a value: blanks, hard ones too, and line ends."""


def _blank_pattern() -> bytes:
    """Return a pattern of a blank sign as a workbook may write it: itself, by its number, or escaped by Excel."""
    spellings = [
        spelling
        for sign in BLANKS
        for spelling in (re.escape(sign), f"&#0*{ord(sign)};", f"&#x0*{ord(sign):x};", f"_x{ord(sign):04x}_")
    ]
    return f"(?i:{'|'.join(spellings)})".encode()


VALUE = re.compile(  # most values begin with a sign that begins no blank
    rb"<(?:\w+:)?[vt](?:\s[^>]*)?>(?:[0-9A-Za-z]|%(blank)b*+[^<])" % {b"blank": _blank_pattern()}
)
SHARED = re.compile(rb'\bt="s"')
SHARED_INDEX = re.compile(rb"<(?:\w+:)?v>\s*(\d+)")
STRING = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
STRING_END = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>")


@dataclass
class SheetScan:
    """What a scan of a sheet found; rows and columns count from 1.

    Attributes:
        row: at which the scan has arrived.
        filled_rows: numbers of the rows that hold a value, in their order.
        last_row: of them.
        last_column: of any cell in them.
        faulty_cells: columns of a row whose cells hold an error, or a formula without its result.
    """

    row: int = 0
    filled_rows: list[int] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0
    faulty_cells: dict[int, dict[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class SheetPart:
    """Where a sheet lies in the workbook."""

    name: str
    part: str
    is_visible: bool


def list_sheets(file: Path, label: str) -> list[SheetPart]:
    """List a workbook's sheets of cells in its order.

    Raises:
        LandingFileError: the workbook is damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            workbook = _parse_index(archive, WORKBOOK_PART, label)
            relations = _parse_index(archive, RELATIONS_PART, label)
    except (KeyError, *DAMAGED):
        raise damaged_workbook(label) from None
    targets = {
        relation.get("Id"): str(relation.get("Target"))
        for relation in relations
        if str(relation.get("Type")).endswith(WORKSHEET_RELATION)
    }
    return [
        SheetPart(
            name=str(element.get("name")),
            part=_part_name(targets[element.get(RELATION_ID)]),
            is_visible=element.get("state", "visible") == "visible",
        )
        for element in workbook.iter()
        if element.tag.endswith("}sheet") and element.get(RELATION_ID) in targets
    ]


def scan_sheet(file: Path, part: str, label: str) -> SheetScan:
    """Look through one sheet.

    Raises:
        LandingFileError: the sheet is damaged, a bomb, or larger than the parser may load.
    """
    unpacking = Unpacking(label, file.stat().st_size, WORKBOOK_CAPS)
    scan = SheetScan()
    try:
        with zipfile.ZipFile(file) as archive:
            blank_strings = _scan_strings(archive, unpacking, label)
            _exhaust(archive, STYLES_PART, unpacking, label)
            with archive.open(part) as stream:
                for text in _whole_elements(cast("BinaryIO", stream), ROW_END, unpacking, label):
                    _scan_rows(text, blank_strings, scan)
                    _refuse_vast(scan, label)
    except (KeyError, *DAMAGED):
        raise damaged_workbook(label) from None
    return scan


def damaged_workbook(label: str) -> LandingFileError:
    """Make the refusal of a workbook that does not hold together."""
    return LandingFileError(
        f"{label}: not a readable XLSX workbook: damaged or cut off. Open it and save it again, or ask for a new "
        "export."
    )


def _parse_index(archive: zipfile.ZipFile, part: str, label: str) -> ElementTree.Element:
    with archive.open(part) as stream:
        text = stream.read(MAX_INDEX_BYTES)
    if (
        len(text) == MAX_INDEX_BYTES or b"<!DOCTYPE" in text
    ):  # a list of sheets is short and defines no entities
        raise damaged_workbook(label)
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - no entities, see above
    except ElementTree.ParseError:
        raise damaged_workbook(label) from None


def _part_name(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def _scan_rows(text: bytes, blank_strings: frozenset[int], scan: SheetScan) -> None:
    may_hold_faults = b'"e"' in text or b"<f" in text or b":f" in text
    for row in ROW_END.split(text)[:-1]:
        references = USUAL_REFERENCE.findall(row)
        if len(references) != row.count(
            b"<c "
        ):  # written otherwise, or without references: look more closely
            references = _references(row, scan)
        scan.row = max({int(digits) for digits in {digits for _, digits in references}}, default=scan.row + 1)
        faulty = _faulty_cells(row) if may_hold_faults else {}
        if faulty:
            scan.faulty_cells[scan.row] = faulty
        if faulty or _holds_value(row, blank_strings):
            columns = map(column_number, {letters for letters, _ in references})
            scan.last_column = max([scan.last_column, *columns])
            scan.last_row = max(scan.last_row, scan.row)
            scan.filled_rows.append(scan.row)


def _references(row: bytes, scan: SheetScan) -> list[tuple[bytes, bytes]]:
    """Give every cell its reference; one without stands behind the one before, as does a row."""
    told = [NUMBER.search(attributes) for attributes in ROW.findall(row)]
    number = next((match[1] for match in reversed(told) if match), b"%d" % (scan.row + 1))
    references, column = [], 0
    for attributes, _ in CELL.findall(row):
        reference = REFERENCE.search(attributes)
        column = column_number(reference[1]) if reference else column + 1
        references.append((column_letters(column), reference[2] if reference else number))
    return references


def _holds_value(body: bytes, blank_strings: frozenset[int]) -> bool:
    if not VALUE.search(body):
        return False
    if not blank_strings:
        return True
    for attributes, inner in CELL.findall(body):
        if VALUE.search(inner):
            shared = SHARED.search(attributes) and SHARED_INDEX.search(inner)
            if not shared or int(shared[1]) not in blank_strings:
                return True
    return False


def _faulty_cells(body: bytes) -> dict[int, str]:
    """Find errors, and formulas that were never calculated; an empty text as result is none."""
    faulty, column = {}, 0
    for attributes, inner in CELL.findall(body):
        reference = REFERENCE.search(attributes)
        column = column_number(reference[1]) if reference else column + 1
        if b't="e"' in attributes:
            faulty[column] = "an error such as #N/A"
        elif (b"<f" in inner or b":f" in inner) and b't="str"' not in attributes and not VALUE.search(inner):
            faulty[column] = "a formula without its result"
    return faulty


@cache
def column_number(letters: bytes) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def column_letters(number: int) -> bytes:
    """Return A for 1, AA for 27."""
    letters = b""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = bytes([ord("A") + letter]) + letters
    return letters


def _refuse_vast(scan: SheetScan, label: str) -> None:
    if scan.last_row * scan.last_column > MAX_CELLS:
        raise LandingFileError(
            f"{label}: the sheet spans more than {MAX_CELLS} cells ({scan.last_row} rows by {scan.last_column} columns "
            "so far), and a sheet is held in memory. Remove stray cells, or deliver CSV or Parquet."
        )


def _scan_strings(archive: zipfile.ZipFile, unpacking: Unpacking, label: str) -> frozenset[int]:
    """Return the indices of shared strings without any visible character; a cell of such is an empty one."""
    if STRINGS_PART not in archive.NameToInfo:
        return frozenset()
    blank, index = set(), 0
    with archive.open(STRINGS_PART) as stream:
        for text in _whole_elements(cast("BinaryIO", stream), STRING_END, unpacking, label):
            for string in STRING.finditer(text):
                if not VALUE.search(string[1] or b""):
                    blank.add(index)
                index += 1
    return frozenset(blank)


def _exhaust(archive: zipfile.ZipFile, part: str, unpacking: Unpacking, label: str) -> None:
    if part in archive.NameToInfo:
        with archive.open(part) as stream:
            for _ in unpacking.pieces(cast("BinaryIO", stream), label):
                pass


def _whole_elements(
    stream: BinaryIO, end: re.Pattern[bytes], unpacking: Unpacking, label: str
) -> Iterator[bytes]:
    """Yield text that ends behind an element, so that no element is cut in two."""
    rest = b""
    for piece in unpacking.pieces(stream, label):
        rest += piece
        near_end = list(end.finditer(rest, max(0, len(rest) - len(piece) - 16)))
        if near_end:
            yield rest[: near_end[-1].end()]
            rest = rest[near_end[-1].end() :]
        if len(rest) > MAX_ELEMENT_BYTES:
            raise damaged_workbook(label)
    yield rest
