"""Workbooks that are made to break the parser, or that it reads otherwise than they are meant."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.archives import Caps
from cdp_pipeline.extract.readers import workbook_scan, workbook_xml
from cdp_pipeline.extract.readers.workbook_parts import list_sheets
from cdp_pipeline.extract.readers.workbook_scan import scan_sheet
from cdp_pipeline_tests.unit.extract.readers.read_files import read_file
from cdp_pipeline_tests.unit.extract.readers.test_workbook import rewrite, write_book, write_rows

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
DAMAGED = r"people\.xlsx: not a readable XLSX workbook: damaged or cut off"
GIGABYTE = 2**30


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Rows 1 to 3: No and City, 1 and 77, 2 and 78; its strings are No, City."""
    rows: list[list[Any]] = [["No", "City"], [1, 77], [2, 78]]
    return write_book(tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, rows))


def replaced(book: Path, old: str, new: str, part: str = SHEET) -> Path:
    def change(xml: str) -> str:
        assert old in xml
        return xml.replace(old, new)

    rewrite(book, part, change)
    return book


@pytest.mark.parametrize(
    "reference",
    [
        'r="B4000000000"',
        "r='XFD1048576'",
        'r="xfd1048576"',
        'r="b3"',
        'r="B3"',
        'r="B12"',
        'r="A2"',
        'r="XFE2"',
        'r="B02"',
        'r="$B$2"',
        'r="B"',
        'r="2"',
        'r=""',
        'r=" B2"',
        'r="B2&#50;"',
    ],
)
def test_a_cell_that_does_not_stand_in_its_row_is_refused(book: Path, reference: str) -> None:
    replaced(book, 'r="B2"', reference)
    with pytest.raises(LandingFileError, match=DAMAGED):  # scanned only: the parser would end the process
        scan_sheet(book, SHEET, book.name)


@pytest.mark.parametrize("number", ["2", "1", "0", "1048577", "x", "", "4000000000", " 3"])
def test_a_row_that_does_not_stand_behind_the_one_before_is_refused(book: Path, number: str) -> None:
    for place, instead in (('<row r="3"', f'<row r="{number}"'), (' r="A3"', ""), (' r="B3"', "")):
        replaced(book, place, instead)
    with pytest.raises(LandingFileError, match=DAMAGED):
        scan_sheet(book, SHEET, book.name)


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, 'r="B2"', 'r="B4000000000"'),
        (STRINGS, 'uniqueCount="2"', 'uniqueCount="9999999999"'),
    ],
)
def test_numbers_that_the_parser_takes_at_their_word_do_not_end_the_process(
    book: Path, part: str, old: str, new: str
) -> None:
    replaced(book, old, new, part)
    reading = (
        "import sys, pathlib\n"
        "from cdp_pipeline.errors import LandingFileError\n"
        "from cdp_pipeline_tests.unit.extract.readers.read_files import read_file\n"
        "try: read_file(pathlib.Path(sys.argv[1]))\n"
        "except LandingFileError as error: print(error)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", reading, str(book)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * GIGABYTE, 4 * GIGABYTE)),
    )
    assert child.returncode == 0, child.stderr[-500:]
    assert "not a readable XLSX workbook" in child.stdout


def test_a_blank_far_away_is_refused_like_a_value(tmp_path: Path) -> None:
    def fill(_: Any, sheet: Any) -> None:
        write_rows(sheet, [["No"], [1]])
        sheet.write("XFD1048576", " ")

    book = write_book(tmp_path / "people.xlsx", fill)
    with pytest.raises(LandingFileError, match="spans more than 10000000 cells"):
        scan_sheet(book, SHEET, book.name)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><v>7<!-- -->7</v></c>',
        '<c r="B2"><v><![CDATA[77]]></v></c>',
        '<c r="B2"><v>77</v><v></v></c>',
        '<c r="B2"><v>77</v><f>1+1</f></c>',
        '<c r="B2" t="s"><v> 1 </v></c>',
        '<c r="B2" t="s"><v>2</v></c>',
        '<c r="B2" t="s"><v>99999999999999999999</v></c>',
        '<c r="B2" t="inlineStr"><v>77</v></c>',
        '<c r="B2"><c r="C2"><v>77</v></c></c>',
        '<c r="B2" r="C2"><v>77</v></c>',
    ],
)
def test_a_value_that_the_parser_would_lose_or_change_is_refused(book: Path, cell: str) -> None:
    replaced(book, '<c r="B2"><v>77</v></c>', cell)
    with pytest.raises(LandingFileError, match=DAMAGED):
        read_file(book)


@pytest.mark.parametrize(
    "cell",
    [
        "<c r='B2'><v>77</v></c>",
        '<c  s="0"\n r = "B2"><v>77</v></c>',
        "<c><v>77</v></c>",
        '<c r="B2" t="inlineStr"><is><t>77</t></is></c>',
        '<c r="B2" t="inlineStr"><v>77</v><is><r><t>7</t></r><r><t>7</t></r></is></c>',
        '<c r="B2"><f>70+7</f><v>77</v></c>',
        '<!-- <c r="C9"> --><c r="B2"><v>77</v></c>',
    ],
)
def test_a_value_loads_however_its_cell_is_written(book: Path, cell: str) -> None:
    replaced(book, '<c r="B2"><v>77</v></c>', cell)
    assert read_file(book).rows() == [(2, "1", "77"), (3, "2", "78")]


def test_tags_may_have_a_prefix(book: Path) -> None:
    def prefixed(xml: str) -> str:
        return (
            xml.replace("<", "<x:")
            .replace("<x:/", "</x:")
            .replace("<x:?", "<?")
            .replace("xmlns=", "xmlns:x=")
        )

    rewrite(book, SHEET, prefixed)
    rewrite(book, STRINGS, prefixed)
    assert read_file(book).rows() == [(2, "1", "77"), (3, "2", "78")]


def test_cells_of_a_row_may_stand_in_any_order(book: Path) -> None:
    replaced(
        book, '<c r="A2"><v>1</v></c><c r="B2"><v>77</v></c>', '<c r="B2"><v>77</v></c><c r="A2"><v>1</v></c>'
    )
    assert read_file(book).rows() == [(2, "1", "77"), (3, "2", "78")]


def test_how_a_text_is_spoken_is_not_part_of_it(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["No", "City"], [1, "Tokyo"], ["spoken", None]]
    book = write_book(tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, rows))
    spoken = '<rPh sb="0" eb="1"><t>x</t></rPh>'
    replaced(book, "<t>Tokyo</t>", f"<t>Tokyo</t>{spoken}", STRINGS)
    replaced(book, "<t>spoken</t>", spoken, STRINGS)
    parsed = read_file(book)
    assert (parsed.rows(), parsed.blank_records) == ([(2, "1", "Tokyo")], 0)


@pytest.mark.parametrize(
    ("part", "close", "tag"),
    [(SHEET, "</row></sheetData>", "<c >"), (STRINGS, "</sst>", "<si>"), (SHEET, "</sheetData>", "<row ")],
)
def test_tags_that_are_never_closed_cost_no_time(book: Path, part: str, close: str, tag: str) -> None:
    replaced(book, close, tag * 200_000 + close, part)
    began = time.process_time()
    with pytest.raises(LandingFileError, match=DAMAGED):
        scan_sheet(book, SHEET, book.name)
    assert time.process_time() - began < 3


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET, STRINGS])
def test_a_part_that_defines_entities_is_refused(book: Path, part: str) -> None:
    defined = '?>\n<!DOCTYPE x [<!ENTITY City "Bonn">]>'
    rewrite(book, part, lambda xml: xml.replace("?>", defined, 1))
    with pytest.raises(LandingFileError, match=DAMAGED):
        read_file(book)


def test_tags_hidden_in_another_encoding_are_not_looked_over(book: Path) -> None:
    with zipfile.ZipFile(book) as archive:
        hidden = archive.read(SHEET).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    rewrite(book, SHEET, lambda _: "placeholder")
    with zipfile.ZipFile(book) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[SHEET] = hidden.encode("utf-16")
    with zipfile.ZipFile(book, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(LandingFileError, match=DAMAGED):
        scan_sheet(book, SHEET, book.name)


@pytest.mark.parametrize(
    ("bound", "old", "new"),
    [
        ("MAX_TAG_BYTES", '<c r="B2">', f'<c r="B2" x="{"x" * 3 * 2**20}">'),
        ("MAX_VALUE_CHARACTERS", "<v>77</v>", f"<v>{'7' * 3 * 2**20}</v>"),
    ],
)
def test_what_would_fill_memory_is_refused_while_it_is_read(
    book: Path, bound: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(book, old, new)
    scan_sheet(book, SHEET, book.name)
    monkeypatch.setattr(workbook_xml, bound, 1_000)
    with pytest.raises(LandingFileError, match=DAMAGED):
        scan_sheet(book, SHEET, book.name)


def test_elements_in_elements_without_end_are_refused_while_they_are_read(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = 500_000
    replaced(book, "</sheetData>", f"</sheetData>{'<x>' * depth}{'</x>' * depth}")
    with pytest.raises(LandingFileError, match=DAMAGED):
        scan_sheet(book, SHEET, book.name)
    monkeypatch.setattr(workbook_xml, "MAX_DEPTH", 2 * depth)
    scan_sheet(book, SHEET, book.name)


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/Styles.xml"])
def test_styles_are_unpacked_for_the_caps(book: Path, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(book) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = parts.pop("xl/styles.xml") + b" " * 5 * 10**6
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    monkeypatch.setattr(workbook_scan, "WORKBOOK_CAPS", Caps(member_bytes=10**6))
    with pytest.raises(LandingFileError, match="unpacks to more than 1000000 bytes"):
        read_file(book)


def with_second_part(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr("XL/Worksheets/Sheet1.xml", "<worksheet/>")


def with_second_sheet(book: Path) -> None:
    replaced(book, "<sheets>", '<sheets><sheet name="People" sheetId="9" state="hidden"/>', "xl/workbook.xml")


def with_second_relation(book: Path) -> None:
    relations = "xl/_rels/workbook.xml.rels"
    replaced(book, "</Relationships>", '<Relationship Id="rId1" Target="a.xml"/></Relationships>', relations)


@pytest.mark.parametrize("change", [with_second_part, with_second_sheet, with_second_relation])
def test_a_name_that_stands_twice_is_refused_for_the_other_one_could_be_loaded(
    book: Path, change: Callable[[Path], None]
) -> None:
    change(book)
    with pytest.raises(LandingFileError, match=DAMAGED):
        list_sheets(book, book.name)
