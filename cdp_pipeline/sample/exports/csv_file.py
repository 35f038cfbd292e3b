"""Write the rows of a query as a vendor's CSV file: its full header and, where wanted, lines that are no rows."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cdp_pipeline.engine import Engine, quote_identifier

BLANK = ""
_READ_AT_ONCE = 1 << 20


@dataclass
class Written:
    """What one night's exports left behind: rows by file, and where each bad row stands."""

    rows: dict[Path, int] = field(default_factory=dict)
    bad_rows: dict[str, tuple[Path, int]] = field(default_factory=dict)

    def add(self, other: Written) -> None:
        """Take over what another export wrote."""
        self.rows |= other.rows
        self.bad_rows |= other.bad_rows


def write_export(engine: Engine, path: Path, header: str, query: str, order_by: tuple[str, ...]) -> Written:
    """Write a file with a vendor's full header; what the vendor has and the query lacks stays empty.

    Args:
        query: its columns are named as in the header, in any order, and are all text; those of `order_by`
            may be other ones, which are not written.
        order_by: columns that together are unique.

    Raises:
        KeyError: a column of the query is not in the header.
    """
    columns = header.split(",")
    known = engine.describe(query)
    unknown = sorted(set(known) - {*columns, *order_by})
    if unknown:
        raise KeyError(f"columns {unknown} are not in this layout's header")
    filled = ", ".join(
        quote_identifier(name) if name in known else f"'' as {quote_identifier(name)}" for name in columns
    )
    order = ", ".join(f"exported.{quote_identifier(name)}" for name in order_by)
    ordered = f"select {filled} from ({query}) as exported order by {order}"
    return Written({path: engine.write_csv(path, ordered)})


def first_row(path: Path) -> dict[str, str]:
    """Return the first row of a file by header."""
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file), {})


def raw_line(header: str, values: Mapping[str, str]) -> str:
    """Return a line of a layout's shape with these values, to be put where no row may stand."""
    text = io.StringIO()
    csv.DictWriter(text, header.split(","), lineterminator="", restval="").writerow(values)
    return text.getvalue()


def insert_lines(path: Path, raw: Mapping[int, str]) -> dict[int, int]:
    """Put raw lines into a written file: by the number of rows before them; an empty one is a blank line.

    The first rows must lie within the first mebibyte and hold no line breaks. -1 stands for the end.

    Returns:
        The line (the header is line 1) of each raw line but one at the end, by its key in `raw`.
    """
    lines: dict[int, int] = {}
    new = path.with_suffix(".new")
    with path.open("rb") as old, new.open("wb") as file:
        start = old.read(_READ_AT_ONCE).split(b"\n")
        # What is cut off in the middle of a line stays as it is.
        whole, rest = start[:-1], start[-1]
        for number, line in enumerate(whole):
            file.write(line + b"\n")
            if number in raw:
                file.write(raw[number].encode() + b"\n")
                lines[number] = number + len(lines) + 2
        file.write(rest)
        shutil.copyfileobj(old, file, _READ_AT_ONCE)
        if -1 in raw:
            file.write(raw[-1].encode() + b"\n")
    new.replace(path)
    return lines
