"""Write a table as a vendor's CSV file: its full header and, where wanted, lines that are no rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import pandas as pd

from cdp_pipeline.sample.pools import Text

BLANK = ""


def as_table(header: str, values: Mapping[str, Text | str | pd.Series[str]], index: pd.Index) -> pd.DataFrame:
    """Lay values out under a full header; what the vendor has and we do not know stays empty.

    Raises:
        KeyError: a value has no column in the header.
    """
    columns = header.split(",")
    unknown = sorted(set(values) - set(columns))
    if unknown:
        raise KeyError(f"columns {unknown} are not in this layout's header")
    known = pd.DataFrame(dict(values), index=index)
    return known.reindex(columns=columns, fill_value="")


def write_csv(path: Path, table: pd.DataFrame, extra: Mapping[int, str] | None = None) -> dict[int, int]:
    """Write a header, the rows, and raw lines in between.

    Args:
        path: its folder is made.
        table: all text; an empty text is an empty field.
        extra: raw lines by the number of rows that stand before them; an empty one is a blank line.

    Returns:
        The line (the header is line 1) of each raw line, by its key in `extra`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        return write_rows(file, table, extra or {})


def write_rows(file: TextIO, table: pd.DataFrame, extra: Mapping[int, str]) -> dict[int, int]:
    """Write to an open file; see `write_csv`."""
    lines: dict[int, int] = {}
    start = 0
    table.iloc[:0].to_csv(file, index=False, lineterminator="\n")
    for place in sorted(extra):
        stop = min(place, len(table))
        table.iloc[start:stop].to_csv(file, index=False, header=False, lineterminator="\n")
        file.write(extra[place] + "\n")
        lines[place] = 1 + stop + len(lines) + 1
        start = stop
    table.iloc[start:].to_csv(file, index=False, header=False, lineterminator="\n")
    return lines


def raw_line(table: pd.DataFrame, values: Mapping[str, str]) -> str:
    """Return a line of the table's shape with these values, to be written by hand where no row may stand."""
    row = pd.DataFrame([dict.fromkeys(table.columns, "") | dict(values)], columns=table.columns)
    return str(row.to_csv(index=False, header=False, lineterminator="\n")).rstrip("\n")
