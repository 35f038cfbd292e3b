"""Runs of linkage over records named by letters, and their difference."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.link.difference import Difference, Run, find_difference

RECORD = {name: pa.string() for name in ("source_system", "record_kind", "source_record_id", "customer_id")}
SIDES = [f"{side}_{name}" for side in ("left", "right") for name in list(RECORD)[:3]]
EDGE = dict.fromkeys([*SIDES, "edge_kind", "edge_name", "vetoed_by"], pa.string()) | {
    "match_weight": pa.float64()
}


def run(people: dict[str, str], *edges: tuple[Any, ...]) -> Run:
    """A run: by customer its records, a letter each, and edges: pair of letters, kind, name, weight, vetoed by."""
    records = [
        {
            "source_system": "crm",
            "record_kind": "contact",
            "source_record_id": letter,
            "customer_id": customer,
        }
        for customer, letters in people.items()
        for letter in letters
    ]
    rows = [
        {
            **dict(zip(SIDES, ["crm", "contact", pair[0], "crm", "contact", pair[1]], strict=True)),
            "edge_kind": kind,
            "edge_name": name,
            "match_weight": float(weight),
            "vetoed_by": by[0] if by else None,
        }
        for pair, kind, name, weight, *by in edges
    ]
    return Run(
        pa.Table.from_pylist(records, schema=pa.schema(RECORD)),
        pa.Table.from_pylist(rows, schema=pa.schema(EDGE)),
    )


def difference(before: Run, after: Run, samples: int = 5) -> Difference:
    with Engine.open() as workspace:
        return find_difference(workspace, before, after, samples)
