"""Finding a layout's columns in a file's header, by name and never by position."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from cdp_pipeline.contracts.layout import Layout, LayoutColumn
from cdp_pipeline.errors import LandingFileError

LIKELY_RATIO = 0.78  # of difflib: "Emial" and "Email" reach 0.8, "Contact ID" and "JigsawContactId" 0.75
LOOKS_LIKE_DATA = re.compile(r"@|\d{3}")  # a file without a header has a person's data in its first line
LONGEST_NAME = 200  # characters; comparing longer ones takes the square of their length


@dataclass(frozen=True)
class MatchedColumns:
    """Which header stands for which column.

    Attributes:
        positions: position in the header, from 0, of each column that is there.
        header: as the file has it.
    """

    positions: dict[str, int]
    header: list[str]

    def shown(self) -> list[str]:
        """Headers as ledger and messages may hold them.

        One that the layout does not list is called by its position where it has no name, or looks like the data of
        a person, as keys of JSON and the first line of a file without a header may.
        """
        known = set(self.positions.values())
        return [
            name
            if position in known or (name and not LOOKS_LIKE_DATA.search(name))
            else f"column {position + 1}"
            for position, name in enumerate(self.header)
        ]

    def unknown(self) -> list[str]:
        """Headers that the layout does not list, as they are shown."""
        known = set(self.positions.values())
        return [name for position, name in enumerate(self.shown()) if position not in known]

    def missing(self, layout: Layout) -> list[str]:
        """Headers of the layout's columns that the file lacks."""
        return [column.header for name, column in layout.columns.items() if name not in self.positions]


class MissingColumnError(LandingFileError):
    """A file that has columns of its layout lacks a required one.

    Attributes:
        columns: those that it has.
    """

    def __init__(self, message: str, columns: MatchedColumns) -> None:
        super().__init__(message)
        self.columns = columns


def match_columns(header: list[str], layout: Layout, label: str) -> MatchedColumns:
    """Find each column of the layout by header or alias.

    Raises:
        LandingFileError: a claimed header stands twice, a column under two headers, a required one is missing, or
            there is none of the layout's.
    """
    matched = MatchedColumns(find_columns(header, layout, label), header)
    _refuse_what_lacks_columns(matched, layout, label)
    return matched


def find_columns(header: list[str], layout: Layout, label: str) -> dict[str, int]:
    """Return the position in the header of each column that is there.

    Raises:
        LandingFileError: a claimed header stands twice, or a column under two headers.
    """
    counts = Counter(header)
    positions: dict[str, int] = {}
    for name, column in layout.columns.items():
        found = [spelling for spelling in spellings(column) if spelling in counts]
        if found and counts[found[0]] > 1:
            raise LandingFileError(f"{label}: header {found[0]!r} stands twice. Ask for a new export.")
        if len(found) > 1:
            raise LandingFileError(
                f"{label}: column {name} stands under two headers, {found[0]!r} and {found[1]!r}. Remove an alias "
                f"in config/layouts/{layout.layout}.yml."
            )
        if found:
            positions[name] = header.index(found[0])
    return positions


def likely_header(column: LayoutColumn, headers: Iterable[str]) -> str | None:
    """Return the header that is most like the column's, for a hint to a person; None if none is."""
    best = max(
        ((_likeness(spelling, header), header) for spelling in spellings(column) for header in headers),
        default=(0.0, ""),
    )
    return best[1] if best[0] >= LIKELY_RATIO else None


def _refuse_what_lacks_columns(matched: MatchedColumns, layout: Layout, label: str) -> None:
    mapping = f"config/layouts/{layout.layout}.yml"
    for name, column in layout.columns.items():
        if not column.is_required or name in matched.positions:
            continue
        guess = likely_header(column, matched.unknown())
        remedy = f"Is it now {guess!r}? Then add that" if guess else "If it was renamed, add the new header"
        raise MissingColumnError(
            f"{label}: required column {column.header!r} is missing. {remedy} to `aliases` of {name} in {mapping}.",
            matched,
        )
    if layout.columns and not matched.positions:
        raise LandingFileError(
            f"{label}: has none of the columns of layout {layout.layout}. Check its first line, and the headers in "
            f"{mapping}."
        )


def spellings(column: LayoutColumn) -> list[str]:
    """Return the headers that stand for a column, each once."""
    return list(dict.fromkeys([column.header, *column.aliases]))


def _likeness(spelling: str, header: str) -> float:
    """Compare letters and digits alone, from 0 to 1; a name that the other begins with is very like it."""
    if len(header) > LONGEST_NAME or LOOKS_LIKE_DATA.search(header):
        return 0.0
    one, other = (re.sub(r"[\W_]", "", text).casefold() for text in (spelling, header))
    ratio = SequenceMatcher(None, one, other).ratio()
    is_beginning = min(len(one), len(other)) > 3 and (one.startswith(other) or other.startswith(one))
    return max(ratio, 0.9) if is_beginning else ratio
