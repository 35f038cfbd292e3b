"""Reading delimited files as their layout says; what hostile ones do stands in test_hostile_text.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.readers import delimited, record_blocks
from cdp_pipeline.extract.readers.columns import likely_header
from cdp_pipeline.extract.readers.delimited import DelimitedReading
from cdp_pipeline.extract.readers.parsing import ParsedRecords, parse_records
from cdp_pipeline.extract.readers.record_scan import RecordScan, scan_records
from cdp_pipeline_tests.unit.extract.readers.delimited_files import members, read_delimited

HEADER = b"Member No,City\n"


def test_an_alias_names_the_same_column() -> None:
    assert read_delimited(b"Member No,Ort\n7,Berlin\n").rows == [(2, "7", "Berlin")]


def test_extra_and_missing_columns_are_reported_and_break_nothing() -> None:
    parsed = read_delimited(b"Member No,Shoe size,\n7,42,\n")
    assert parsed.rows == [(2, "7", None)]
    assert parsed.unknown_columns == ["Shoe size", "column 3"]
    assert parsed.missing_columns == ["City"]


def test_columns_are_known_before_the_records_are_read(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_bytes(b"City,Member No\nUlm,7\n")
    assert DelimitedReading(file, members(), "f.csv").columns.positions == {"member_no": 1, "city": 0}


def test_values_keep_their_spaces_zeros_and_signs() -> None:
    parsed = read_delimited(HEADER + b'007," a "\n1e5,NULL\n')
    assert parsed.rows == [(2, "007", " a "), (3, "1e5", "NULL")]


def test_the_separator_of_the_layout_is_used() -> None:
    parsed = read_delimited(b"Member No\tCity\n7\tBerlin, Mitte\n", members(format={"delimiter": "\t"}))
    assert parsed.rows == [(2, "7", "Berlin, Mitte")]


def test_faults_are_reported_in_the_order_of_their_records() -> None:
    parsed = read_delimited(HEADER + b"1\n2,\xff\n3\n4,\0\n5,E\n", block_bytes=16)
    assert parsed.rows == [(6, "5", "E")]
    assert list(
        zip(parsed.unparsed["line"].to_pylist(), parsed.unparsed["rule"].to_pylist(), strict=True)
    ) == [
        (2, "field_count"),
        (3, "invalid_encoding"),
        (4, "field_count"),
        (5, "nul_character"),
    ]


def test_a_file_of_many_blocks_keeps_the_line_of_every_record() -> None:
    body = "".join(f'{i},"town\n{i}"\n' for i in range(5_000))
    parsed = read_delimited(HEADER + body.encode(), block_bytes=1_000)
    assert parsed.rows == [(2 + 2 * i, str(i), f"town\n{i}") for i in range(5_000)]


def test_a_record_longer_than_blocks_is_read_whole() -> None:
    parsed = read_delimited(HEADER + b"1,A\n2," + b"B" * 5_000 + b"\n3,C\n", block_bytes=64)
    assert parsed.rows == [(2, "1", "A"), (3, "2", "B" * 5_000), (4, "3", "C")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"1,A\n2," + b"B" * 2_000, r"the record that begins on line 3 is longer than"),
        (b'1,A\n2,"' + b"B\n" * 1_000, r"the quote that opens a field on line 3 is never closed"),
    ],
    ids=["without line ends", "with an open quote"],
)
def test_a_record_without_end_is_refused_before_it_fills_the_memory(
    content: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_blocks, "MAX_RECORD_BYTES", 500)
    with pytest.raises(LandingFileError, match=rf"^f\.csv: {message}"):
        read_delimited(HEADER + content + b'\n"3",C\n' * 500, block_bytes=64)


def test_a_record_longer_than_blocks_is_not_scanned_anew_with_every_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scanned: list[int] = []

    def scan(text: bytes, *args: Any, **kwargs: Any) -> RecordScan:
        scanned.append(len(text))
        return scan_records(text, *args, **kwargs)

    monkeypatch.setattr(record_blocks, "scan_records", scan)
    blocks = [(b"x" * 64, False)] * 1_000 + [(b"\n", True)]
    [block] = [block for block in record_blocks.record_blocks(blocks, ",", "f.csv") if block.scan.starts.size]
    assert len(block.text) == 64_001
    assert sum(scanned) < 4 * 64_001


def test_a_record_without_end_is_refused_as_soon_as_it_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_blocks, "MAX_RECORD_BYTES", 1_000)
    taken: list[int] = []

    def endless() -> Iterator[tuple[bytes, bool]]:
        for number in range(1_000):
            taken.append(number)
            yield b"x" * 100, False

    with pytest.raises(LandingFileError, match="longer than"):
        list(record_blocks.record_blocks(endless(), ",", "f.csv"))
    assert len(taken) <= 11


def test_a_parser_that_loses_a_record_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_one(*args: Any) -> ParsedRecords:
        parsed = parse_records(*args)
        return ParsedRecords(parsed.table.slice(1), parsed.ragged)

    monkeypatch.setattr(delimited, "parse_records", lose_one)
    with pytest.raises(ConservationError, match=r"^f\.csv: 2 records counted .* 1 loaded and 0 set aside"):
        read_delimited(HEADER + b"1,A\n2,B\n")


def test_a_file_without_any_column_of_the_layout_is_refused() -> None:
    optional = members(columns={"member_no": {"header": "Member No"}})
    with pytest.raises(
        LandingFileError, match=r"f\.csv: has none of the columns of layout members.*members\.yml"
    ):
        read_delimited(b"Nr,Ort\n1,Ulm\n", optional)


@pytest.mark.parametrize(
    ("headers", "likely"),
    [
        (["Ville", "E-mail Adress"], "E-mail Adress"),
        (["EMAIL", "Emails sent"], "EMAIL"),
        (["Emial", "City"], "Emial"),
        (["Mail", "City"], "Mail"),
        (["Telephone", "City"], None),
        (["email@example.com", "City"], None),
        (["Email" + "x" * 200], None),
        ([], None),
    ],
)
def test_a_renamed_header_is_guessed_for_the_message(headers: list[str], likely: str | None) -> None:
    column = members(columns={"member_no": {"header": "Email"}}).columns["member_no"]
    assert likely_header(column, headers) == likely


@pytest.mark.parametrize(
    "header",
    [
        'Member No,City,"Plan (a;b)","seit\n(Jahr)"\n',
        'Member No,City,"since;until\r\n""year""",x\n',
        'Member No,City,"a | b\rc",x\n',
    ],
)
def test_a_line_break_within_a_quoted_header_is_part_of_it(header: str) -> None:
    assert read_delimited(header.encode() + b"1,Ulm,2,3\n").records.select([1, 2]).to_pylist() == [
        {"member_no": "1", "city": "Ulm"}
    ]


def test_other_separators_are_looked_for_however_long_the_header_is() -> None:
    header = "Member No,City,a;b" + ",x" * 100_000
    assert read_delimited(f"{header}\n1,Ulm,2{',3' * 100_000}\n".encode()).records["city"].to_pylist() == [
        "Ulm"
    ]


def test_a_header_that_another_separator_parts_is_told_even_if_it_has_none_of_the_columns() -> None:
    with pytest.raises(LandingFileError, match="fields are separated by ';', layout members expects ','"):
        read_delimited(b"Nummer;Stadt\n1;Ulm\n")
