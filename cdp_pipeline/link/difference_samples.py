"""Customers that two runs of linkage make differently, record by record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

Row = dict[str, Any]

MOST_RECORDS = 12
"""Record keys and edges of one customer in a sample."""


def sample_joined(workspace: Engine, samples: int) -> list[Row]:
    """Return customers of after that were several before, those with the weakest edges first.

    One row per customer: customer_id, records, parts (customer_id, records, record_keys) and edges between them
    (left, right, edge_kind, edge_name, match_weight, was, vetoed_by).
    """
    return _sample(workspace, "after", "before", "joining_edge", "was", "asc", samples)


def sample_parted(workspace: Engine, samples: int) -> list[Row]:
    """Return customers of before that are several now, those with the strongest edges first.

    As `sample_joined`, with is_now in place of was.
    """
    return _sample(workspace, "before", "after", "parting_edge", "is_now", "desc", samples)


def _sample(
    workspace: Engine, divided: str, parts: str, edges: str, fate: str, order: str, samples: int
) -> list[Row]:
    """Return customers with customer_id, records, parts (customer_id, records, record_keys) and edges between them.

    Args:
        divided: the run in which they are one; `parts` is the other one.
        order: of the strongest edge between the parts.
    """
    query = _sample_query(divided, parts, edges, fate, order, samples)
    rows: list[Row] = workspace.fetch_arrow(query).to_pylist()
    return rows


def _sample_query(divided: str, parts: str, edges: str, fate: str, order: str, samples: int) -> str:
    key = " || '/' || ".join(RECORD_KEY)
    return f"""
        with chosen as (
            select {divided}_id as customer_id, max(match_weight) as match_weight, sum(records) as records
            from (select {divided}_id, sum(records) as records from cell group by all having count(*) > 1)
            left join (select customer_id as {divided}_id, max(match_weight) as match_weight from {edges} group by all)
                using ({divided}_id)
            group by {divided}_id
            order by max(match_weight) {order} nulls last, {divided}_id
            limit {samples}
        ),
        part as (
            select {divided}_id as customer_id, {parts}_id as part_id, count(*) as records,
                list({key} order by record)[1:{MOST_RECORDS}] as record_keys
            from record where {divided}_id in (select customer_id from chosen) and {parts}_id is not null
            group by all
        ),
        between_parts as (
            select customer_id, l.record_key as left_key, r.record_key as right_key,
                edge_kind, edge_name, match_weight, fate, fate_by
            from {edges}
            inner join (select record, {key} as record_key from record) as l on left_record = l.record
            inner join (select record, {key} as record_key from record) as r on right_record = r.record
            where customer_id in (select customer_id from chosen)
        )
        select
            customer_id,
            chosen.records,
            (
                select list({{'customer_id': part_id, 'records': records, 'record_keys': record_keys}}
                    order by records desc, part_id)
                from part where part.customer_id = chosen.customer_id
            ) as parts,
            (
                select list({{'left': left_key, 'right': right_key, 'edge_kind': edge_kind, 'edge_name': edge_name,
                    'match_weight': match_weight, '{fate}': fate, 'vetoed_by': fate_by}}
                    order by match_weight desc, left_key, right_key, edge_name)[1:{MOST_RECORDS}]
                from between_parts where between_parts.customer_id = chosen.customer_id
            ) as edges
        from chosen
        order by match_weight {order} nulls last, customer_id
    """
