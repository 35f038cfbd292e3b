"""Finding the header of a table that stands below titles: `Members of the club`, `As of 1 April`, a row of groups."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cdp_pipeline.extract.inspection.dialect import DELIMITERS, SAMPLE_BYTES, detect_dialect
from cdp_pipeline.extract.inspection.inspect import layout_of_any
from cdp_pipeline.extract.readers.columns import LOOKS_LIKE_DATA
from cdp_pipeline.extract.readers.kinds import FileKind, kind_of
from cdp_pipeline.extract.readers.workbook import first_rows

FIRST_ROWS = 60
"""Titles are few; of the rows behind them a table's width is learned."""

NEARLY_ALL = 0.8
"""Share of the columns that a header fills: an index column or a remark may have no name."""

TITLE_FILLS = 0.5
"""Share of the columns that a title fills at most. Names of column groups, whose cells are merged, stay below it."""

NumberedRow = tuple[int, list[str]]


def find_header_row(file: Path, label: str) -> int | None:
    """Return the line or row of the header where titles stand above it, and nothing where it is not clear.

    Raises:
        LandingFileError: the file cannot be read.
    """
    kind = kind_of(file, label)
    if kind is FileKind.WORKBOOK:
        return header_below_titles(first_rows(file, layout_of_any(None), label, FIRST_ROWS))
    return header_below_titles(_first_records(file)) if kind is FileKind.DELIMITED else None


def header_below_titles(rows: Sequence[NumberedRow]) -> int | None:
    """Return the number of the first row that fills nearly all columns, if titles and nothing else stand above it.

    Args:
        rows: those that hold anything, with their numbers.
    """
    filled = [[cell.strip() for cell in cells if cell.strip()] for _, cells in rows]
    width = _usual_width([len(cells) for cells in filled])
    at = next((n for n, cells in enumerate(filled) if len(cells) >= max(2, NEARLY_ALL * width)), 0)
    is_below_titles = at > 0 and all(len(cells) <= TITLE_FILLS * width for cells in filled[:at])
    return rows[at][0] if is_below_titles and _looks_like_header(filled[at]) else None


def _usual_width(counts: Sequence[int]) -> int:
    """Return the upper quartile: sparse rows count for little, and neither does one that a stray separator widens."""
    return sorted(counts)[3 * len(counts) // 4] if counts else 0


def _looks_like_header(cells: Sequence[str]) -> bool:
    data = sum(bool(LOOKS_LIKE_DATA.search(cell)) for cell in cells)
    return data * 3 <= len(cells)


def _first_records(file: Path) -> list[NumberedRow]:
    """Take the first records apart by the separator that parts most of them into equally many fields."""
    encoding = detect_dialect(file, ()).encoding
    with file.open("rb") as opened:
        sample = opened.read(SAMPLE_BYTES)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample).lstrip("\ufeff")
    if text.startswith("sep="):
        text = text[:4] + "\n" + text.partition("\n")[2]
    return max((_records(text, mark) for mark in DELIMITERS), key=_regularity)


def _records(text: str, delimiter: str) -> list[NumberedRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[NumberedRow] = []
    line = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append((line, record))
            line = reader.line_num + 1
            if len(records) == FIRST_ROWS:
                break
    except csv.Error:
        pass  # a cell beyond the module's limit: what came before it tells enough
    return records


def _regularity(records: Sequence[NumberedRow]) -> float:
    """Weigh how many records are equally wide by that width; one field is no separation."""
    widths = Counter(len(cells) for _, cells in records)
    [(width, count)] = widths.most_common(1) or [(1, 0)]
    return width * count / len(records) if width > 1 else 0.0
