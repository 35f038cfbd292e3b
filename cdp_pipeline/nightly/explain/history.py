"""From when to when each value of a profile stood, and each record was the customer's."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cdp_pipeline.golden.profile_history import FRAME
from cdp_pipeline.nightly.explain.queries import Row, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdp_pipeline.nightly.explain.queries import Labels

BEGINNINGS = {
    "added": "new",
    "recorded": "older than the history",
    "returned": "back after it had left",
    "merged": "came with a customer merged in",
    "split": "parted from another customer",
    "moved": "came from another customer",
}
ENDINGS = {
    "merged": "went with the customer into another",
    "split": "parted from the customer",
    "moved": "went to another customer",
    "removed": "left the sources",
}


def values_over_time(intervals: Sequence[Row]) -> list[Row]:
    """Return column_name, value, valid_from and valid_to of each stretch in which a column said the same.

    Args:
        intervals: one customer's rows of `golden.profile_history`, in order of time.
    """
    columns = [name for name in (intervals[0] if intervals else {}) if name not in FRAME]
    return [row for column in columns for row in _stretches(column, intervals)]


def _stretches(column: str, intervals: Sequence[Row]) -> Iterator[Row]:
    """Yield the stretches of one column; intervals that follow each other with one value are one."""
    breaks = [
        number
        for number, (one, other) in enumerate(pairwise(intervals), start=1)
        if one[column] != other[column] or one["valid_to"] != other["valid_from"]
    ]
    for start, end in pairwise([0, *breaks, len(intervals)]):
        first, last = intervals[start], intervals[end - 1]
        yield {
            "column_name": column,
            "value": first[column],
            "valid_from": first["valid_from"],
            "valid_to": last["valid_to"],
        }


def changed_values(history: Sequence[Row]) -> list[Row]:
    """Return the stretches of columns that ever changed."""
    columns = [row["column_name"] for row in history]
    return [row for row in history if columns.count(row["column_name"]) > 1]


def records_over_time(rows: Sequence[Row], labels: Labels) -> list[Row]:
    """Return the customer's rows of `golden.membership_history` with words, and a label for records of today."""
    return [
        {
            **row,
            "label": labels.get(key_of(row)) if row["valid_to"] is None else None,
            "begun_words": BEGINNINGS[row["begun_by"]],
            "ended_words": ENDINGS[row["ended_by"]] if row["ended_by"] else None,
        }
        for row in rows
    ]
