"""Decisions from CSV and XLSX: every row is checked, a fault refuses the whole file, a file read again is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.match_decisions import list_matches, undo_match
from cdp_pipeline.errors import CdpError
from cdp_pipeline.nightly.decision_file import decide_from_file

HEADER = ("decision", "left_record", "right_record", "reason", "reviewer", "expires_on")
GOOD = [
    ("must_link", "crm/contact/003A", "shop/customer/1042", "called her", "ann", "2999-01-31"),
    ("different", "crm/contact/003A", "crm/contact/003B", "father and son", "", ""),
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


def csv_of(path: Path, rows: Sequence[Sequence[str]], separator: str = ",") -> Path:
    file = path / "decisions.csv"
    file.write_text("".join(separator.join(row) + "\n" for row in [HEADER, *rows]), encoding="utf-8")
    return file


def workbook_of(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    file = path / "decisions.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for r, row in enumerate([HEADER, *rows]):
            for c, cell in enumerate(row):
                if c == HEADER.index("expires_on") and r and cell:
                    sheet.write_datetime(r, c, datetime.fromisoformat(cell), day)
                else:
                    sheet.write(r, c, cell)
    return file


def of_excel(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    return csv_of(path, rows, ";")


def decided(project: Project) -> list[tuple[object, ...]]:
    return [
        (one.decision, "/".join(one.left), "/".join(one.right), one.reason, one.decided_by, one.expires_on)
        for one in reversed(list_matches(project))
    ]


@pytest.mark.parametrize("write", [csv_of, of_excel, workbook_of])
def test_every_row_becomes_a_decision_once(
    project: Project, tmp_path: Path, write: Callable[[Path, Sequence[Sequence[str]]], Path]
) -> None:
    file = write(tmp_path, GOOD)
    outcome, _ = decide_from_file(project, file, "bob")
    assert outcome.new == {1, 2}
    expected = [
        ("must_link", "crm/contact/003A", "shop/customer/1042", "called her", "ann", date(2999, 1, 31)),
        ("never_link", "crm/contact/003A", "crm/contact/003B", "father and son", "bob", None),
    ]
    assert decided(project) == expected
    undo_match(project, 2, "bob")
    again, _ = decide_from_file(project, file, "bob")
    assert (again.new, again.taken_back) == (frozenset(), {2})
    assert decided(project) == expected


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (("perhaps", "crm/contact/1", "crm/contact/2", "x", "", ""), "row 3: decision: write must_link"),
        (("same", "Eva Klein", "crm/contact/2", "x", "", ""), "row 3: left_record: a record is named"),
        (("same", "crm/contact/1", "crm/contact/1", "x", "", ""), "row 3: both records are the same"),
        (("same", "crm/contact/1", "crm/contact/2", "", "", ""), "row 3: reason: say why"),
        (("same", "crm/contact/1", "crm/contact/2", "x", "", "soon"), "row 3: expires_on: is no date"),
        (
            ("same", "crm/contact/1", "crm/contact/2", "x", "", "31.12.2020"),
            "row 3: expires_on: 2020-12-31 has passed. Name a day to come",
        ),
        (
            ("different", "shop/customer/1042", "crm/contact/003A", "x", "", ""),
            "row 3: .*row 2 says must_link",
        ),
    ],
)
@pytest.mark.parametrize("write", [csv_of])
def test_a_faulty_row_refuses_the_whole_file_and_is_named(
    project: Project,
    tmp_path: Path,
    write: Callable[[Path, Sequence[Sequence[str]]], Path],
    bad: Sequence[str],
    complaint: str,
) -> None:
    with pytest.raises(CdpError, match=complaint) as refused:
        decide_from_file(project, write(tmp_path, [GOOD[0], bad]), "bob")
    assert "Nothing was decided" in str(refused.value)
    assert "Klein" not in str(refused.value)
    assert decided(project) == []


def test_columns_are_known_and_complete(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    file.write_text("decision,left_record,right_record,reason,mood\n", encoding="utf-8")
    with pytest.raises(CdpError, match="column 'mood' is unknown"):
        decide_from_file(project, file, "bob")
    file.write_text("decision,left_record,right_record\nsame,a/b/c,a/b/d\n", encoding="utf-8")
    with pytest.raises(CdpError, match="reason"):
        decide_from_file(project, file, "bob")


def test_a_file_that_is_not_there_or_empty_is_named(project: Project, tmp_path: Path) -> None:
    with pytest.raises(CdpError, match="does not exist"):
        decide_from_file(project, tmp_path / "none.csv", "bob")
    with pytest.raises(CdpError, match="holds no decision"):
        decide_from_file(project, csv_of(tmp_path, []), "bob")
