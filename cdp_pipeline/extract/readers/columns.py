"""Finding a layout's columns in a file's header, by name and never by position."""

from __future__ import annotations

from dataclasses import dataclass

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import LandingFileError


@dataclass(frozen=True)
class MatchedColumns:
    """Which header stands for which column.

    Attributes:
        positions: position in the header, from 0, of each column that is there.
        header: as the file has it.
    """

    positions: dict[str, int]
    header: list[str]

    def unknown(self) -> list[str]:
        """Headers that the layout does not list."""
        known = {self.header[position] for position in self.positions.values()}
        return [name for name in self.header if name not in known]

    def missing(self, layout: Layout) -> list[str]:
        """Headers of the layout's columns that the file lacks."""
        return [column.header for name, column in layout.columns.items() if name not in self.positions]


def match_columns(header: list[str], layout: Layout, label: str) -> MatchedColumns:
    """Find each column of the layout by header or alias.

    Raises:
        LandingFileError: a claimed header stands twice, a column under two headers, or a required one is missing.
    """
    twice = sorted({name for name in header if header.count(name) > 1})
    claimed = {s for column in layout.columns.values() for s in (column.header, *column.aliases)}
    if ambiguous := claimed.intersection(twice):
        raise LandingFileError(f"{label}: header {min(ambiguous)!r} stands twice. Ask for a new export.")
    positions: dict[str, int] = {}
    for name, column in layout.columns.items():
        found = [header.index(s) for s in (column.header, *column.aliases) if s in header]
        if len(found) > 1:
            raise LandingFileError(
                f"{label}: column {name} stands under two headers, {header[found[0]]!r} and "
                f"{header[found[1]]!r}. Remove an alias in config/layouts/{layout.layout}.yml."
            )
        if found:
            positions[name] = found[0]
        elif column.is_required:
            raise LandingFileError(
                f"{label}: required column {column.header!r} is missing. If it was renamed, add the new "
                f"header to `aliases` of {name} in config/layouts/{layout.layout}.yml."
            )
    return MatchedColumns(positions, header)
