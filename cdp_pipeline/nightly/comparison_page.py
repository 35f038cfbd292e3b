"""The page of a comparison of two runs of linkage, as a file that only its owner may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdp_pipeline.link.difference import BIN_WIDTH
from cdp_pipeline.nightly.comparison_words import (
    fate_words,
    headline,
    named,
    pairs_words,
    project_words,
)
from cdp_pipeline.nightly.explain.events import CAUSES
from cdp_pipeline.nightly.private_page import write_private_page
from cdp_pipeline.report.comparison_page import render_comparison_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdp_pipeline.nightly.compare_nights import Comparison, Row


BY = {"splink": "model", "rule": "rule", "decision": "decision"}
"""Who proposed a pair, by kind of edge."""


def write_comparison_page(comparison: Comparison, path: Path) -> None:
    """Write the comparison as one page that needs nothing else: counts and record keys, no values.

    Raises:
        PageError: the file cannot be written.
    """
    write_private_page(render_comparison_page(as_document(comparison)), path)


def as_document(comparison: Comparison) -> dict[str, Any]:
    """Return what the page tells, in words, joined customers apart from parted ones."""
    difference = comparison.difference
    counts = difference.counts
    return {
        "before": named(comparison.before),
        "after": named(comparison.after),
        "headline": headline(counts),
        "pairs": pairs_words(counts),
        "project": project_words(comparison),
        "counts": counts,
        "other_ids": counts["unchanged"] - counts["same_id"] if comparison.has_ids else 0,
        "match_threshold": comparison.after.match_threshold,
        "events": [{**row, "cause": CAUSES.get(row["cause"], row["cause"])} for row in comparison.events],
        "changes": [
            _change(comparison, "joined", difference.joining, difference.joined),
            _change(comparison, "parted", difference.parting, difference.parted),
        ],
    }


def _change(comparison: Comparison, change: str, edges: Sequence[Row], samples: Sequence[Row]) -> Row:
    difference = comparison.difference
    return {
        "change": change,
        # Of another configuration's groups the numbers mean nothing to anybody.
        "has_id": comparison.has_ids or change == "parted",
        "parts_have_ids": comparison.has_ids or change == "joined",
        "customers": difference.counts[change],
        "strengths": [
            {**row, "bin_width": BIN_WIDTH} for row in difference.strengths if row["change"] == change
        ],
        "divided": [row for row in difference.divided if row["change"] == change],
        "edges": [{**_told(row), "customers": row["customers"], "edges": row["edges"]} for row in edges],
        "samples": [
            {**sample, "edges": [{**edge, **_told(edge)} for edge in sample["edges"] or []]}
            for sample in samples
        ],
    }


def _told(edge: Row) -> Row:
    fate = edge["was"] if "was" in edge else edge["is_now"]
    proposed_by = BY.get(edge["edge_kind"], edge["edge_kind"])
    return {
        "name": f"{proposed_by}: {edge['edge_name'].replace('_', ' ')}",
        "fate": fate,
        "fate_words": fate_words(edge),
    }
