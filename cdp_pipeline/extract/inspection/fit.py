"""How well each layout fits a header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.readers.columns import likely_header

MOST_OF_LAYOUT = 0.6  # exports are view-dependent; a layout also lists what only some views have
SOME_OF_FILE = 0.2  # vendors' files have many columns that no layout takes: 34 of 79 in Shopify's orders


@dataclass(frozen=True)
class LayoutFit:
    """A layout beside a file's header.

    Attributes:
        matched: headers that the layout lists.
        unknown: headers that it does not list; they are left out of the tables.
        missing: headers of the layout that the file lacks; their columns stay empty.
        missing_required: those among them without which a file is refused.
    """

    layout: Layout
    matched: list[str]
    unknown: list[str]
    missing: list[str]
    missing_required: list[str]

    @property
    def score(self) -> float:
        """Share of both headers that the other side knows: 1 where they are the same."""
        total = 2 * len(self.matched) + len(self.unknown) + len(self.missing)
        return 2 * len(self.matched) / total if total else 0.0

    @property
    def is_convincing(self) -> bool:
        """Whether the file is most likely such an export: it has most of the layout, and not only by chance."""
        of_layout = len(self.matched) / (len(self.matched) + len(self.missing) or 1)
        of_file = len(self.matched) / (len(self.matched) + len(self.unknown) or 1)
        return self.is_loadable and of_layout >= MOST_OF_LAYOUT and of_file >= SOME_OF_FILE

    @property
    def is_loadable(self) -> bool:
        """Whether a source could deliver the file under this layout as it is."""
        return bool(self.matched) and not self.missing_required

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Column of each unknown header that is likely a missing one under another spelling."""
        return find_renamed(self.unknown, self.layout, self.missing)


def rank_layouts(header: Sequence[str], layouts: Mapping[str, Layout]) -> list[LayoutFit]:
    """Return the layouts with anything in common, the best first: loadable, then by score, then by name."""
    fits = [fit_layout(header, layout) for layout in layouts.values()]
    found = [fit for fit in fits if fit.matched]
    return sorted(found, key=lambda fit: (not fit.is_loadable, -fit.score, fit.layout.layout))


def fit_layout(header: Sequence[str], layout: Layout) -> LayoutFit:
    """Compare one layout with a header."""
    spellings = {s for column in layout.columns.values() for s in (column.header, *column.aliases)}
    present = set(header)
    absent = [c for c in layout.columns.values() if not present.intersection((c.header, *c.aliases))]
    return LayoutFit(
        layout,
        matched=[name for name in header if name in spellings],
        unknown=[name for name in header if name not in spellings],
        missing=[column.header for column in absent],
        missing_required=[column.header for column in absent if column.is_required],
    )


def find_renamed(unknown: Iterable[str], layout: Layout, missing: Iterable[str]) -> dict[str, str]:
    """Pair headers that no column claims with missing columns that they are likely another spelling of.

    Returns:
        Column by header; each header and each column at most once.
    """
    absent, left = set(missing), list(unknown)
    pairs: dict[str, str] = {}
    for name, column in layout.columns.items():
        header = likely_header(column, left) if column.header in absent else None
        if header:
            pairs[header] = name
            left.remove(header)
    return pairs
