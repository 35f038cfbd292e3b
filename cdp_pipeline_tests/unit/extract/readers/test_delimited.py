"""Reading delimited files as their layout says."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers import open_reading


def layout(**changes: object) -> Layout:
    document = {
        "layout": "members",
        "title": "Members",
        "description": "Test layout.",
        "documentation": "none",
        "key": ["member_no"],
        "columns": {
            "member_no": {"header": "Member No", "is_required": True},
            "city": {"header": "City", "aliases": ["Ort", "Town"]},
        },
        **changes,
    }
    return parse_contract(document, Layout, origin="test")


@dataclass(frozen=True)
class Parsed:
    """A file read to its end."""

    records: pa.Table
    unparsed: pa.Table
    physical_records: int
    blank_records: int
    unknown_columns: list[str]
    missing_columns: list[str]


def parse_csv(content: bytes, layout: Layout, label: str) -> Parsed:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        reading = open_reading(Path(file.name), layout, label)
        batches = list(reading.batches())
    return Parsed(
        pa.concat_tables(batch.records for batch in batches),
        pa.concat_tables(batch.unparsed for batch in batches),
        reading.physical_records,
        reading.blank_records,
        reading.columns.unknown(),
        reading.columns.missing(layout),
    )


def rows(parsed: Parsed) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in parsed.records.to_pylist()]


def test_columns_are_found_by_name_whatever_their_order() -> None:
    parsed = parse_csv(b"City,Member No\nBerlin,7\n", layout(), "f.csv")
    assert rows(parsed) == [(2, "7", "Berlin")]


def test_an_alias_names_the_same_column() -> None:
    assert rows(parse_csv(b"Member No,Ort\n7,Berlin\n", layout(), "f.csv")) == [(2, "7", "Berlin")]


def test_extra_and_missing_columns_are_reported_and_break_nothing() -> None:
    parsed = parse_csv(b"Member No,Shoe size\n7,42\n", layout(), "f.csv")
    assert rows(parsed) == [(2, "7", None)]
    assert parsed.unknown_columns == ["Shoe size"]
    assert parsed.missing_columns == ["City"]


def test_a_missing_required_column_refuses_the_file_and_names_the_remedy() -> None:
    with pytest.raises(
        LandingFileError, match=r"f\.csv: required column 'Member No' is missing.*members\.yml"
    ):
        parse_csv(b"City\nBerlin\n", layout(), "f.csv")


def test_ragged_records_are_kept_apart_with_their_line() -> None:
    parsed = parse_csv(b"Member No,City\n1,A\n2,B,extra\n\n3\n4,D\n", layout(), "f.csv")
    assert rows(parsed) == [(2, "1", "A"), (6, "4", "D")]
    assert parsed.unparsed.to_pylist() == [
        {
            "line": 3,
            "raw_record": "2,B,extra",
            "rule": "field_count",
            "reason": "3 fields where the header has 2",
        },
        {"line": 5, "raw_record": "3", "rule": "field_count", "reason": "1 fields where the header has 2"},
    ]
    assert (parsed.physical_records, parsed.blank_records) == (5, 1)


def test_values_keep_their_spaces_zeros_and_signs() -> None:
    parsed = parse_csv(b'Member No,City\n007," a "\n1e5,NULL\n', layout(), "f.csv")
    assert rows(parsed) == [(2, "007", " a "), (3, "1e5", "NULL")]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", "\ufeffMember No,City\n7,Köln\n".encode()),
        ("cp1252", "Member No,City\n7,Köln\n".encode("cp1252")),
        ("utf-16", "Member No,City\n7,Köln\n".encode("utf-16")),
    ],
    ids=["UTF-8 with byte order mark", "Windows-1252", "UTF-16"],
)
def test_the_layouts_encoding_is_used(encoding: str, content: bytes) -> None:
    parsed = parse_csv(content, layout(format={"encoding": encoding}), "f.csv")
    assert rows(parsed) == [(2, "7", "Köln")]


def test_bytes_that_do_not_fit_the_encoding_name_line_and_remedy() -> None:
    with pytest.raises(LandingFileError, match=r"f\.csv: line 3 is not valid utf-8.*members\.yml"):
        parse_csv("Member No,City\n1,A\n2,Köln\n".encode("cp1252"), layout(), "f.csv")


def test_utf16_read_as_latin_text_is_refused() -> None:
    content = "Member No,City\n7,B\n".encode("utf-16-le")
    with pytest.raises(LandingFileError, match="NUL characters"):
        parse_csv(content, layout(), "f.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not even a header"),
        (b"\n\n", "not even a header"),
        (b"Member No,City,City\n1,A,B\n", "header 'City' stands twice"),
        (b"Member No,City,Ort\n1,A,B\n", "stands under two headers"),
        (b'Member No,City\n1,"A\n', "never closed"),
    ],
)
def test_files_that_cannot_be_read_safely_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(LandingFileError, match=message):
        parse_csv(content, layout(), "f.csv")


def test_a_header_without_records_is_an_empty_delivery() -> None:
    parsed = parse_csv(b"Member No,City\n", layout(), "f.csv")
    assert (parsed.records.num_rows, parsed.physical_records) == (0, 0)


def test_a_large_file_keeps_the_line_of_every_record() -> None:
    body = "".join(f'{i},"town\n{i}"\n' for i in range(20_000))
    parsed = parse_csv(f"Member No,City\n{body}".encode(), layout(), "f.csv")
    assert parsed.records["line"].to_pylist() == list(range(2, 40_002, 2))
