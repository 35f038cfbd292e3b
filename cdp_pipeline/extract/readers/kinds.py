"""What kind of file something is, told by its content: names lie, first bytes hardly ever."""

from __future__ import annotations

import codecs
import re
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.archives import BROKEN_ZIP, unreadable_zip

HEAD_BYTES = 4096
MAX_DIRECTORY_BYTES = 16 * 2**20
"""Size of a ZIP's table of contents: 1,000 members with names of any sane length stay far below it."""


class FileKind(StrEnum):
    """Kinds that have a reader; the ledger notes them as `file_kind`."""

    DELIMITED = "delimited"  # CSV, TSV: whatever shows no sign of another kind
    JSON_LINES = "json_lines"
    PARQUET = "parquet"
    WORKBOOK = "workbook"  # XLSX


class Packing(StrEnum):
    """Kinds that hold other files."""

    ZIP = "zip"
    GZIP = "gzip"


class UnreadableKindError(LandingFileError):
    """The file is of a kind that nobody here reads."""


ZIP_SIGNS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
GZIP_SIGN = b"\x1f\x8b"
PARQUET_SIGN = b"PAR1"
OLD_OFFICE_SIGN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
JSON_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
HTML_SIGNS = (
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<meta",
    b"<body",
    b"<table",
    b"<div",
    b"<script",
    b"<style",
)
JSON_ARRAY = re.compile(rb"\[\s*([{\]]|$)")

PACK_AGAIN = "Deliver it unpacked, or packed as ZIP or gzip."
SAVE_AS_CSV = "Save it as XLSX or CSV."
ASK_FOR_EXPORT = "Export the data as CSV, JSON Lines, Parquet or XLSX."
READ_AS_DATABASE = "A source reads its tables as they are: see docs/how-to/read-a-database.md."
UNREADABLE: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF document", ASK_FOR_EXPORT),
    (b"{\\rtf", "an RTF document", ASK_FOR_EXPORT),
    (b"\x89PNG", "an image", ASK_FOR_EXPORT),
    (b"\xff\xd8\xff", "an image", ASK_FOR_EXPORT),
    (b"GIF8", "an image", ASK_FOR_EXPORT),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", PACK_AGAIN),
    (b"Rar!\x1a\x07", "a RAR archive", PACK_AGAIN),
    (b"BZh", "packed with bzip2", PACK_AGAIN),
    (b"\xfd7zXZ\x00", "packed with xz", PACK_AGAIN),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard", PACK_AGAIN),
    (b"SQLite format 3\x00", "an SQLite database", READ_AS_DATABASE),
    (b"Obj\x01", "an Avro file", ASK_FOR_EXPORT),
    (b"ORC", "an ORC file", ASK_FOR_EXPORT),
    (b"ARROW1", "an Arrow file", ASK_FOR_EXPORT),
    (b"PARE", "an encrypted Parquet file", "Export it without encryption."),
)
"""First bytes, what they say, and the remedy."""

PROOF_BYTES = 64
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Stands in no header of a text, and near the beginning of each binary kind."""

IN_ZIP: tuple[tuple[str, str, str], ...] = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", SAVE_AS_CSV),
    ("word/document.xml", "a Word document", ASK_FOR_EXPORT),
    ("ppt/presentation.xml", "a PowerPoint presentation", ASK_FOR_EXPORT),
    ("Index/Document.iwa", "an Apple Numbers or Pages document", SAVE_AS_CSV),
)
"""Member by which an office document is known, what it says, and the remedy."""


def kind_of(file: Path, label: str | None = None) -> FileKind:
    """Tell a file's kind.

    Args:
        label: its name as delivered, where the file lies under another one.

    Raises:
        LandingFileError: no reader reads it; the message says what it is and what to deliver instead.
    """
    label = label or file.name
    with file.open("rb") as stream:
        kind = recognise(stream, label)
    if isinstance(kind, Packing):
        raise UnreadableKindError(f"{label}: is packed as {kind} within its packing. {PACK_AGAIN}")
    return kind


def recognise(stream: BinaryIO, label: str) -> FileKind | Packing:
    """Tell the kind of a stream that can seek.

    Raises:
        LandingFileError: no reader reads it, or it is a damaged ZIP.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    if head.startswith(ZIP_SIGNS):
        return _kind_of_zip(stream, label)
    if head.startswith(GZIP_SIGN):
        return Packing.GZIP
    if _bears(head, PARQUET_SIGN):
        return FileKind.PARQUET
    if found := _unreadable(head):
        raise UnreadableKindError(f"{label}: is {found[0]}. {found[1]}")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if JSON_ARRAY.match(text):
        raise UnreadableKindError(
            f"{label}: is one JSON array. Deliver JSON Lines, one object per line: `jq -c '.[]' in.json > out.jsonl`."
        )
    if text.startswith(b"{") or label.lower().endswith(JSON_SUFFIXES):
        return FileKind.JSON_LINES
    _refuse_false_name(label)
    return FileKind.DELIMITED


def _bears(head: bytes, sign: bytes) -> bool:
    """Tell a sign from text that begins like it: one of plain letters may begin a header, such as `ORCID`."""
    is_proven = not sign.isalnum() or head == sign or CONTROL.search(head, 0, PROOF_BYTES) is not None
    return head.startswith(sign) and is_proven


def _unreadable(head: bytes) -> tuple[str, str] | None:
    if head.startswith(OLD_OFFICE_SIGN):
        return "an old Excel workbook (.xls), or one locked with a password", f"Open it. {SAVE_AS_CSV}"
    if head[257:262] == b"ustar" and b"\0" in head[:257]:
        return "a tar archive", PACK_AGAIN
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if text.startswith(HTML_SIGNS) or (text.startswith(b"<?xml") and b"<html" in text):
        return (
            "an HTML page, probably a login form of the export link",
            "Log in and download the file itself.",
        )
    if text.startswith(b"<?xml"):
        return "an XML document", ASK_FOR_EXPORT
    return next(((what, remedy) for sign, what, remedy in UNREADABLE if _bears(head, sign)), None)


def _kind_of_zip(stream: BinaryIO, label: str) -> FileKind | Packing:
    """Tell an archive from a workbook, which is a ZIP too."""
    names = set(zip_names(stream, label))
    if "xl/workbook.xml" in names:
        return FileKind.WORKBOOK
    for sign, what, remedy in IN_ZIP:
        if sign in names:
            raise UnreadableKindError(f"{label}: is {what}. {remedy}")
    if {"mimetype", "content.xml"} <= names:
        raise UnreadableKindError(f"{label}: is an OpenDocument file (.ods). {SAVE_AS_CSV}")
    return Packing.ZIP


def zip_names(stream: BinaryIO, label: str) -> list[str]:
    """List the members of a ZIP.

    Raises:
        LandingFileError: it is damaged, or its table of contents alone is a bomb.
    """
    _refuse_vast_directory(stream, label)
    try:
        with zipfile.ZipFile(stream) as archive:
            return archive.namelist()
    except BROKEN_ZIP:
        raise unreadable_zip(label) from None


def _refuse_vast_directory(stream: BinaryIO, label: str) -> None:
    """Look at the claimed size of the table of contents before zipfile loads all of it."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 2**16 - 200))
    tail = stream.read()
    stream.seek(0)
    end, end64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    claimed = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    if claimed == 0xFFFFFFFF and end64 >= 0:
        claimed = int.from_bytes(tail[end64 + 40 : end64 + 48], "little")
    if claimed > MAX_DIRECTORY_BYTES:
        raise LandingFileError(
            f"{label}: its table of contents takes {claimed} bytes, so it is no export but a ZIP bomb or damaged. "
            "Deliver it in smaller archives."
        )


def _refuse_false_name(label: str) -> None:
    """A name of a binary kind on anything else is a transfer gone wrong, not a table to read as text."""
    for suffix, kind in ((".zip", "ZIP archive"), (".parquet", "Parquet file")):
        if label.lower().endswith(suffix):
            raise LandingFileError(f"{label}: not a readable {kind}. Ask for a new export, complete.")
