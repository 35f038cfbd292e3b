"""Reading a delimited file as its layout says: columns by name, text as delivered.

pyarrow parses instead of DuckDB: it keeps the order of records, so that each gets its line; it hands over
ragged records instead of dropping them; and it never guesses types, dialects or paths.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.readers.columns import match_columns
from cdp_pipeline.extract.readers.reading import Batch, FileReading, unparsed_table
from cdp_pipeline.extract.readers.record_scan import RecordScan, scan_records

BLOCK_BYTES = 8 * 2**20
RAGGED_RULE = "field_count"


class DelimitedReading(FileReading):
    """A CSV or TSV file.

    Raises:
        LandingFileError: wrong encoding, no header, duplicate headers, a required column missing, or an
            unclosed quote.
    """

    def __init__(self, file: Path, layout: Layout, label: str) -> None:
        super().__init__(layout, label)
        self._text = _as_utf8(file.read_bytes(), layout, label)
        self._scan = scan_records(self._text, layout.format.delimiter, label)
        if not self._scan.lines.size:
            raise LandingFileError(f"{label}: the file is empty: not even a header. Ask for a new export.")
        header = _read_header(self._text, layout)
        _hint_at_delimiter(header, layout, label)
        self.columns = match_columns(header, layout, label)

    def batches(self) -> Iterator[Batch]:
        """Yield the whole file at once."""
        positions, scan = self.columns.positions, self._scan
        table, ragged = _parse(
            self._text, self.columns.header, sorted(positions.values()), self.layout, self.label
        )
        lines = _lines_of_records(scan, table.num_rows, ragged, self.label)
        columns = {name: _column(table, positions.get(name)) for name in self.layout.columns}
        self.physical_records = int(scan.lines.size) - 1 + scan.blank_records
        self.blank_records = scan.blank_records
        yield Batch(pa.table({"line": lines, **columns}), _unparsed_table(scan, ragged))


def _as_utf8(content: bytes, layout: Layout, path: str) -> bytes:
    """Decode as the layout says and return UTF-8 without byte order mark.

    Raises:
        LandingFileError: names the offset of the first byte that does not fit.
    """
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and layout.format.encoding != "utf-16":
        raise LandingFileError(
            f"{path}: is UTF-16 (Excel's Unicode text), layout {layout.layout} expects "
            f"{layout.format.encoding}. Save it as UTF-8, or set `format.encoding` in "
            f"config/layouts/{layout.layout}.yml."
        )
    encoding = "utf-8-sig" if layout.format.encoding == "utf-8" else layout.format.encoding
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LandingFileError(
            f"{path}: line {line} is not valid {layout.format.encoding} (byte {error.start}). Correct "
            f"`format.encoding` in config/layouts/{layout.layout}.yml, or ask for a new export."
        ) from None
    if "\0" in text:
        raise LandingFileError(
            f"{path}: holds NUL characters, so it is likely UTF-16 or damaged. Correct `format.encoding` in "
            f"config/layouts/{layout.layout}.yml, or ask for a new export."
        )
    if "\n" not in text and "\r" in text:
        text = text.replace("\r", "\n")  # classic Mac line ends
    return text.encode()


def _read_header(text: bytes, layout: Layout) -> list[str]:
    lines = (line.decode() for line in io.BytesIO(text))  # one by one: a file can be gigabytes long
    reader = csv.reader(lines, delimiter=layout.format.delimiter)
    return [name.strip() for name in next(row for row in reader if row)]


def _hint_at_delimiter(header: list[str], layout: Layout, path: str) -> None:
    """Name the likelier fault where the whole header is one field.

    Raises:
        LandingFileError: another separator stands in it.
    """
    others = [mark for mark in (";", "\t", "|", ",") if mark != layout.format.delimiter and mark in header[0]]
    required = [column for column in layout.columns.values() if column.is_required]
    if len(header) == 1 and others and required:
        raise LandingFileError(
            f"{path}: fields are separated by {others[0]!r}, layout {layout.layout} expects "
            f"{layout.format.delimiter!r}. Save the file so, or set `format.delimiter` in "
            f"config/layouts/{layout.layout}.yml."
        )


def _parse(
    text: bytes, header: list[str], wanted: list[int], layout: Layout, path: str
) -> tuple[pa.Table, list[pyarrow.csv.InvalidRow]]:
    """Parse the wanted fields as text; ragged records come back apart, with their ordinal (1 is the header).

    Columns are named c0, c1, … after their positions.
    """
    ragged: list[pyarrow.csv.InvalidRow] = []

    def keep_apart(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    names = [f"c{position}" for position in range(len(header))]
    wanted_names = [f"c{position}" for position in wanted]
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(text),
            # One thread: only then does the parser tell the ordinal of a ragged record.
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=max(BLOCK_BYTES, len(text) // 64)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=layout.format.delimiter, newlines_in_values=True, invalid_row_handler=keep_apart
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted_names,
                column_types=dict.fromkeys(wanted_names, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        reason = str(error).split(":", maxsplit=1)[0]
        raise LandingFileError(f"{path}: cannot be parsed as delimited text ({reason}).") from None
    return table.slice(1), ragged


def _lines_of_records(
    scan: RecordScan, loaded: int, ragged: list[pyarrow.csv.InvalidRow], path: str
) -> pa.Array:
    """Give each loaded record its physical line, and check that none is lost.

    Raises:
        ConservationError: loaded and ragged records do not add up to the independent count.
    """
    counted = int(scan.lines.size) - 1
    if loaded + len(ragged) != counted:
        raise ConservationError(
            f"{path}: {counted} records counted, but {loaded} loaded and {len(ragged)} set aside. The file "
            "is not loaded. Check its quoting around the first record that looks cut."
        )
    is_loaded = np.ones(scan.lines.size, dtype=bool)
    is_loaded[0] = False
    is_loaded[[row.number - 1 for row in ragged]] = False
    return pa.array(scan.lines[is_loaded])


def _column(table: pa.Table, position: int | None) -> pa.Array | pa.ChunkedArray:
    if position is None:
        return pa.nulls(table.num_rows, pa.string())
    return table.column(f"c{position}")


def _unparsed_table(scan: RecordScan, ragged: list[pyarrow.csv.InvalidRow]) -> pa.Table:
    return unparsed_table(
        [int(scan.lines[row.number - 1]) for row in ragged],
        [row.text for row in ragged],
        [RAGGED_RULE] * len(ragged),
        [f"{row.actual_columns} fields where the header has {row.expected_columns}" for row in ragged],
    )
