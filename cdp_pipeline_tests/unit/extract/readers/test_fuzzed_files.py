"""Fuzzed files are read as Python's csv module reads them, record by record, wherever blocks are cut."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline_tests.unit.extract.readers.delimited_files import members, read_delimited

SIGNS = [
    '"',
    '""',
    '"""',
    ",",
    ";",
    "\n",
    "\r",
    "\r\n",
    " ",
    "a",
    "1",
    '5" nail',
    "é",
    "€",
    "\ufeff",
    "\u2028",
    "😀",
]
BYTES = [b"\xff", b"\xc3", b"\xe2\x82", b"\x81", b"\0", b"\xed\xa0\x80"]
HEADER = "no,b"
HEADER_OF_CP1252 = "no,bé"  # in that encoding no UTF-8, which é€€ would be by chance

LAYOUT_ENCODING = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-8"}

texts = st.lists(st.sampled_from(SIGNS), max_size=40).map("".join)
damaged = st.lists(st.sampled_from([sign.encode() for sign in SIGNS] + BYTES), max_size=40).map(b"".join)
line_ends = st.sampled_from(["\n", "\r\n", "\r"])
encodings = st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16-le", "utf-16-be"])
block_sizes = st.integers(min_value=1, max_value=12)
SHORT, LONG = settings(max_examples=250, deadline=None), settings(max_examples=5_000, deadline=None)


@dataclass
class Expected:
    """What the csv module makes of a text."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    unparsed: list[tuple[int, str]] = field(default_factory=list)
    blank_records: int = 0


def read_by_csv_module(text: str) -> Expected | None:
    """Return the records below the header with their lines; None if a quote is open at the end."""
    ended = [*csv.reader(io.StringIO(f"{text}\nend of file", newline=""))]
    if ended[-1] != ["end of file"]:
        return None
    expected, line, has_header = Expected(), 1, False
    reader = csv.reader(io.StringIO(text, newline=""))
    for row in reader:
        if not row:
            expected.blank_records += 1
        elif not has_header:
            has_header = True
        elif rule := rule_broken_by(row):
            expected.unparsed.append((line, rule))
        else:
            expected.rows.append((line, *row))
        line = reader.line_num + 1
    return expected


def rule_broken_by(row: list[str]) -> str | None:
    text = "".join(row)
    if "\0" in text:
        return "nul_character"
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return "invalid_encoding"
    return "field_count" if len(row) != 2 else None


def assert_read_alike(content: bytes, text: str, block_bytes: int, **changes: object) -> None:
    layout = members(
        columns={
            "member_no": {"header": "no", "is_required": True},
            "city": {"header": "b", "aliases": ["bé"]},
        },
        **changes,
    )
    expected = read_by_csv_module(text)
    if expected is None:
        with pytest.raises(LandingFileError, match="is never closed"):
            read_delimited(content, layout, block_bytes)
        return
    parsed = read_delimited(content, layout, block_bytes)
    found = [(row["line"], row["rule"]) for row in parsed.unparsed.to_pylist()]
    assert (parsed.rows, found, parsed.blank_records) == (
        expected.rows,
        expected.unparsed,
        expected.blank_records,
    )
    for row in parsed.unparsed.to_pylist():
        if row["rule"] == "field_count":
            [fields] = csv.reader(io.StringIO(row["raw_record"], newline=""))
            assert row["reason"].startswith(f"{len(fields)} field")


def read_text(body: str, line_end: str, encoding: str, block_bytes: int) -> None:
    text = HEADER + line_end + body
    if encoding == "cp1252":
        text = HEADER_OF_CP1252 + line_end + body.encode("cp1252", "ignore").decode("cp1252")
    mark = "\ufeff" if encoding in {"utf-16-le", "utf-16-be"} else ""
    format_ = {"encoding": LAYOUT_ENCODING.get(encoding, encoding)}
    assert_read_alike((mark + text).encode(encoding), text, block_bytes, format=format_)


def read_damaged(body: bytes, line_end: str, block_bytes: int) -> None:
    content = HEADER.encode() + line_end.encode() + body
    assert_read_alike(content, content.decode("utf-8", "surrogateescape"), block_bytes)


@SHORT
@given(texts, line_ends, encodings, block_sizes)
@example('5" nail,a\n"x\ny",b\n', "\n", "utf-8", 3)
@example("a\r", "\r\n", "utf-8", 1)
@example('"a"b"c,"\n', "\n", "utf-8", 2)
def test_text_is_read_as_the_csv_module_reads_it(
    body: str, line_end: str, encoding: str, block_bytes: int
) -> None:
    read_text(body, line_end, encoding, block_bytes)


@SHORT
@given(damaged, line_ends, block_sizes)
def test_damage_costs_the_records_that_hold_it(body: bytes, line_end: str, block_bytes: int) -> None:
    read_damaged(body, line_end, block_bytes)


@pytest.mark.long
@LONG
@given(texts, line_ends, encodings, block_sizes)
def test_much_text_is_read_as_the_csv_module_reads_it(
    body: str, line_end: str, encoding: str, block_bytes: int
) -> None:
    read_text(body, line_end, encoding, block_bytes)


@pytest.mark.long
@LONG
@given(damaged, line_ends, block_sizes)
def test_much_damage_costs_the_records_that_hold_it(body: bytes, line_end: str, block_bytes: int) -> None:
    read_damaged(body, line_end, block_bytes)


@SHORT
@given(st.binary(max_size=60), block_sizes)
def test_whatever_bytes_arrive_are_read_or_refused(body: bytes, block_bytes: int) -> None:
    for content in (body, b"Member No,City\n" + body):
        with suppress(LandingFileError):
            read_delimited(content, members(), block_bytes)
