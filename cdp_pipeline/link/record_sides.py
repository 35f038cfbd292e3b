"""Which record is which side of a pair, in SQL: edges and decisions name both by their whole keys."""

from __future__ import annotations

from cdp_pipeline.link.workspace import RECORD_KEY


def is_side(record: str, side: str, pair: str = "edge") -> str:
    """Return the condition that a record is one side of a pair.

    Args:
        record: alias of a table with the columns of a record key.
        side: left or right.
        pair: alias of a table with these columns twice, prefixed with left_ and right_.
    """
    return " and ".join(f"{pair}.{side}_{column} = {record}.{column}" for column in RECORD_KEY)
