"""Finding a workbook's sheets and the other parts that are loaded with them, as the parser that loads them does."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from cdp_pipeline.extract.archives import DAMAGED
from cdp_pipeline.extract.readers.workbook_xml import damaged_workbook

MAX_INDEX_BYTES = 4 * 2**20

WORKBOOK_PART = "xl/workbook.xml"
STRINGS_PART = "xl/sharedStrings.xml"
STYLES_PART = "xl/styles.xml"
RELATIONS_PART = "xl/_rels/workbook.xml.rels"
WORKSHEET_RELATION = "/worksheet"
"""Ends the type of a sheet of cells, in either edition of the standard; chart sheets hold none."""


@dataclass(frozen=True)
class SheetPart:
    """Where a sheet lies in the workbook."""

    name: str
    part: str
    is_visible: bool


def list_sheets(file: Path, label: str) -> list[SheetPart]:
    """List a workbook's sheets of cells in its order.

    Raises:
        LandingFileError: the workbook is damaged, or two of its sheets or parts bear one name, so that another than
            the one looked through could be loaded.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            sheets = [
                element
                for element in _parse_index(archive, WORKBOOK_PART, label).iter()
                if _local_name(element.tag) == "sheet"
            ]
            relations = list(_parse_index(archive, RELATIONS_PART, label))
            _refuse_twice([str(sheet.get("name")) for sheet in sheets], label)
            _refuse_twice([str(relation.get("Id")) for relation in relations], label)
            targets = {
                relation.get("Id"): _part_name(str(relation.get("Target")))
                for relation in relations
                if str(relation.get("Type")).endswith(WORKSHEET_RELATION)
            }
            return [
                SheetPart(
                    name=str(sheet.get("name")),
                    part=find_part(archive, targets[relation], label) or targets[relation],
                    is_visible=sheet.get("state", "visible") == "visible",
                )
                for sheet in sheets
                if (relation := _relation_of(sheet, label)) in targets
            ]
    except (KeyError, *DAMAGED):
        raise damaged_workbook(label) from None


def find_part(archive: zipfile.ZipFile, part: str, label: str) -> str | None:
    """Return under which name a part lies in the archive: upper case and backslashes mean the same.

    Raises:
        LandingFileError: it lies there twice.
    """
    found = [name for name in archive.namelist() if name.replace("\\", "/").lower() == part.lower()]
    if len(found) > 1:
        raise damaged_workbook(label)
    return found[0] if found else None


def _parse_index(archive: zipfile.ZipFile, part: str, label: str) -> ElementTree.Element:
    with archive.open(find_part(archive, part, label) or part) as stream:
        text = stream.read(MAX_INDEX_BYTES)
    # A list of sheets is short, and defines no entities.
    if len(text) == MAX_INDEX_BYTES or b"<!DOCTYPE" in text:
        raise damaged_workbook(label)
    try:
        return ElementTree.fromstring(text, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314 - no entities, see above
    except ElementTree.ParseError:
        raise damaged_workbook(label) from None


def _relation_of(sheet: ElementTree.Element, label: str) -> str | None:
    """Return the id of a sheet's relation; each edition of the standard has a namespace of its own for it."""
    relations = [value for name, value in sheet.attrib.items() if name.endswith("}id")]
    if len(relations) > 1:
        raise damaged_workbook(label)
    return relations[0] if relations else None


def _refuse_twice(names: list[str], label: str) -> None:
    if len(set(names)) < len(names):
        raise damaged_workbook(label)


def _local_name(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _part_name(target: str) -> str:
    """Return the name of a part, which is told from the root or from the workbook's folder."""
    if target.startswith(("/", "xl/")):
        return target.lstrip("/")
    return posixpath.normpath(f"xl/{target}")
