"""The review queue as a file: written for its owner alone, filled in by people, read back."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_decisions import list_matches
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.nightly.review import read_queue
from cdp_pipeline.nightly.review.file import COLUMNS, export_queue, import_decisions
from cdp_pipeline.nightly.review.workbook import LONGEST_CELL, PAIRS_SHEET, as_workbook
from cdp_pipeline_tests.unit.nightly.reviewed_night import BRIDGE, NEAR_MISS, REFUSED, publish

Cells = list[list[str]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return publish(tmp_path)


def export(project: Project, name: str) -> Path:
    file = project.root / name
    export_queue(read_queue(project, 9), file)
    return file


def cells_of(file: Path) -> Cells:
    if file.suffix == ".csv":
        return list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    return CalamineWorkbook.from_path(file).get_sheet_by_name(PAIRS_SHEET).to_python()


def save(file: Path, cells: Cells) -> None:
    """Save a file as a spreadsheet would: a workbook keeps its other sheet."""
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(cells)
        return
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("How to use").write(0, 0, "Which of these records are one person?")
        sheet = book.add_worksheet(PAIRS_SHEET)
        for number, row in enumerate(cells):
            for position, cell in enumerate(row):
                sheet.write_string(number, position, cell)


def fill_in(file: Path, *answers: dict[str, str]) -> None:
    header, *rows = cells_of(file)
    for row, answer in zip(rows, answers, strict=True):
        for column, text in answer.items():
            row[header.index(column)] = text
    save(file, [header, *rows])


def decided(project: Project) -> list[tuple[str, tuple[str, str], str, str]]:
    return [
        (one.decision, ("/".join(one.left), "/".join(one.right)), one.decided_by, one.reason)
        for one in reversed(list_matches(project))
    ]


@pytest.mark.parametrize("name", ["queue.csv", "queue.xlsx"])
def test_what_people_fill_in_is_decided_and_the_rest_stays_open(project: Project, name: str) -> None:
    file = export(project, name)
    fill_in(
        file,
        {"decision": "different", "reason": "father and daughter", "reviewer": "bob"},
        {},
        {"decision": "Same"},
    )
    assert len(import_decisions(project, file, "ann")[0].new) == 2
    assert decided(project) == [
        ("never_link", NEAR_MISS, "bob", "father and daughter"),
        ("must_link", BRIDGE, "ann", "looked at both records and the evidence"),
    ]
    assert [("/".join(pair.left.record), "/".join(pair.right.record)) for pair in read_queue(project, 9)] == [
        REFUSED
    ]
    assert not import_decisions(project, file, "ann")[0].new


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([{"decision": "same"}, {"decision": "perhaps"}, {}], "row 3: decision: write must_link"),
        ([{}, {}, {}], "holds no decision"),
    ],
    ids=["unknown word", "nothing filled in"],
)
def test_a_fault_decides_nothing(project: Project, answers: list[dict[str, str]], message: str) -> None:
    file = export(project, "queue.xlsx")
    fill_in(file, *answers)
    with pytest.raises(LandingFileError, match=message):
        import_decisions(project, file, "ann")
    assert decided(project) == []


def test_a_plain_file_of_decisions_may_not_leave_one_out(project: Project) -> None:
    from cdp_pipeline.nightly.decision_file import decide_from_file

    file = project.root / "plain.csv"
    header = "decision,left_record,right_record,reason\n"
    file.write_text(f"{header},crm/contact/a,crm/contact/b,checked\n", encoding="utf-8")
    with pytest.raises(LandingFileError, match="row 2: decision: write must_link"):
        decide_from_file(project, file, "ann")


@pytest.mark.parametrize("name", ["queue.csv", "queue.xlsx"])
def test_only_its_owner_may_read_the_file_and_none_is_overwritten(project: Project, name: str) -> None:
    file = export(project, name)
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    with pytest.raises(LandingFileError, match="is there already, perhaps with decisions"):
        export(project, name)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "message"),
    [("queue.txt", r"end the name in \.xlsx or \.csv"), ("no/queue.csv", "cannot be written")],
)
def test_a_file_that_cannot_be_is_refused(project: Project, name: str, message: str) -> None:
    with pytest.raises(LandingFileError, match=message):
        export(project, name)


def test_all_cells_of_the_workbook_are_text(project: Project) -> None:
    file = export(project, "queue.xlsx")
    with zipfile.ZipFile(file) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets/sheet" in name]
    assert len(sheets) == 2
    for sheet in sheets:
        assert "<f>" not in sheet
        assert sheet.count("<v>") == sheet.count(' t="s"><v>') > 0
    header, *rows = cells_of(file)
    [near_miss] = [dict(zip(header, row, strict=True)) for row in rows if NEAR_MISS[0] in row]
    assert near_miss["left_names"].startswith("=1+1")
    assert near_miss["left_contacts"] == "+49301"


def test_a_spreadsheet_takes_no_delivered_value_of_the_csv_for_a_formula(project: Project) -> None:
    header, *rows = cells_of(export(project, "queue.csv"))
    assert tuple(header) == COLUMNS
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))] == []
    assert any("'+49301" in row for row in rows)


def test_the_workbook_opens_with_how_to_use_it_and_offers_the_answers(project: Project) -> None:
    file = export(project, "queue.xlsx")
    book = CalamineWorkbook.from_path(file)
    assert book.sheet_names == ["How to use", PAIRS_SHEET]
    assert "cdp link review --import FILE" in str(book.get_sheet_by_index(0).to_python())
    with zipfile.ZipFile(file) as parts:
        assert '"same,different"' in parts.read("xl/worksheets/sheet2.xml").decode()


def test_a_cell_longer_than_a_spreadsheet_takes_is_cut_and_not_lost() -> None:
    row = dict.fromkeys(COLUMNS, "") | {"left_names": "x" * 40_000}
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_workbook(COLUMNS, [row])))
    [_, cells] = book.get_sheet_by_name(PAIRS_SHEET).to_python()
    assert len(cells[COLUMNS.index("left_names")]) == LONGEST_CELL


def test_evidence_stands_in_words_with_its_weight(project: Project) -> None:
    header, *rows = cells_of(export(project, "queue.csv"))
    evidence = {row[header.index("left_record")]: row[header.index("evidence")] for row in rows}
    assert evidence[NEAR_MISS[0]].split("\n")[1:] == [
        "same given name +8.5",
        "same family name +7.5",
        "different e-mail addresses -1.0",
    ]
    assert evidence[REFUSED[0]] == read_rule_reason(project)


def read_rule_reason(project: Project) -> str:
    [reason] = [rule.why for rule in project.linkage.rules if rule.name == "same_phone_and_given_name"]
    return reason
