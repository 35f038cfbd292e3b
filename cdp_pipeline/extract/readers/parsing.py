"""Taking records apart with pyarrow."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv


@dataclass(frozen=True)
class ParsedRecords:
    """Records taken apart.

    Attributes:
        table: those with as many fields as the header has names; columns are named c0, c1, … by position.
        ragged: those with more or fewer, with their ordinal among all, from 1.
    """

    table: pa.Table
    ragged: list[pyarrow.csv.InvalidRow]


def parse_records(text: bytes | bytearray, delimiter: str, width: int, wanted: list[int]) -> ParsedRecords:
    """Parse the wanted fields of UTF-8 text as they stand; blank lines are skipped.

    Args:
        width: number of names in the header.
        wanted: positions of the fields, from 0; at least one.
    """
    names = [f"c{position}" for position in range(width)]
    strings = {names[position]: pa.string() for position in wanted}
    if not re.search(rb"[^\r\n]", text):  # pyarrow refuses such a text
        return ParsedRecords(pa.schema(strings).empty_table(), [])
    if text.startswith(codecs.BOM_UTF8):
        text = b"\n" + text  # inside a file the mark is a character; pyarrow would take it for the file's own
    ragged: list[pyarrow.csv.InvalidRow] = []

    def keep_apart(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    table = pyarrow.csv.read_csv(
        pa.BufferReader(text),
        # One thread and one block: only then does the parser tell the ordinal of a ragged record.
        read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep_apart
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=list(strings), column_types=strings, strings_can_be_null=False, check_utf8=False
        ),
    )
    return ParsedRecords(table, ragged)
