"""The review queue: which pairs of records a person should look at first.

A pair comes first which the night may well have decided wrongly and on which much hangs. Pairs that stand apart and
pairs that are joined are ordered each by themselves and taken in turns: those apart are wrong far more often, since the
threshold lies above even odds, but a wrong join is the worse error.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import igraph
import numpy as np
import pyarrow as pa

from cdp_pipeline.link.components import component_of
from cdp_pipeline.link.record_sides import is_side
from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdp_pipeline.engine import Engine

    Numbers = NDArray[np.int64]


class ReviewKind(StrEnum):
    """Why a pair is worth a look."""

    NEAR_EVEN = "near_even"  # kept apart or joined by a match weight that may well be wrong
    BRIDGE = "bridge"  # this pair alone holds two groups of records together
    REFUSED = "refused"  # strong evidence, and a contradiction that refused it


WEAKLY_JOINED_BELOW = 5.0
"""Match weight (log2) of a joined pair: from there on fewer than 3 in 100 are wrong."""

BRIDGED_RECORDS = 4
"""Customers of fewer records have no two groups that a pair could hold together."""

BRIDGED_SIDE = 2
"""A single record hangs on one pair more often than not; that alone says nothing."""

CONTRADICTION_IS_WRONG = 0.5
"""Of a refused pair strong evidence speaks for, and a contradiction against: nobody can say which of them errs."""

APART_PER_JOINED = 3
"""Of pairs that stand apart so many come before one that is joined: more ask for answers that change nothing."""

PAIR = tuple(f"{side}_{column}" for side in ("left", "right") for column in RECORD_KEY)


def queue_pairs(engine: Engine, decided: str, revenue: str, limit: int) -> pa.Table:
    """Return the pairs whose decision matters most, the most important first.

    Grain: one row per pair of records, and per pair of customers where they are apart. Columns: position (from 1),
    review_kind, the keys of both records (left_, right_), left_customer_id, right_customer_id, edge_kind, edge_name,
    match_weight (log2), vetoed_by, comparison_weights, record_count and revenue_eur of the customers concerned.

    The priority of a pair is the probability that the night decided it wrongly times what hangs on it. Weights of the
    model are calibrated, so they say how likely a pair is one person; declared ones of rules are taken at their word.
    What hangs on it are the records concerned and their revenue, counted in what a record brings on average.

    Args:
        engine: reads `link.edge` and `link.customer_source_record`; may be read-only, temporary tables suffice.
        decided: query of pairs that people decided on, by the keys of both records. They do not come again, nor do
            pairs of the two customers that one of them speaks of.
        revenue: query of customer_id, revenue_eur.
        limit: most pairs to return.
    """
    _create_stakes(engine, revenue)
    _create_bridges(engine)
    _create_open_pairs(engine, decided)
    return engine.fetch_arrow(_QUEUE, [limit])


def _create_stakes(engine: Engine, revenue: str) -> None:
    """Create `review_stake`, one row per customer: record_count, revenue_eur, stake."""
    _create(
        engine,
        "review_stake",
        f"""
        with customer as (
            select
                customer_id,
                count(*) as record_count,
                -- Refunds of another year may exceed what was bought since.
                greatest(coalesce(any_value(revenue_eur), 0), 0) as revenue_eur
            from link.customer_source_record
            left join ({revenue}) as revenue using (customer_id)
            group by customer_id
        )
        select
            *,
            record_count
            + coalesce(revenue_eur / nullif(sum(revenue_eur) over () / sum(record_count) over (), 0), 0) as stake
        from customer
        """,
    )


def _create_bridges(engine: Engine) -> None:
    """Create `review_bridge`: pairs that alone hold records together, with the records on either side."""
    _create(
        engine,
        "review_member",
        f"""
        select {", ".join(RECORD_KEY)}, row_number() over (order by {", ".join(RECORD_KEY)}) - 1 as record
        from link.customer_source_record
        semi join (from review_stake where record_count >= {BRIDGED_RECORDS}) using (customer_id)
        """,
    )
    held = engine.fetch_arrow(
        f"""
        select {_KEYS}, l.record as left_record, r.record as right_record
        from link.edge as edge
        inner join review_member as l on {is_side("l", "left")}
        inner join review_member as r on {is_side("r", "right")}
        where edge_kind in ('rule', 'splink', 'decision')
        order by left_record, right_record, edge_name
        """
    )
    ends = [held.column(name).to_numpy() for name in ("left_record", "right_record")]
    bridge, left_records, right_records = find_bridges(engine.row_count("review_member"), *ends)
    sides = {"left_records": pa.array(left_records), "right_records": pa.array(right_records)}
    bridges = pa.table({**{name: held.column(name).take(pa.array(bridge)) for name in PAIR}, **sides})
    with engine.arrow_view(bridges) as view:
        _create(
            engine, "review_bridge", f"from {view} where least(left_records, right_records) >= {BRIDGED_SIDE}"
        )


def _create_open_pairs(engine: Engine, decided: str) -> None:
    """Create `review_edge`: edges worth a look that nobody decided on yet.

    With both customers, is_apart, whether they differ, and for bridges left_records and right_records.
    """
    _create(
        engine, "review_decided", f"select {_KEYS} from ({decided}) union select {_TURNED} from ({decided})"
    )
    _create(
        engine,
        "review_settled",
        f"""
        select distinct l.customer_id as left_customer_id, r.customer_id as right_customer_id
        from review_decided as edge {_OWNERS}
        """,
    )
    _create(
        engine,
        "review_edge",
        f"""
        with edge as (
            select {_KEYS}, edge_kind, edge_name, match_weight, vetoed_by, left_records, right_records
            from link.edge
            left join review_bridge using ({_KEYS})
            anti join review_decided using ({_KEYS})
            where
                edge_kind <> 'decision'
                and vetoed_by is distinct from 'decision'
                and (edge_kind in ('near_miss', 'vetoed') or {_IS_WEAK} or left_records is not null)
        )
        select
            edge.*,
            l.customer_id as left_customer_id,
            r.customer_id as right_customer_id,
            l.customer_id <> r.customer_id as is_apart
        from edge {_OWNERS}
        anti join review_settled as settled
            on l.customer_id = settled.left_customer_id
            and r.customer_id = settled.right_customer_id
            and l.customer_id <> r.customer_id
        where (edge_kind in ('near_miss', 'vetoed')) = (l.customer_id <> r.customer_id)
        """,
    )


def find_bridges(count: int, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the edges without which a component falls apart: their positions, and the records on either side.

    Two edges between the same records are no bridges: each would hold without the other.

    Args:
        count: records are numbered 0 to count-1.
        left: one end of each edge; `right` the other.
    """
    bridge = np.array(
        sorted(igraph.Graph(n=count, edges=np.column_stack((left, right))).bridges()), dtype=np.int64
    )
    kept = np.ones(len(left), dtype=bool)
    kept[bridge] = False
    block = component_of(count, left[kept], right[kept])
    records = np.bincount(block, minlength=count)
    left_records, right_records = _records_of_sides(records, block[left[bridge]], block[right[bridge]])
    return bridge, left_records, right_records


def _records_of_sides(records: Numbers, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """Return the records on either side of each edge of a forest.

    Leaves are taken off round by round, each handing its records on, so that there are no more rounds than a path
    has edges, whatever the number of trees.

    Args:
        records: of each node.
        left: one end of each edge; `right` the other.
    """
    tree = component_of(len(records), left, right)
    whole = np.bincount(tree, weights=records, minlength=len(records)).astype(np.int64)[tree[left]]
    behind, left_records, is_open = records.copy(), np.zeros_like(left), np.ones(len(left), dtype=bool)
    while is_open.any():
        degree = np.bincount(np.concatenate((left[is_open], right[is_open])), minlength=len(records))
        from_left = is_open & (degree[left] == 1)
        from_right = is_open & (degree[right] == 1) & ~from_left
        left_records[from_left] = behind[left[from_left]]
        left_records[from_right] = (whole - behind[right])[from_right]
        is_open &= ~(from_left | from_right)
        np.add.at(behind, right[from_left], behind[left[from_left]])
        np.add.at(behind, left[from_right], behind[right[from_right]])
    return left_records, whole - left_records


def _create(engine: Engine, table: str, query: str) -> None:
    engine.execute(f"create or replace temp table {table} as {query}")


_KEYS = ", ".join(PAIR)
_TURNED = ", ".join(
    f"{other}_{column} as {side}_{column}"
    for side, other in (("left", "right"), ("right", "left"))
    for column in RECORD_KEY
)
_OWNERS = f"""
    inner join link.customer_source_record as l on {is_side("l", "left")}
    inner join link.customer_source_record as r on {is_side("r", "right")}
"""

_IS_WEAK = f"(edge_kind = 'splink' and match_weight < {WEAKLY_JOINED_BELOW})"

_IS_ONE_PERSON = "1 / (1 + pow(2, -match_weight))"
_ARE_TWO_PEOPLE = "1 / (1 + pow(2, match_weight))"

_CANDIDATES = f"""
    select
        {_KEYS}, edge_name, '{ReviewKind.NEAR_EVEN}' as review_kind,
        if(edge_kind = 'near_miss', {_IS_ONE_PERSON}, {_ARE_TWO_PEOPLE}) as error_probability
    from review_edge
    where edge_kind = 'near_miss' or {_IS_WEAK}
    union all
    select {_KEYS}, edge_name, '{ReviewKind.BRIDGE}', {_ARE_TWO_PEOPLE}
    from review_edge
    where left_records is not null
    union all
    select {_KEYS}, edge_name, '{ReviewKind.REFUSED}', {CONTRADICTION_IS_WRONG} * {_IS_ONE_PERSON}
    from review_edge
    where edge_kind = 'vetoed'
"""

_QUEUE = f"""
    with candidate as ({_CANDIDATES}),
    weighed as (
        select
            review_kind, review_edge.*,
            l.record_count + if(is_apart, r.record_count, 0) as record_count,
            l.revenue_eur + if(is_apart, r.revenue_eur, 0) as revenue_eur,
            error_probability * (l.stake + if(is_apart, r.stake, 0)) as priority,
            -- One question is enough at a time: the answer may part a customer, and then others are to be asked.
            [least(left_customer_id, right_customer_id), greatest(left_customer_id, right_customer_id)] as question
        from candidate
        inner join review_edge using ({_KEYS}, edge_name)
        inner join review_stake as l on left_customer_id = l.customer_id
        inner join review_stake as r on right_customer_id = r.customer_id
    ),
    asked as (
        from weighed
        qualify row_number() over (
            partition by question
            order by if(is_apart, -match_weight, match_weight), review_kind, edge_name, {_KEYS}
        ) = 1
    ),
    ranked as (
        select
            *, row_number() over (partition by is_apart order by priority desc, match_weight desc, {_KEYS}) as rank
        from asked
    ),
    first as (
        select *, row_number() over (order by if(is_apart, rank, rank * {APART_PER_JOINED}), not is_apart) as position
        from ranked
        qualify position <= $1
    )
    select
        first.position, first.review_kind, {", ".join(f"first.{name}" for name in PAIR)},
        first.left_customer_id, first.right_customer_id,
        first.edge_kind, first.edge_name, first.match_weight, first.vetoed_by, edge.comparison_weights,
        first.record_count, first.revenue_eur
    from first
    inner join link.edge as edge
        on {" and ".join(f"first.{name} = edge.{name}" for name in PAIR)} and first.edge_name = edge.edge_name
    order by first.position
"""
