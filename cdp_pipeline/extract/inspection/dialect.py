"""How a text file is written: encoding and separator, found from its beginning."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from cdp_pipeline.contracts.layout import Delimiter, Encoding
from cdp_pipeline.extract.inspection.letters import LikelyEncoding, likeliest_encoding

SAMPLE_BYTES = 2**20
SAMPLE_RECORDS = 200
DELIMITERS: tuple[Delimiter, ...] = get_args(Delimiter)
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Dialect:
    """How a text file is written.

    Attributes:
        is_certain: false where the encoding is only the likeliest of several that fit.
        other_encoding: the next likeliest, where it reads some letters otherwise.
        doubtful: such letters of the file, by `encoding` and by `other_encoding`.
    """

    encoding: Encoding
    has_byte_order_mark: bool
    is_certain: bool
    delimiter: Delimiter
    other_encoding: Encoding | None = None
    doubtful: list[tuple[str, str]] = field(default_factory=list)


def detect_dialect(file: Path, known_headers: Collection[str], header_row: int | None = None) -> Dialect:
    """Find encoding and separator from the first megabyte.

    Args:
        known_headers: headers of all layouts; the separator that yields most of them is the likeliest.
        header_row: line of the header, where titles stand above it: they are no evidence of a separator.
    """
    with file.open("rb") as opened:
        sample = opened.read(SAMPLE_BYTES)
    certain = _certain_encoding(sample)
    likely = LikelyEncoding(certain, None, []) if certain else likeliest_encoding(sample)
    decode = codecs.getincrementaldecoder(likely.encoding)(errors="replace").decode
    text = decode(sample).lstrip("\ufeff")
    if header_row:
        text = re.split(r"\r\n?|\n", text, maxsplit=header_row - 1)[-1]
    return Dialect(
        likely.encoding,
        has_byte_order_mark=sample.startswith((codecs.BOM_UTF8, *UTF16_MARKS)),
        is_certain=certain is not None,
        delimiter=_delimiter_of(text, frozenset(known_headers)),
        other_encoding=likely.other,
        doubtful=likely.doubtful,
    )


def _certain_encoding(sample: bytes) -> Encoding | None:
    """Return what is proven: by a mark, or because hardly any other text is valid UTF-8."""
    if sample.startswith(UTF16_MARKS):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _delimiter_of(text: str, known_headers: Collection[str]) -> Delimiter:
    """Choose the separator that yields known headers; else many fields, as many in each record."""
    if text.startswith("sep="):  # Excel's own hint
        return next((mark for mark in DELIMITERS if mark == text[4:5]), ",")
    return max(DELIMITERS, key=lambda mark: _evidence(_first_records(text, mark), known_headers))


def _first_records(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    try:
        for record in reader:
            if record:
                records.append(record)
            if len(records) == SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # a cell beyond the module's limit: what came before it tells enough
    return records


def _evidence(records: Sequence[Sequence[str]], known_headers: Collection[str]) -> tuple[int, float, int]:
    if not records or len(records[0]) == 1:
        return 0, 0.0, 0
    width = len(records[0])
    body = records[1:]
    regular = sum(len(record) == width for record in body) / len(body) if body else 1.0
    return sum(name.strip() in known_headers for name in records[0]), round(regular, 2), width
