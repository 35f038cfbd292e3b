"""Counting records apart from the loader: the yardstick of row conservation."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers.record_scan import scan_records


def lines_and_blanks(text: str) -> tuple[list[int], int]:
    scan = scan_records(text.encode(), ",", "some.csv")
    return scan.lines.tolist(), scan.blank_records


@pytest.mark.parametrize(
    ("text", "lines", "blanks"),
    [
        ("a,b\n1,2\n3,4\n", [1, 2, 3], 0),
        ("a,b\n1,2\n3,4", [1, 2, 3], 0),
        ("a,b\r\n1,2\r\n", [1, 2], 0),
        ("a,b\n\n1,2\n\r\n\n3,4\n", [1, 3, 6], 3),
        ('a,b\n"x\ny",2\n3,4\n', [1, 2, 4], 0),
        ('a,b\n"say ""hi""",2\n3,4\n', [1, 2, 3], 0),
        ('a,b\n5" nail,2\n6" nail,3\n', [1, 2, 3], 0),
        ('a,b\n5" nail,2\n3,4\n', [1, 2, 3], 0),
        ("", [], 0),
        ("a,b\n", [1], 0),
    ],
    ids=[
        "plain", "no final newline", "CRLF", "blank lines", "newline in quotes", "doubled quotes",
        "quotes inside unquoted fields", "one quote inside an unquoted field", "empty", "header only",
    ],
)  # fmt: skip
def test_each_record_is_found_on_the_line_where_it_begins(text: str, lines: list[int], blanks: int) -> None:
    assert lines_and_blanks(text) == (lines, blanks)


@pytest.mark.parametrize("text", ['a,b\n1,"open\n2,3\n', 'a,b\n1,"open" x"\n"open\n'])
def test_a_quote_that_never_closes_refuses_the_file(text: str) -> None:
    with pytest.raises(LandingFileError, match=r"some\.csv: a quoted field is opened and never closed"):
        scan_records(text.encode(), ",", "some.csv")


fields = st.text(alphabet="ab,\"\n \r'", max_size=6).filter(lambda text: "\r" not in text.replace("\r\n", ""))


@given(st.lists(st.lists(fields, min_size=2, max_size=3), min_size=1, max_size=8))
def test_the_scan_agrees_with_the_csv_module_on_whatever_it_writes(rows: list[list[str]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    expected = [row for row in csv.reader(io.StringIO(buffer.getvalue(), newline="")) if row]
    lines, _ = lines_and_blanks(buffer.getvalue())
    assert len(lines) == len(expected)
