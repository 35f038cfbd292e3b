"""Reading XLSX workbooks."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.archives import Caps
from cdp_pipeline.extract.readers import open_reading, workbook, workbook_scan
from cdp_pipeline_tests.unit.extract.readers.read_files import ReadFile, people_layout, read_file

DAY = dt.datetime(2026, 5, 1)  # noqa: DTZ001 - spreadsheets know no zones


def write_book(path: Path, fill: Callable[[Any, Worksheet], object], **sheets: list[list[Any]]) -> Path:
    """Write a workbook whose first sheet is filled by hand and further ones with rows."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        fill(book, book.add_worksheet("People"))
        for name, rows in sheets.items():
            write_rows(book.add_worksheet(name), rows)
    return path


def write_rows(sheet: Worksheet, rows: list[list[Any]], first_row: int = 0, first_column: int = 0) -> None:
    for number, row in enumerate(rows):
        sheet.write_row(first_row + number, first_column, row)


def read_rows(tmp_path: Path, rows: list[list[Any]]) -> ReadFile:
    return read_file(write_book(tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, rows)))


def rewrite(path: Path, part: str, change: Callable[[str], str]) -> None:
    """Change the XML of one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("007", "007"),
        (" a\nb ", " a\nb "),
        (1067, "1067"),
        (4915112345678, "4915112345678"),
        (1e20, "100000000000000000000"),
        (0.00000012, "0.00000012"),
        (12.5, "12.5"),
        (-3, "-3"),
        (True, "true"),
        (False, "false"),
        ("=1+1", "=1+1"),
        (None, ""),
    ],
)
def test_values_are_written_as_a_person_would_type_them(tmp_path: Path, value: Any, text: str) -> None:
    assert read_rows(tmp_path, [["No", "City"], ["1", value]]).rows() == [(2, "1", text)]


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        (DAY, "dd.mm.yyyy", "2026-05-01"),
        (DAY.replace(hour=9, minute=30), "dd.mm.yyyy hh:mm", "2026-05-01 09:30:00"),
        (dt.time(9, 30), "hh:mm", "09:30:00"),
        (dt.timedelta(hours=30), "[h]:mm:ss", "30:00:00"),
        (dt.timedelta(hours=1, minutes=2, seconds=3.5), "[h]:mm:ss.0", "01:02:03.5"),
        (dt.timedelta(hours=-1, minutes=-30), "[h]:mm:ss", "-01:30:00"),
        (1067, "00000", "1067"),
    ],
)
def test_dates_and_times_are_iso_however_they_are_shown(
    tmp_path: Path, value: Any, shown_as: str, text: str
) -> None:
    def fill(book: Any, sheet: Worksheet) -> None:
        write_rows(sheet, [["No", "City"], ["1"]])
        sheet.write(1, 1, value, book.add_format({"num_format": shown_as}))

    assert read_file(write_book(tmp_path / "people.xlsx", fill)).rows() == [(2, "1", text)]


def test_the_first_row_that_holds_anything_is_the_header_wherever_it_stands(tmp_path: Path) -> None:
    def fill(_: Any, sheet: Worksheet) -> None:
        write_rows(sheet, [["City", None, "No"], ["Bonn", "x", 1]], first_row=3, first_column=2)

    parsed = read_file(write_book(tmp_path / "people.xlsx", fill))
    assert parsed.rows() == [(5, "1", "Bonn")]
    assert parsed.unknown == ["column 2"]


def test_rows_without_values_are_blank_records_and_lines_are_rows_of_the_sheet(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Worksheet) -> None:
        write_rows(sheet, [["No", "City"], [1], [], ["", " "], [2]])
        sheet.write_blank(5, 1, None, book.add_format({"bold": True}))
        sheet.merge_range(6, 0, 7, 1, "merged")

    parsed = read_file(write_book(tmp_path / "people.xlsx", fill))
    assert parsed.rows() == [(2, "1", ""), (5, "2", ""), (7, "merged", "")]
    assert (parsed.physical_records, parsed.blank_records) == (6, 3)


@pytest.mark.parametrize(
    "blank", ["\u00a0", "\u3000 ", "&#160;", "&#xA0;&#10;", "_x000D_", " \u2009_x00a0_"], ids=ascii
)
def test_a_row_of_hard_blanks_is_blank_however_they_are_written(tmp_path: Path, blank: str) -> None:
    rows: list[list[Any]] = [["No", "City"], [1, "Bonn"], ["blank", "blank"], [2, "Ulm"]]
    path = write_book(tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, rows))
    rewrite(path, "xl/sharedStrings.xml", lambda xml: xml.replace("<t>blank</t>", f"<t>{blank}</t>"))
    parsed = read_file(path)
    assert parsed.rows() == [(2, "1", "Bonn"), (4, "2", "Ulm")]
    assert parsed.blank_records == 1


def test_hard_blanks_beside_text_are_part_of_it(tmp_path: Path) -> None:
    assert read_rows(tmp_path, [["No", "City"], ["\u00a0", "\u00a0Bonn"]]).rows() == [
        (2, "\u00a0", "\u00a0Bonn")
    ]


def test_a_value_behind_the_last_header_sets_its_record_aside(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["No", "City"], ["1", "Bonn", None, "stray"], ["2", "Ulm", "", " "]]
    parsed = read_rows(tmp_path, rows)
    assert parsed.rows() == [(3, "2", "Ulm")]
    assert parsed.faults() == [(2, "field_count", "a value in column D, which has no header")]
    assert parsed.unparsed["raw_record"].to_pylist() == ['["1", "Bonn", "", "stray"]']


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("19.990000000000002", "19.99"),
        ("0.30000000000000004", "0.3"),
        ("2.9999999999999996", "3"),
        ("1.2345678901234567E-7", "0.000000123456789012346"),
        ("1234567890.1234567", "1234567890.12346"),
        ("1234567890123456", "1234567890123456"),
        ("9.9999999999999999E+22", "100000000000000000000000"),
    ],
)
def test_fractions_are_written_with_the_digits_that_excel_shows(
    tmp_path: Path, stored: str, text: str
) -> None:
    path = write_book(
        tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, [["No", "City"], ["1", 77]])
    )
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<v>77</v>", f"<v>{stored}</v>"))
    assert read_file(path).rows() == [(2, "1", text)]


def test_a_chart_sheet_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        chart = book.add_chart({"type": "column"})
        book.add_chartsheet("Chart").set_chart(chart)
        write_rows(book.add_worksheet("People"), [["No"], [7]])
        chart.add_series({"values": "=People!$A$2:$A$2"})
    assert read_file(path).rows() == [(2, "7", None)]
    with pytest.raises(LandingFileError, match="has no sheet 'Chart', only 'People'"):
        read_file(path, people_layout(format={"sheet": "Chart"}))


def test_error_values_and_formulas_without_a_result_are_set_aside(tmp_path: Path) -> None:
    def fill(_: Any, sheet: Worksheet) -> None:
        write_rows(sheet, [["No", "City", "Note"], [1, "Bonn"], [2], [3], [4], [5]])
        sheet.write_formula("B3", "=NA()", None, "#N/A")
        sheet.write_formula("B4", "=A4", None, "")
        sheet.write_formula("C5", "=1/0", None, "#DIV/0!")
        sheet.write_formula("B6", '=""', None, "")

    path = write_book(tmp_path / "people.xlsx", fill)
    # As spreadsheet programs write an empty text as result; B4 stays as libraries write what they don't calculate.
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace('<c r="B6"', '<c r="B6" t="str"'))
    parsed = read_file(path)
    assert parsed.rows() == [(2, "1", "Bonn"), (5, "4", ""), (6, "5", "")]
    assert parsed.faults() == [
        (3, "cell_error", "column 'City' holds an error such as #N/A"),
        (4, "cell_error", "column 'City' holds a formula without its result"),
    ]
    assert parsed.unparsed["raw_record"].to_pylist() == ['["2", "", ""]', '["3", "", ""]']


def test_text_that_looks_like_an_error_is_text(tmp_path: Path) -> None:
    assert read_rows(tmp_path, [["No", "City"], ["1", "#N/A"]]).rows() == [(2, "1", "#N/A")]


def test_the_layouts_sheet_is_read_else_the_first_visible_one(tmp_path: Path) -> None:
    people = [["No"], ["9"]]
    path = write_book(tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, [["No"]]), Second=people)
    hidden = 'name="People" state="hidden"'
    rewrite(path, "xl/workbook.xml", lambda xml: xml.replace('name="People"', hidden))
    assert read_file(path).rows() == [(2, "9", None)]
    assert read_file(path, people_layout(format={"sheet": "People"})).rows() == []
    with pytest.raises(
        LandingFileError, match=r"has no sheet 'Peeple', only 'People', 'Second'\. Correct `format"
    ):
        read_file(path, people_layout(format={"sheet": "Peeple"}))


def test_an_empty_sheet_is_refused_and_a_header_alone_is_an_empty_delivery(tmp_path: Path) -> None:
    with pytest.raises(LandingFileError, match="sheet 'People' is empty: not even a header"):
        read_rows(tmp_path, [])
    assert read_rows(tmp_path, [["No"]]).physical_records == 0


def test_cells_without_references_stand_behind_the_one_before(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "people.xlsx", lambda _, s: write_rows(s, [["No", "City"], [1, "Bonn"], [2, "Ulm"]])
    )

    def without_references(xml: str) -> str:
        for reference in ("A1", "B1", "A2", "B2", "A3", "B3"):
            xml = xml.replace(f'<c r="{reference}"', "<c")
        return xml

    rewrite(path, "xl/worksheets/sheet1.xml", without_references)
    assert read_file(path).rows() == [(2, "1", "Bonn"), (3, "2", "Ulm")]


def test_rows_that_the_parser_does_not_hand_over_are_noticed(tmp_path: Path) -> None:
    path = write_book(tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, [["No"], [1], [2]]))
    reading = open_reading(path, people_layout(), path.name)
    assert isinstance(reading, workbook.WorkbookReading)
    next(reading._rows)
    with pytest.raises(ConservationError, match="2 rows that hold something counted, but 1 read"):
        list(reading.batches())


def test_one_stray_cell_far_away_is_refused_before_the_sheet_is_loaded(tmp_path: Path) -> None:
    def fill(_: Any, sheet: Worksheet) -> None:
        write_rows(sheet, [["No"], [1]])
        sheet.write("XFD1048576", "x")

    with pytest.raises(
        LandingFileError, match=r"spans more than 10000000 cells \(1048576 rows by 16384 columns"
    ):
        read_file(write_book(tmp_path / "people.xlsx", fill))


def test_a_part_that_unpacks_to_a_multiple_of_the_cap_is_refused_while_it_unpacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_book(tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, [["No"], [1]]))
    rewrite(
        path,
        "xl/sharedStrings.xml",
        lambda xml: xml.replace("</sst>", f"<si><t>{'x' * 10**7}</t></si></sst>"),
    )
    assert path.stat().st_size < 50_000
    monkeypatch.setattr(workbook_scan, "WORKBOOK_CAPS", Caps(member_bytes=5 * 10**6))
    with pytest.raises(LandingFileError, match="unpacks to more than 5000000 bytes"):
        read_file(path)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]
)
def test_a_damaged_workbook_is_refused_in_words(tmp_path: Path, part: str) -> None:
    path = write_book(tmp_path / "people.xlsx", lambda _, sheet: write_rows(sheet, [["No"], [1]]))
    rewrite(path, part, lambda xml: xml[: len(xml) // 2])
    with pytest.raises((LandingFileError, ConservationError), match=r"people\.xlsx: "):
        read_file(path)
