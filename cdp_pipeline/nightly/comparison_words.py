"""What the comparison of two runs of linkage says, in words, for the terminal and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.evidence_words import veto_words
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdp_pipeline.nightly.compare_nights import Comparison, Row, Side

BEFORE = {
    "other_record": "one of the records is new",
    "vetoed": "was vetoed",
    "near_miss": "was too unlikely",
    "absent": "was not there",
}
NOW = {
    "other_record": "one of the records has left",
    "vetoed": "is vetoed",
    "near_miss": "is too unlikely",
    "absent": "is not there any more",
}
"""What the other run says of an edge."""


def named(side: Side) -> str:
    """Name a run; a published folder begins with its date."""
    day = str(side.business_date)
    return side.name if side.name.startswith(day) else f"{side.name}, {day}"


def headline(counts: Mapping[str, int]) -> str:
    """Return how many customers are joined and parted."""
    joined, parted = counts["joined"], counts["parted"]
    if not joined and not parted:
        return "Nobody is joined, nobody is parted"
    return (
        f"{counted(joined, 'customer')} {'is' if joined == 1 else 'are'} joined of several, "
        f"{counted(parted, 'customer')} {'is' if parted == 1 else 'are'} parted"
    )


def pairs_words(counts: Mapping[str, int]) -> str:
    """Return how many pairs of records came together and apart."""
    together, apart = (counted(counts[name], "pair") for name in ("joined_pairs", "parted_pairs"))
    return f"{together} of records came together, {apart} came apart"


def project_words(comparison: Comparison) -> str:
    """Return what can have made the difference."""
    if not comparison.has_ids:
        return "The same records, linked once more. Nothing was written; decisions of people hold as ever."
    if comparison.is_project_same:
        return "Configuration, SQL and code of the project are the same: only data and people's decisions can differ."
    return "Configuration, SQL or code of the project differ; data and people's decisions may, too."


def edge_words(row: Row) -> str:
    """Name what proposed a pair."""
    return f"{row['edge_kind']} {row['edge_name']}"


def fate_words(edge: Row) -> str:
    """Return what the other run says of an edge, and by what it is vetoed there."""
    words, fate = (BEFORE, edge["was"]) if "was" in edge else (NOW, edge["is_now"])
    by = f": {veto_words(edge['vetoed_by'])}" if fate == "vetoed" and edge.get("vetoed_by") else ""
    return words[fate] + by
