"""Decisions that contradict each other: must-links that connect two records which a never-link keeps apart.

Which of them is wrong, nobody knows but the people who decided: none of the chain's must-links is applied until one of
the decisions is taken back or expires. Must-links beside the chain are not touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import igraph
import numpy as np
import pyarrow as pa

from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night

PAIR = tuple(f"{side}_{column}" for side in ("left", "right") for column in RECORD_KEY)


MATCH_DECISION = f"""match_decision (
    decision_id bigint, decision varchar, {" varchar, ".join(PAIR)} varchar, decided_at timestamp
)"""
DECISION_CONFLICT = f"""decision_conflict (
    never_link_decision_id bigint, must_link_decision_id bigint, {" varchar, ".join(PAIR)} varchar, conflict varchar
)"""
"""Names and columns of the two tables, as `create table` takes them."""


def create_match_decision(night: Night) -> None:
    """See to it that `link.match_decision` exists; a night fills it with what people decided."""
    night.engine.execute(f"create table if not exists link.{MATCH_DECISION}")


def build_decision_conflict(night: Night) -> None:
    """Write `link.decision_conflict`: one row per never-link and must-link of a chain that it contradicts.

    Reads `link.match_decision` and `link.linkage_record`: a decision on a record that is not there contradicts nothing.
    """
    must_links, never_links = _present(night.engine, "must_link"), _present(night.engine, "never_link")
    found = list(_contradictions(must_links, never_links))
    conflicts = pa.table(
        {
            "never_link_decision_id": pa.array([never for never, _ in found], pa.int64()),
            "must_link_decision_id": pa.array([must for _, must in found], pa.int64()),
        }
    )
    with night.engine.arrow_view(conflicts) as conflict:
        night.engine.replace_table("link.decision_conflict", CONFLICTING_DECISIONS.format(conflict=conflict))


def _present(engine: Engine, decision: str) -> pa.Table:
    """Return decision_id, left and right: decisions whose records are both there, with numbers for the records."""
    sides = ", ".join(
        f"row({', '.join(f'{side}_{column}' for column in RECORD_KEY)}) as {side}_key"
        for side in ("left", "right")
    )
    there = " ".join(
        f"semi join link.linkage_record as {side}_record on "
        + " and ".join(f"d.{side}_{column} = {side}_record.{column}" for column in RECORD_KEY)
        for side in ("left", "right")
    )
    return engine.fetch_arrow(
        f"""
        with decided as (select decision_id, decision, {sides} from link.match_decision as d {there}),
        numbered as (
            select key, row_number() over (order by key) - 1 as number
            from (select left_key as key from decided union select right_key from decided)
        )
        select decision_id, l.number as left_number, r.number as right_number
        from decided
        inner join numbered as l on left_key = l.key
        inner join numbered as r on right_key = r.key
        where decision = '{decision}'
        order by decision_id
        """
    )


def _contradictions(must_links: pa.Table, never_links: pa.Table) -> Iterator[tuple[int, int]]:
    """Yield never-links with each must-link that stands on a way between their two records."""
    if not must_links.num_rows or not never_links.num_rows:
        return
    must, left, right = _columns(must_links)
    never, first, second = _columns(never_links)
    count = int(max(numbers.max() for numbers in (left, right, first, second))) + 1
    chains = igraph.Graph(n=count, edges=np.column_stack([left, right])).simplify()
    component = np.asarray(chains.connected_components().membership)
    for position in np.flatnonzero(component[first] == component[second]):
        on_the_way = _records_between(chains, int(first[position]), int(second[position]))
        between = np.isin(left, on_the_way) & np.isin(right, on_the_way)
        yield from ((int(never[position]), int(decision)) for decision in must[between])


def _records_between(chains: igraph.Graph, first: int, second: int) -> list[int]:
    """Return the records on all ways between two: those that share a circle with an edge from one to the other."""
    circle = chains.copy()
    circle.add_edge(first, second)
    circle.simplify()
    return next(list(block) for block in circle.biconnected_components() if {first, second} <= set(block))


def _columns(decisions: pa.Table) -> list[NDArray[np.int64]]:
    return [decisions.column(name).to_numpy() for name in ("decision_id", "left_number", "right_number")]


CONFLICTING_DECISIONS = f"""
select
    never_link_decision_id,
    must_link_decision_id,
    {", ".join(f"must.{column}" for column in PAIR)},
    case when {" and ".join(f"must.{column} = never.{column}" for column in PAIR)} then 'same_pair'
        else 'chain' end as conflict
from {{conflict}}
inner join link.match_decision as must on must_link_decision_id = must.decision_id
inner join link.match_decision as never on never_link_decision_id = never.decision_id
order by never_link_decision_id, must_link_decision_id
"""
