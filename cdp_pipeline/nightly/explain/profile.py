"""The golden profile line by line: each value, the records that say it, what decided, and what lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdp_pipeline.golden.manual_correction import MANUAL_CORRECTION
from cdp_pipeline.nightly.explain.queries import Row, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdp_pipeline.nightly.explain.customer import Explanation


LOST = {MANUAL_CORRECTION: "lost to a correction"}


def profile_lines(explanation: Explanation) -> Iterator[Row]:
    """Yield column, value, labels (of the records that say it), decided_by in words, is_kept, is_survivor."""
    labels = {key_of(row): row["label"] for row in explanation.records}
    for column, value in explanation.profile.items():
        candidates = [
            {**row, "label": labels.get(key_of(row))}
            for row in explanation.values
            if row["column_name"] == column
        ]
        survivor = next((row for row in candidates if row["is_survivor"]), None)
        others = list(_others(survivor, candidates))
        if survivor or value is not None or candidates:
            kept = survivor["value"] if survivor else None
            yield _line(column, value, kept, candidates, _reason(survivor, others), is_kept=True)
        for other in others:
            lost = LOST.get(other["decided_by"], f"lost by {other['decided_by']}")
            yield _line(column, other["value"], other["value"], candidates, lost, is_kept=False)


def _line(
    column: str, value: Any, said: Any, candidates: list[Row], decided_by: str, *, is_kept: bool
) -> Row:
    labels = {
        row["label"] for row in candidates if said is not None and row["value"] == said and row["label"]
    }
    return {
        "column": column,
        "value": value,
        "labels": sorted(labels, key=lambda label: int(label[1:])),
        "decided_by": decided_by,
        "is_kept": is_kept,
        "is_survivor": is_kept and bool(decided_by),
    }


def _reason(survivor: Row | None, others: list[Row]) -> str:
    """Say what decided; columns that survive together may have won by another column's value."""
    if survivor is None:
        return "emptied by a correction" if _is_corrected(others) else ""
    if survivor["decided_by"] == MANUAL_CORRECTION:
        return f"correction {survivor['source_record_id']}"
    if survivor["decided_by"] == "fills_empty":
        return "fills a gap of the survivor"
    return f"won by {survivor['decided_by']}" if others else "the only value"


def _is_corrected(others: list[Row]) -> bool:
    return any(row["decided_by"] == MANUAL_CORRECTION for row in others)


def _others(survivor: Row | None, candidates: list[Row]) -> Iterator[Row]:
    """Yield the best candidate of each value that lost; an address can win with a part of it empty."""
    seen = {survivor["value"]} if survivor else set()
    for row in candidates:
        if row["value"] not in seen:
            seen.add(row["value"])
            yield row
