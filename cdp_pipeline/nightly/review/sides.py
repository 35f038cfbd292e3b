"""Both sides of a pair: the record that is named, and those that stand or fall with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import igraph
import pyarrow as pa

from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.review.queries import EDGES, RECORDS

Row = dict[str, Any]
Edge = tuple[RecordKey, RecordKey]

FACTS = {
    "names": "name",
    "birth_dates": "birth date",
    "genders": "gender",
    "contacts": "e-mail, phone",
    "addresses": "address",
    "ids": "ids",
}
"""What is shown of a side, by column of the query, with its words."""


@dataclass(frozen=True)
class Side:
    """One side of a pair: the record that is named, and those that stand or fall with it.

    Attributes:
        record_count: records of the side.
        facts: distinct values of all of them by `FACTS`, those of the named record first.
    """

    record: RecordKey
    customer_id: str
    record_count: int
    facts: dict[str, list[str]]


@dataclass(frozen=True)
class KnownRecords:
    """What is known of the customers of the queue.

    Attributes:
        records: by record key.
        members: record keys by customer.
        edges: those that hold a customer together, by customer.
    """

    records: Mapping[RecordKey, Row]
    members: Mapping[str, Sequence[RecordKey]]
    edges: Mapping[str, Sequence[Edge]]

    @classmethod
    def of(cls, engine: Engine, queue: pa.Table) -> KnownRecords:
        """Read all records of the queued customers.

        Args:
            queue: has left_customer_id and right_customer_id.
        """
        with engine.arrow_view(queue) as view:
            engine.execute(
                f"""
                create or replace temp table review_customer as
                select left_customer_id as customer_id from {view} union select right_customer_id from {view}
                """
            )
        records = {_key(row): row for row in engine.fetch_arrow(RECORDS).to_pylist()}
        members: dict[str, list[RecordKey]] = defaultdict(list)
        for key, row in records.items():
            members[row["customer_id"]].append(key)
        edges: dict[str, list[Edge]] = defaultdict(list)
        for row in engine.fetch_arrow(EDGES).to_pylist():
            left = _key(row, "left_")
            edges[records[left]["customer_id"]].append((left, _key(row, "right_")))
        return cls(records, members, edges)

    def sides(self, row: Row) -> tuple[Side, Side]:
        """Return both sides of a queued pair: what falls apart without it if it is joined, else both customers."""
        left, right = _key(row, "left_"), _key(row, "right_")
        customers = row["left_customer_id"], row["right_customer_id"]
        if customers[0] == customers[1]:
            of_left, of_right = part_records(self.edges[customers[0]], left, right)
        else:
            of_left, of_right = (self.members[customer_id] for customer_id in customers)
        return self._side(left, of_left), self._side(right, of_right)

    def _side(self, record: RecordKey, members: Sequence[RecordKey]) -> Side:
        rows = [self.records[key] for key in (record, *(member for member in members if member != record))]
        facts = {
            name: list(dict.fromkeys(value for row in rows for value in row[name] or [] if value))
            for name in FACTS
        }
        return Side(record, rows[0]["customer_id"], len(rows), facts)


def part_records(
    edges: Sequence[Edge], left: RecordKey, right: RecordKey
) -> tuple[Sequence[RecordKey], Sequence[RecordKey]]:
    """Return the records on either side of a pair; where others hold the two together, each stands for itself."""
    number = {
        key: n for n, key in enumerate(dict.fromkeys([left, right, *(key for edge in edges for key in edge)]))
    }
    kept = [(number[a], number[b]) for a, b in edges if {a, b} != {left, right}]
    graph, keys = igraph.Graph(n=len(number), edges=kept), list(number)
    of_left, of_right = (sorted(keys[n] for n in graph.subcomponent(end)) for end in (0, 1))
    return ([left], [right]) if right in of_left else (of_left, of_right)


def _key(row: Row, prefix: str = "") -> RecordKey:
    return RecordKey(*(row[f"{prefix}{column}"] for column in RecordKey._fields))
