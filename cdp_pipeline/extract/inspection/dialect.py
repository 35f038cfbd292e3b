"""How a text file is written: encoding and separator, found from its beginning."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from charset_normalizer import from_bytes

from cdp_pipeline.contracts.layout import Delimiter, Encoding

SAMPLE_BYTES = 2**20
SAMPLE_RECORDS = 200
DELIMITERS: tuple[Delimiter, ...] = get_args(Delimiter)
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)
SINGLE_BYTE = [name for name in ENCODINGS if not name.startswith("utf-")]
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Dialect:
    """How a text file is written.

    Attributes:
        is_certain: false where the encoding is only the likeliest of several that fit.
    """

    encoding: Encoding
    has_byte_order_mark: bool
    is_certain: bool
    delimiter: Delimiter


def detect_dialect(file: Path, known_headers: Collection[str]) -> Dialect:
    """Find encoding and separator from the first megabyte.

    Args:
        known_headers: headers of all layouts; the separator that yields most of them is the likeliest.
    """
    with file.open("rb") as opened:
        sample = opened.read(SAMPLE_BYTES)
    encoding, is_certain = _encoding_of(sample)
    decode = codecs.getincrementaldecoder(encoding)(errors="replace").decode
    text = decode(sample).lstrip("\ufeff")
    has_mark = sample.startswith((codecs.BOM_UTF8, *UTF16_MARKS))
    return Dialect(encoding, has_mark, is_certain, _delimiter_of(text, frozenset(known_headers)))


def _encoding_of(sample: bytes) -> tuple[Encoding, bool]:
    """Return the encoding, and whether it is proven: by a mark, or because hardly any other text is valid UTF-8."""
    if sample.startswith(UTF16_MARKS):
        return "utf-16", True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return _likeliest_single_byte(sample), False
    return "utf-8", True


def _likeliest_single_byte(sample: bytes) -> Encoding:
    """Guess by the letters that result: a wrong one yields signs amid words, £ódŸ for Łódź.

    Where Windows-1252 yields the same text, it is the usual name for it.
    """
    texts: dict[Encoding, str] = {name: sample.decode(name, errors="replace") for name in SINGLE_BYTE}
    letters = {name: _foreign_letters(text) for name, text in texts.items()}
    likely = [name for name in SINGLE_BYTE if letters[name] == max(letters.values())]
    best = from_bytes(sample, cp_isolation=list(likely)).best()
    guess = _as_known(best.encoding) if best else likely[0]
    return "cp1252" if texts[guess] == texts["cp1252"] else guess


def _foreign_letters(text: str) -> int:
    return sum(1 if sign.isalpha() else -1 for sign in text if not sign.isascii())


def _as_known(name: str) -> Encoding:
    """Return our name of an encoding that goes by several."""
    return next((known for known in ENCODINGS if codecs.lookup(known) == codecs.lookup(name)), "cp1252")


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
