"""Finding the header of a delimited file, and with it whether the file is separated as its layout says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from cdp_pipeline.contracts.layout import Delimiter, Layout
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers.decoding import TextEncoding, utf8_blocks
from cdp_pipeline.extract.readers.record_blocks import RecordBlock, record_blocks

HEAD_BYTES = 64 * 2**10
SEPARATOR_LINE = re.compile(rb'"?sep=([^\w"\r\n\x80-\xff])"?(?:\r\n?|\n)', re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """What stands above the data.

    Attributes:
        names: as the file has them, without blanks around them.
        delimiter: the layout's, or the one that a line `sep=;` above the header names, as Excel writes it.
        records_above: records before the first of the data, the header among them.
    """

    names: list[str]
    delimiter: str
    records_above: int


def find_header(file: Path, encoding: TextEncoding, layout: Layout, label: str) -> Header:
    """Read the header: the first record that is not blank, from the layout's header row on.

    Raises:
        LandingFileError: there is none, it is cut or no text, or another separator stands in it.
    """
    head, _ = next(utf8_blocks(file, encoding, HEAD_BYTES))
    separator = SEPARATOR_LINE.match(head)
    delimiter = separator[1].decode() if separator else layout.format.delimiter
    first_line = max(layout.format.header_row or 1, 2 if separator else 1)
    numbered = enumerate(_records(file, encoding, delimiter, label), start=1)
    found = next((one for one in numbered if one[1][0].scan.lines[one[1][1]] >= first_line), None)
    if found is None:
        raise _without_header(layout, label)
    records_above, (block, ordinal) = found
    record = _as_text(block, ordinal, encoding, layout, label)
    try:
        names = _names(record, delimiter)
    except csv.Error:
        raise LandingFileError(
            f"{label}: a name in the header is longer than {csv.field_size_limit()} characters, so this is no "
            "delimited text, or it is damaged. Ask for a new export."
        ) from None
    _refuse_other_delimiter(record, names, delimiter, layout, label)
    return Header(names, delimiter, records_above)


def _without_header(layout: Layout, label: str) -> LandingFileError:
    row = layout.format.header_row
    if row:
        return LandingFileError(
            f"{label}: ends before row {row}, where its header should stand. Correct `format.header_row` in "
            f"config/layouts/{layout.layout}.yml."
        )
    return LandingFileError(f"{label}: the file is empty: not even a header. Ask for a new export.")


def _records(
    file: Path, encoding: TextEncoding, delimiter: str, label: str
) -> Iterator[tuple[RecordBlock, int]]:
    for block in record_blocks(utf8_blocks(file, encoding, HEAD_BYTES), delimiter, label):
        for ordinal in range(block.scan.starts.size):
            yield block, ordinal


def _as_text(block: RecordBlock, ordinal: int, encoding: TextEncoding, layout: Layout, label: str) -> str:
    if layout.format.ends_with_newline and block.is_cut_off(ordinal):
        raise LandingFileError(
            f"{label}: ends within its header: its transfer was cut. Ask for a new export."
        )
    try:
        text = block.records([ordinal])[0].decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise LandingFileError(
            f"{label}: line {block.scan.lines[ordinal]}, the header, is not valid {encoding.name}. Correct "
            f"`format.encoding` in config/layouts/{layout.layout}.yml, or ask for a new export."
        )
    return text


def _names(record: str, delimiter: str) -> list[str]:
    """Take a header apart; by another delimiter than its own, a line break in quotes may part it in two."""
    rows = csv.reader(io.StringIO(record, newline=""), delimiter=delimiter)
    return [name.strip().strip("\ufeff") for row in rows for name in row]


def _refuse_other_delimiter(
    record: str, names: list[str], delimiter: str, layout: Layout, label: str
) -> None:
    """Name the likelier fault where another separator finds more columns, or the whole header is one field.

    Raises:
        LandingFileError: names the separator that the file has.
    """
    found = _columns_found(names, layout)
    for mark in get_args(Delimiter):
        is_likelier = mark in record and _columns_parted_by(mark, record, layout) > found
        is_whole = len(names) == 1 and not found and mark in names[0]
        if mark != delimiter and (is_likelier or is_whole):
            raise LandingFileError(
                f"{label}: fields are separated by {mark!r}, layout {layout.layout} expects {delimiter!r}. Save the "
                f"file so, or set `format.delimiter` in config/layouts/{layout.layout}.yml."
            )


def _columns_parted_by(delimiter: str, record: str, layout: Layout) -> int:
    try:
        return _columns_found(_names(record, delimiter), layout)
    except csv.Error:  # a field of such a length: it parts nothing
        return 0


def _columns_found(names: list[str], layout: Layout) -> int:
    found = set(names)
    return sum(not found.isdisjoint((c.header, *c.aliases)) for c in layout.columns.values())
