"""Clusters with more different names than a person has are cut into pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import igraph
import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdp_pipeline.engine import Engine

    Numbers = NDArray[np.int64]

TOO_LARGE = "too_large"
"""What `link.edge` says of a pair that was refused so."""

DISSOLVED_AT = 2000
"""Groups of strong rules from which a cluster is no person's at all: every weak tie goes, since ranking them costs
their square."""


def cut_too_large(workspace: Engine, cap: int, strong: str) -> None:
    """Cut clusters of more names than the cap, and create `too_large` (record, cluster) with what they were.

    Reads `guard_group` (record, part), what strong rules hold together, and `held_rule` and `held_pair`, the edges of
    rules and of the model that hold. Changes `assignment`.

    Args:
        strong: condition on an edge of a rule that is never cut.
    """
    workspace.replace_table(
        "too_large",
        f"""
        select record, cluster, part, name_in_any_order_key as name
        from assignment inner join guard_group using (record) inner join record using (record)
        qualify count(distinct name_in_any_order_key) over (partition by cluster) > {cap}
        """,
    )
    if not workspace.row_count("too_large"):
        return
    ties, names = workspace.fetch_arrow(_weak_ties(strong)), workspace.fetch_arrow(_NAMES_OF_PARTS)
    pieces = list(_pieces(ties, names, cap)) if ties.num_rows else []
    table = pa.table({
        "part": np.concatenate([np.empty(0, dtype=np.int64), *pieces]),
        "piece": np.repeat([piece.min() for piece in pieces], [len(piece) for piece in pieces]).astype(np.int64),
    })  # fmt: skip
    with workspace.arrow_view(table) as view:
        workspace.execute(
            f"""
            update assignment set cluster = coalesce(piece, part)
            from too_large left join {view} using (part)
            where assignment.record = too_large.record
            """
        )


_NAMES_OF_PARTS = """
    select distinct part, dense_rank() over (order by name) as name
    from too_large where name is not null order by part, name
"""


def _weak_ties(strong: str) -> str:
    """Return a query of tie, part, match_weight: which groups a value or a pair of the model ties together.

    A tie is the star of edges that one record has by one rule: kept or cut whole, it never leaves records together
    that no stored edge connects.
    """
    return f"""
        with edge as (
            select left_record, right_record, edge_name, 0 as partner, match_weight
            from held_rule where not ({strong})
            union all
            select left_record, right_record, '', right_record, match_weight from held_pair
        ),
        tied as (
            select
                dense_rank() over (order by match_weight, edge_name, partner, left_record) as tie,
                l.part as left_part,
                r.part as right_part
            from edge
            semi join too_large on edge.left_record = too_large.record
            inner join guard_group as l on left_record = l.record
            inner join guard_group as r on right_record = r.record
            where l.part <> r.part
        )
        select tie, left_part as part from tied
        union
        select tie, right_part from tied
        order by tie, part
    """


def _pieces(ties: pa.Table, names: pa.Table, cap: int) -> Iterator[Numbers]:
    """Yield the parts that stay together, after cutting the tie that most shortest paths go through, again and again.

    Of equal ties the weaker one goes, which has the lower number.
    """
    parts, part = np.unique(ties.column("part").to_numpy(), return_inverse=True)
    _, tie = np.unique(ties.column("tie").to_numpy(), return_inverse=True)
    named, name = names.column("part").to_numpy(), names.column("name").to_numpy()
    graph = igraph.Graph(edges=np.column_stack((part, tie + len(parts))))
    graph.vs["number"] = np.arange(graph.vcount())
    waiting = [graph]
    while waiting:
        for piece in waiting.pop().decompose():
            numbers = np.asarray(piece.vs["number"], dtype=np.int64)
            members = parts[numbers[numbers < len(parts)]]
            ties_here = np.flatnonzero(numbers >= len(parts))
            if len(ties_here) == 0 or len(np.unique(name[np.isin(named, members)])) <= cap:
                if len(members):
                    yield members
                continue
            if len(members) < DISSOLVED_AT:
                between = np.round(piece.betweenness(vertices=ties_here.tolist()), 6)
                ties_here = ties_here[[int(np.argmax(between))]]
            piece.delete_vertices(ties_here.tolist())
            waiting.append(piece)
