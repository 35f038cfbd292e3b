"""Telling a file's kind by its content."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers.kinds import PARQUET_SIGN, UNREADABLE, FileKind, kind_of
from cdp_pipeline_tests.unit.extract.readers.read_files import read_file


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


def workbook() -> bytes:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as writer:
        writer.add_worksheet()
    return book.getvalue()


def parquet() -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"a": [1]}), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", b"No,City\n", FileKind.DELIMITED),
        ("a", b"", FileKind.DELIMITED),
        ("export.xls", b"No\tCity\n", FileKind.DELIMITED),
        ("a.csv", "No,City\n".encode("utf-16"), FileKind.DELIMITED),
        ("a.csv", b"[No],[City]\n", FileKind.DELIMITED),
        ("a.csv", b'\xef\xbb\xbf\n {"No": 1}\n', FileKind.JSON_LINES),
        ("a.jsonl", b"broken\n", FileKind.JSON_LINES),
        ("a.NDJSON", b"", FileKind.JSON_LINES),
        ("a.csv", parquet(), FileKind.PARQUET),
        ("orders.csv", workbook(), FileKind.WORKBOOK),
        ("a.xlsx", workbook(), FileKind.WORKBOOK),
    ],
)
def test_content_tells_the_kind_whatever_the_name(
    tmp_path: Path, name: str, content: bytes, kind: FileKind
) -> None:
    (tmp_path / name).write_bytes(content)
    assert kind_of(tmp_path / name) is kind


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"\n<!DOCTYPE html><title>Log in</title>",
            "an HTML page, probably a login form of the export link. Log in",
        ),
        (b"<?xml version='1.0'?><html>", "an HTML page"),
        (b"<TABLE><tr><td>No</td></tr>", "an HTML page"),
        (b"<?xml version='1.0'?><Workbook>", "an XML document. Export the data as CSV"),
        (b"%PDF-1.7", "a PDF document. Export the data as CSV"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "an old Excel workbook (.xls), or one locked with a password. Open it",
        ),
        (zipped("xl/workbook.bin"), "a binary Excel workbook (.xlsb). Save it as XLSX or CSV."),
        (zipped("mimetype", "content.xml"), "an OpenDocument file (.ods). Save it as XLSX or CSV."),
        (zipped("word/document.xml"), "a Word document"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive. Deliver it unpacked, or packed as ZIP or gzip."),
        (b"\x00" * 257 + b"ustar", "a tar archive"),
        (bz2.compress(b"No\n"), "packed with bzip2"),
        (b"GIF89a\x01\x00\x01\x00", "an image"),
        (b"ORC\x11\x00\x00", "an ORC file"),
        (b"ARROW1\x00\x00", "an Arrow file"),
        (b"PARE\x20\x00\x00\x00", "an encrypted Parquet file"),
        (b"\x28\xb5\x2f\xfd", "packed with Zstandard"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b'[\n {"No": 1}]', "one JSON array"),
        (b"[]", "one JSON array"),
        (gzip.compress(b"No\n", mtime=0), "packed as gzip within its packing"),
    ],
)
def test_what_nobody_reads_is_named_with_the_remedy(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "orders.csv").write_bytes(content)
    with pytest.raises(LandingFileError) as caught:
        kind_of(tmp_path / "orders.csv")
    assert str(caught.value).startswith(f"orders.csv: is {message}")


LETTER_SIGNS = [sign.decode() for sign, *_ in UNREADABLE if sign.isalnum() and sign.isascii()]


@pytest.mark.parametrize("sign", [PARQUET_SIGN.decode(), "%PDF", *LETTER_SIGNS])
def test_a_header_that_begins_like_a_binary_kind_is_text(tmp_path: Path, sign: str) -> None:
    assert {"ORC", "PARE"} <= set(LETTER_SIGNS)
    (tmp_path / "a.csv").write_text(f"{sign}_X,No\n9,1\n", encoding="utf-8")
    assert read_file(tmp_path / "a.csv").rows() == [(2, "1", None)]


def test_a_word_where_a_tar_archive_has_its_sign_is_text(tmp_path: Path) -> None:
    text = "No,City\n" + "1,Bonn\n" * 35
    (tmp_path / "a.csv").write_text(text + " " * (256 - len(text)) + "Mustard,Ulm\n", encoding="utf-8")
    assert kind_of(tmp_path / "a.csv") is FileKind.DELIMITED


def test_a_parquet_file_that_was_cut_is_still_known_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(parquet()[:40])
    assert kind_of(tmp_path / "a.csv") is FileKind.PARQUET


@pytest.mark.parametrize(("name", "kind"), [("a.zip", "ZIP archive"), ("a.parquet", "Parquet file")])
def test_a_binary_name_on_text_is_a_transfer_gone_wrong(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(b"No,City\n")
    with pytest.raises(LandingFileError, match=f"{name}: not a readable {kind}"):
        kind_of(tmp_path / name)


def test_a_table_of_contents_that_is_a_bomb_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    content = bytearray(zipped("a.csv"))
    end = content.rindex(b"PK\x05\x06")
    content[end + 12 : end + 16] = (2**31).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(LandingFileError, match="table of contents takes 2147483648 bytes"):
        kind_of(tmp_path / "a.zip")


def test_a_table_of_contents_whose_size_stands_in_64_bits_is_a_bomb_too(tmp_path: Path) -> None:
    content = zipped("a.csv")
    end = content.rindex(b"PK\x05\x06")
    end64 = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes(28) + (2**40).to_bytes(8, "little") + bytes(8)
    says_elsewhere = content[end : end + 12] + b"\xff" * 4 + content[end + 16 :]
    (tmp_path / "a.zip").write_bytes(content[:end] + end64 + says_elsewhere)
    with pytest.raises(LandingFileError, match="table of contents takes 1099511627776 bytes"):
        kind_of(tmp_path / "a.zip")
