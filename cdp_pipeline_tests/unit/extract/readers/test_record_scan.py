"""Counting records apart from the loader: the yardstick of row conservation."""

from __future__ import annotations

import time

import pytest

from cdp_pipeline.extract.readers.record_scan import open_quote, scan_records


def lines_and_blanks(text: str) -> tuple[list[int], int]:
    scan = scan_records(text.encode(), ",")
    return scan.lines.tolist(), scan.blank_records


@pytest.mark.parametrize(
    ("text", "lines", "blanks"),
    [
        ("a,b\n1,2\n3,4\n", [1, 2, 3], 0),
        ("a,b\n1,2\n3,4", [1, 2, 3], 0),
        ("a,b\r\n1,2\r\n", [1, 2], 0),
        ("a,b\r1,2\r\n\r\r\n3,4\r", [1, 2, 5], 2),
        ("a,b\n\n1,2\n\r\n\n3,4\n", [1, 3, 6], 3),
        ('a,b\n"x\ny",2\n3,4\n', [1, 2, 4], 0),
        ('a,b\n"say ""hi""",2\n3,4\n', [1, 2, 3], 0),
        ('a,b\n5" nail,2\n6" nail,3\n', [1, 2, 3], 0),
        ('a,b\n5" nail,2\n3,4\n', [1, 2, 3], 0),
        ("", [], 0),
        ("a,b\n", [1], 0),
    ],
    ids=[
        "plain", "no final newline", "CRLF", "lone CR", "blank lines", "newline in quotes", "doubled quotes",
        "quotes inside unquoted fields", "one quote inside an unquoted field", "empty", "header only",
    ],
)  # fmt: skip
def test_each_record_is_found_on_the_line_where_it_begins(text: str, lines: list[int], blanks: int) -> None:
    assert lines_and_blanks(text) == (lines, blanks)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ('a,b\n1,"open\n2,3\n', 6),
        ('a,b\n1,"open" x"\n"open\n', 16),
        ('"a","b""', 4),
        ('a,b\n1,"closed"\n', None),
    ],
)
def test_a_quote_that_never_closes_is_found(text: str, offset: int | None) -> None:
    scan = scan_records(text.encode(), ",")
    assert open_quote(text.encode(), scan.end, ",") == offset
    assert (scan.end < len(text)) == (offset is not None)


@pytest.mark.parametrize(
    ("text", "end"),
    [("1,2\n3,", 4), ("1,2\r", 0), ("1,2\r\n3", 5), ('1,"2\n', 0), ('5" nail\n"x\n', 8), ("", 0)],
)
def test_a_record_that_the_next_block_may_go_on_with_is_left_to_it(text: str, end: int) -> None:
    assert scan_records(text.encode(), ",", is_last=False).end == end


@pytest.mark.parametrize("record", ['"' + '""' * 500_000, '"a",' * 500_000 + '"', "," * 500_000 + 'a"'])
def test_no_text_makes_the_scan_slow(record: str) -> None:
    """Records that are matched one by one, with hundreds of thousands of ways to give up."""
    started = time.process_time()
    scan_records(f'5" nail\n{record}\n'.encode(), ",")
    assert time.process_time() - started < 2
