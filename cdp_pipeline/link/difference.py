"""What two runs of linkage make of the same people differently, without labels: who is joined, who is parted, by what.

Runs are compared by their records, never by customer ids: an id says nothing about who is whose in another run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdp_pipeline.link.difference_samples import sample_joined, sample_parted
from cdp_pipeline.link.record_sides import is_side
from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.engine import Engine

Row = dict[str, Any]

HOLDING = "('rule', 'splink', 'decision')"
"""Kinds of edges that join their records."""

BIN_WIDTH = 2
"""Width in bits of a range of match weights."""


@dataclass(frozen=True)
class Difference:
    """How two runs differ.

    Attributes:
        counts: of records: kept_records (in both), new_records, gone_records; of customers: customers_before,
            customers_after, unchanged (the same records), resized (the same customer, with records new or gone),
            joined (of after, from several of before), parted (of before, into several of after), new, gone; of pairs
            of kept records: joined_pairs, parted_pairs; and same_id (unchanged ones with the same customer id).
        strengths: customers by the strongest edge between the parts that were joined or parted: change (joined or
            parted), edge_kind, match_weight (log2, lower end of a range of BIN_WIDTH), customers.
        divided: customers by the number of parts that were joined or parted: change, parts, customers, most_records
            (of one of them, in both runs).
        joining: edges that now hold between records of different customers of before, one row per edge_name and
            `was`: customers, edges.
        parting: edges that held between records that are now apart, one row per edge_name and `is_now`: customers,
            edges.
        joined: a sample of joined customers, those with the weakest edges first.
        parted: a sample of parted customers, those with the strongest edges first.
    """

    counts: dict[str, int]
    strengths: list[Row]
    divided: list[Row]
    joining: list[Row]
    parting: list[Row]
    joined: list[Row]
    parted: list[Row]


@dataclass(frozen=True)
class Run:
    """A run of linkage.

    Attributes:
        records: record key, customer_id (or any name of the group).
        edges: as in `link.edge`.
    """

    records: pa.Table
    edges: pa.Table


def find_difference(workspace: Engine, before: Run, after: Run, samples: int) -> Difference:
    """Compare two runs in an in-memory engine.

    Args:
        samples: so many joined and so many parted customers are told record by record.
    """
    _create_records(workspace, before, after)
    for name, run in (("before", before), ("after", after)):
        _create_edges(workspace, name, run)
    _create_crossing_edges(workspace, "joining_edge", "after", "before")
    _create_crossing_edges(workspace, "parting_edge", "before", "after")
    counts = workspace.fetch_arrow(COUNTS).to_pylist()[0]
    return Difference(
        counts={name: int(value or 0) for name, value in counts.items()},
        strengths=_by_strength(workspace),
        divided=_by_parts(workspace),
        joining=_by_name(workspace, "joining_edge", "was"),
        parting=_by_name(workspace, "parting_edge", "is_now"),
        joined=sample_joined(workspace, samples),
        parted=sample_parted(workspace, samples),
    )


def _create_records(workspace: Engine, before: Run, after: Run) -> None:
    """Create `record` (record, record key, before_id, after_id), an id null where the run has no such record.

    And `cell` (before_id, after_id, records), over the records of both.
    """
    key = ", ".join(RECORD_KEY)
    with workspace.arrow_view(before.records) as old, workspace.arrow_view(after.records) as new:
        workspace.replace_table(
            "record",
            f"""
            select
                row_number() over (order by {key}) as record, {key},
                old.customer_id as before_id, new.customer_id as after_id
            from {old} as old full join {new} as new using ({key})
            """,
        )
    workspace.replace_table(
        "cell",
        """
        select before_id, after_id, count(*) as records from record
        where before_id is not null and after_id is not null
        group by all
        """,
    )


def _create_edges(workspace: Engine, name: str, run: Run) -> None:
    """Create `edge_before` or `edge_after`: edges with numbers of records."""
    with workspace.arrow_view(run.edges) as edge:
        workspace.replace_table(
            f"edge_{name}",
            f"""
            select l.record as left_record, r.record as right_record, edge_kind, edge_name, match_weight, vetoed_by
            from {edge} as edge
            inner join record as l on {is_side("l", "left")}
            inner join record as r on {is_side("r", "right")}
            """,
        )


def _create_crossing_edges(workspace: Engine, name: str, holds: str, other: str) -> None:
    """Create a table of the edges that hold in one run inside a customer whose records the other run has apart.

    Columns: customer_id (of the run in which they hold), left_record, right_record, edge_kind, edge_name,
    match_weight, and fate: what the other run says of the pair: other_record (one of them is not there), vetoed,
    near_miss or absent; fate_by: by what it is vetoed there.
    """
    workspace.replace_table(
        name,
        f"""
        with divided as (
            select {holds}_id as customer_id from cell group by {holds}_id having count(*) > 1
        ),
        judged as (
            select
                left_record,
                right_record,
                bool_or(edge_kind = 'vetoed') as is_vetoed,
                min(vetoed_by) as vetoed_by
            from edge_{other} where edge_kind not in {HOLDING}
            group by left_record, right_record
        )
        select
            l.{holds}_id as customer_id,
            edge.left_record,
            edge.right_record,
            edge.edge_kind,
            edge.edge_name,
            edge.match_weight,
            case
                when l.{other}_id is null or r.{other}_id is null then 'other_record'
                when judged.is_vetoed then 'vetoed'
                when judged.is_vetoed is not null then 'near_miss'
                else 'absent'
            end as fate,
            judged.vetoed_by as fate_by
        from edge_{holds} as edge
        inner join record as l on edge.left_record = l.record
        inner join record as r on edge.right_record = r.record
        semi join divided on l.{holds}_id = divided.customer_id
        left join judged using (left_record, right_record)
        where edge.edge_kind in {HOLDING} and l.{other}_id is distinct from r.{other}_id
        """,
    )


def _by_name(workspace: Engine, edges: str, fate: str) -> list[Row]:
    query = f"""
        select
            edge_name, edge_kind, fate as {fate}, count(distinct customer_id) as customers, count(*) as edges
        from {edges}
        group by all
        order by customers desc, edges desc, edge_name, edge_kind, {fate}
    """
    rows: list[Row] = workspace.fetch_arrow(query).to_pylist()
    return rows


def _by_strength(workspace: Engine) -> list[Row]:
    """Count customers by the strongest edge that joins or joined their parts: the surer, the safer."""
    query = f"""
        with crossing as (
            select 'joined' as change, * from joining_edge
            union all
            select 'parted', * from parting_edge
        ),
        strongest as (
            select
                change, customer_id, max(match_weight) as match_weight,
                arg_max(edge_kind, (match_weight, edge_kind)) as edge_kind
            from crossing
            group by change, customer_id
        )
        select
            change, edge_kind, floor(match_weight / {BIN_WIDTH}) * {BIN_WIDTH} as match_weight, count(*) as customers
        from strongest
        group by all
        order by change, match_weight, edge_kind
    """
    rows: list[Row] = workspace.fetch_arrow(query).to_pylist()
    return rows


def _by_parts(workspace: Engine) -> list[Row]:
    """Count joined and parted customers by their parts; a customer of many is a chain, more often than not."""
    query = """
        with divided as (
            select 'joined' as change, count(*) as parts, sum(records) as records from cell group by after_id
            union all
            select 'parted', count(*), sum(records) from cell group by before_id
        )
        select change, parts::bigint as parts, count(*) as customers, max(records)::bigint as most_records
        from divided
        where parts > 1
        group by change, parts
        order by change, parts
    """
    rows: list[Row] = workspace.fetch_arrow(query).to_pylist()
    return rows


COUNTS = """
with before as (
    select before_id, count(*) as records, count(after_id) as kept from record
    where before_id is not null group by before_id
),
after as (
    select after_id, count(*) as records, count(before_id) as kept from record
    where after_id is not null group by after_id
),
before_part as (
    select before_id, count(*) as parts, sum(records) as records, sum(records * (records - 1) // 2) as pairs
    from cell group by before_id
),
after_part as (
    select after_id, count(*) as parts, sum(records) as records, sum(records * (records - 1) // 2) as pairs
    from cell group by after_id
),
alone as (
    select cell.*, before.records as records_before, after.records as records_after
    from cell
    inner join before_part on cell.before_id = before_part.before_id and before_part.parts = 1
    inner join after_part on cell.after_id = after_part.after_id and after_part.parts = 1
    inner join before on cell.before_id = before.before_id
    inner join after on cell.after_id = after.after_id
)
select
    (select sum(records) from cell) as kept_records,
    (select count(*) from record where before_id is null) as new_records,
    (select count(*) from record where after_id is null) as gone_records,
    (select count(*) from before) as customers_before,
    (select count(*) from after) as customers_after,
    (select count(*) from alone where records_before = records and records_after = records) as unchanged,
    (select count(*) from alone where records_before <> records or records_after <> records) as resized,
    (select count(*) from after_part where parts > 1) as joined,
    (select count(*) from before_part where parts > 1) as parted,
    (select count(*) from after where kept = 0) as new,
    (select count(*) from before where kept = 0) as gone,
    (select sum(records * (records - 1) // 2 - pairs) from after_part) as joined_pairs,
    (select sum(records * (records - 1) // 2 - pairs) from before_part) as parted_pairs,
    (
        select count(*) from alone
        where records_before = records and records_after = records and before_id = after_id
    ) as same_id
"""
