"""Taking rows out of a workbook: their cells go, and with them what the workbook keeps of them elsewhere.

Texts of cells stand in a list that all sheets share; a text that no remaining cell shows is emptied there, and keeps
its place. Notes and links of the rows go as well. Everything else stays byte by byte.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.archives import DAMAGED, Unpacking
from cdp_pipeline.extract.readers.workbook import choose_sheet
from cdp_pipeline.extract.readers.workbook_parts import STRINGS_PART, find_part, list_sheets
from cdp_pipeline.extract.readers.workbook_scan import WORKBOOK_CAPS
from cdp_pipeline.extract.readers.workbook_xml import damaged_workbook
from cdp_pipeline.extract.rewriting.records import Records
from cdp_pipeline.extract.rewriting.workbook_part import Element, PartEditor
from cdp_pipeline.extract.rewriting.zip_copy import copy_zip

Edited = dict[str, bytes]
ROW_OF_REFERENCE = re.compile(r"\$?[A-Z]+\$?([0-9]+)", re.IGNORECASE)
NOTES = ("/comments", "/threadedComment")
"""End the type of a relation to a part that holds what people wrote about cells."""


def write_workbook(source: Path, target: BinaryIO, layout: Layout, records: Records, label: str) -> None:
    """Copy a workbook without the cells of some rows of the sheet that is read.

    Raises:
        LandingFileError: it is damaged.
    """
    rows = frozenset(records.tolist())
    chosen = choose_sheet(source, layout, label).part
    try:
        with zipfile.ZipFile(source) as archive:
            unpacking = Unpacking(label, source.stat().st_size, WORKBOOK_CAPS)

            def part(name: str) -> bytes:
                with archive.open(name) as stream:
                    return b"".join(unpacking.pieces(cast("BinaryIO", stream), label))

            copy_zip(archive, target, _edited_parts(archive, part, chosen, rows, label))
    except (KeyError, *DAMAGED):
        raise damaged_workbook(label) from None


def _edited_parts(
    archive: zipfile.ZipFile, part: Callable[[str], bytes], chosen: str, rows: frozenset[int], label: str
) -> Edited:
    """Return the parts that change."""
    edited: Edited = {}
    shown: set[int] = set()
    for sheet in list_sheets(Path(str(archive.filename)), label):
        editor = _SheetEditor(part(sheet.part), rows if sheet.part == chosen else frozenset(), label)
        text = editor.edited()
        shown |= editor.shown_strings
        if sheet.part == chosen:
            edited[sheet.part] = text
            edited |= _edited_surroundings(archive, part, chosen, rows, editor.cut_relations, label)
    if strings := find_part(archive, STRINGS_PART, label):
        edited[strings] = _StringsEditor(part(strings), shown, label).edited()
    return edited


def _edited_surroundings(
    archive: zipfile.ZipFile,
    part: Callable[[str], bytes],
    sheet: str,
    rows: frozenset[int],
    cut: set[str],
    label: str,
) -> Edited:
    """Edit the sheet's links and the parts that hold notes about its cells."""
    folder, name = posixpath.split(sheet)
    relations = find_part(archive, f"{folder}/_rels/{name}.rels", label)
    if relations is None:
        return {}
    editor = _RelationsEditor(part(relations), cut, label)
    edited = {relations: editor.edited()}
    for target in editor.notes:
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        if found := find_part(archive, path, label):
            edited[found] = _NotesEditor(part(found), rows, label).edited()
    return edited


class _SheetEditor(PartEditor):
    """Empties rows, and cuts the links that stand on them.

    Attributes:
        shown_strings: indices of the shared texts that cells of other rows show.
        cut_relations: ids of the relations of the links that were cut.
    """

    def __init__(self, part: bytes, rows: frozenset[int], label: str) -> None:
        super().__init__(part, label)
        self.shown_strings: set[int] = set()
        self.cut_relations: set[str] = set()
        self._rows = rows
        self._row = 0
        self._value = ""
        self._has_other_links = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._row = int(attributes.get("r") or self._row + 1)
        elif name == "c":
            self._value = ""
        elif name == "hyperlinks":
            self._has_other_links = False

    def hear(self, element: Element) -> None:
        match element.name:
            case "v":
                self._value = element.text.strip()
            case "c" if element.attributes.get("t") == "s" and self._row not in self._rows:
                if self._value.isdigit():
                    self.shown_strings.add(int(self._value))
            case "row" if self._row in self._rows:
                self.replace(element.inner_start, element.inner_stop)
            case "hyperlink":
                self._hear_link(element)
            case "hyperlinks" if not self._has_other_links:
                self.replace(element.start, element.stop)  # the format knows no empty list of links
            case _:
                pass

    def _hear_link(self, element: Element) -> None:
        if _row_of(element.attributes) not in self._rows:
            self._has_other_links = True
            return
        self.replace(element.start, element.stop)
        ids = [value for name, value in element.attributes.items() if name.endswith(":id")]
        self.cut_relations.update(ids)


class _StringsEditor(PartEditor):
    """Empties shared texts that no cell shows."""

    def __init__(self, part: bytes, shown: set[int], label: str) -> None:
        super().__init__(part, label)
        self._shown = shown
        self._index = 0

    def hear(self, element: Element) -> None:
        if element.name == "si":
            if self._index not in self._shown:
                self.replace(
                    element.inner_start,
                    element.inner_stop,
                    f"<{element.prefix}t></{element.prefix}t>".encode(),
                )
            self._index += 1


class _RelationsEditor(PartEditor):
    """Cuts relations of links.

    Attributes:
        notes: targets of the parts that hold notes.
    """

    def __init__(self, part: bytes, cut: set[str], label: str) -> None:
        super().__init__(part, label)
        self.notes: list[str] = []
        self._cut = cut

    def hear(self, element: Element) -> None:
        if element.name != "Relationship":
            return
        if element.attributes.get("Id") in self._cut:
            self.replace(element.start, element.stop)
        elif element.attributes.get("Type", "").endswith(NOTES):
            self.notes.append(element.attributes.get("Target", ""))


class _NotesEditor(PartEditor):
    """Empties notes about cells of some rows."""

    def __init__(self, part: bytes, rows: frozenset[int], label: str) -> None:
        super().__init__(part, label)
        self._rows = rows

    def hear(self, element: Element) -> None:
        if element.name in {"comment", "threadedComment"} and _row_of(element.attributes) in self._rows:
            text = f"<{element.prefix}text></{element.prefix}text>".encode()
            self.replace(element.inner_start, element.inner_stop, text)


def _row_of(attributes: dict[str, str]) -> int:
    found = ROW_OF_REFERENCE.match(attributes.get("ref", ""))
    return int(found[1]) if found else 0
