"""Guards against clusters that hold more than one person: what hangs by too little is taken apart again.

A component needs one pair between two halves, and nobody compared the rest. Two guards look at what the rounds
left; only clusters that look suspicious meet igraph, so the cost follows their number.

* Weak bridges: where a single pair of the model holds two halves of a chain together, the halves are judged
  again with all that each knows. Less than even odds, and the pair is refused.
* Size: a person has some spellings of a name, however many orders. A cluster with more different full names than the
  cap is cut where most of its paths go through, a value that many share or a pair of the model, until every piece is
  small enough. Strong rules and must-links are never cut.

Measured on the records of two times 20,000 people (sample seeds 1999 and 42), before sign-ups join: of 104 and 121
clusters with two people 94 and 106 are left, pairwise F1 goes from 0.93659 to 0.93666 and from 0.93733 to 0.93759.
What did not help: cutting up to the match threshold of 2.5 (88 and 102 such clusters, but ten people split for each
one kept apart: F1 0.93631 and 0.93660); refusing a chain's weakest
bridge only (98 and 114); judging the bridges that rules make (five refused, four of them wrongly).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import igraph
import numpy as np
import pyarrow as pa

from cdp_pipeline.link.components import assign_components
from cdp_pipeline.link.nodes import create_nodes
from cdp_pipeline.link.splink_model import score_candidates
from cdp_pipeline.link.statistics import node_population

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.link.splink_model import LinkageModel

    Numbers = NDArray[np.int64]

WEAK_BRIDGE, TOO_LARGE = "weak_bridge", "too_large"
"""What `link.edge` says of a pair that a guard refused."""

SMALLEST_CHAIN = 3
"""Two parts with one pair between them were compared as a whole already."""

DISSOLVED_AT = 2000
"""Groups of strong rules from which a cluster is no person's at all: every weak tie goes, since ranking them costs
their square."""


def guard_clusters(workspace: Engine, linkage: Linkage, model: LinkageModel) -> None:
    """Take apart in `assignment` what a weak bridge holds together or what is too large.

    Runs after the rounds and before nameless records join, which look for clusters of one person. Says in
    `scored.vetoed_by` which pairs were refused, and creates `too_large` (record, cluster), the clusters as they were.
    """
    _create_parts(workspace, "guard_part", rules="true")
    _create_held_pairs(workspace, linkage)
    _cut_weak_bridges(workspace, linkage, model)
    strong = f"is_must_link or match_weight >= {linkage.guards.strong_rule.match_weight}"
    _create_parts(workspace, "guard_group", rules=strong)
    _cut_too_large(workspace, linkage, strong)


def name_too_large(workspace: Engine) -> None:
    """Say in `edge` which pairs the size guard refused. They stand there as contradictions that nothing explains."""
    workspace.execute(
        f"""
        update edge set vetoed_by = '{TOO_LARGE}'
        from too_large as l, too_large as r
        where
            edge_kind = 'vetoed'
            and vetoed_by = 'contradiction'
            and left_record = l.record
            and right_record = r.record
            and l.cluster = r.cluster
        """
    )


def _create_parts(workspace: Engine, name: str, rules: str) -> None:
    """Create `name` (record, part): what rules hold together within each cluster."""
    held = f"from ({_held('rule_edge')}) where {rules}"
    assign_components(workspace, "joined", held, workspace.row_count("record"))
    workspace.replace_table(name, "select record, cluster as part from joined")


def _create_held_pairs(workspace: Engine, linkage: Linkage) -> None:
    """Create `held_pair` (left_record, right_record, match_weight, cluster): the model's pairs that hold."""
    workspace.replace_table(
        "joined_pair",
        f"""
        select left_cluster as left_record, right_cluster as right_record, match_weight
        from scored
        where match_weight >= {linkage.match_threshold.match_weight} and vetoed_by is null
        """,
    )
    workspace.replace_table("held_pair", _held("joined_pair"))


def _held(edges: str) -> str:
    """Return a query of the edges that hold: refused ones lead from one cluster to another."""
    return f"""
        select edge.*, l.cluster
        from {edges} as edge
        inner join assignment as l on left_record = l.record
        inner join assignment as r on right_record = r.record
        where l.cluster = r.cluster
    """


def _cut_weak_bridges(workspace: Engine, linkage: Linkage, model: LinkageModel) -> None:
    """Refuse bridges whose halves, judged as wholes, are likelier two people."""
    sides = _sides_of_bridges(workspace.fetch_arrow(_CHAIN_TIES))
    if not sides:
        return
    with workspace.arrow_view(_side_table(sides)) as view:
        workspace.replace_table("guard_side", f"from {view}")
    _score_bridges(workspace, linkage, model)
    workspace.execute(
        f"""
        update scored set vetoed_by = '{WEAK_BRIDGE}'
        from weak_bridge
        where left_cluster = left_record and right_cluster = right_record
        """
    )
    connected = """
        select record as left_record, part as right_record from guard_part
        union all
        select left_record, right_record from held_pair anti join weak_bridge using (left_record, right_record)
    """
    assign_components(workspace, "assignment", connected, workspace.row_count("record"))
    _create_held_pairs(workspace, linkage)


_CHAIN_TIES = f"""
    with tie as (
        select distinct
            cluster,
            least(l.part, r.part) as left_part,
            greatest(l.part, r.part) as right_part
        from held_pair
        inner join guard_part as l on left_record = l.record
        inner join guard_part as r on right_record = r.record
        where l.part <> r.part
    )
    select cluster, left_part, right_part
    from tie
    semi join (select cluster from tie group by cluster having count(*) >= {SMALLEST_CHAIN - 1}) using (cluster)
    order by cluster, left_part, right_part
"""


def _sides_of_bridges(ties: pa.Table) -> list[tuple[int, int, Numbers, Numbers]]:
    """Return each bridge: its two parts, and the parts of the cluster on either side."""
    if not ties.num_rows:
        return []
    left, right = (ties.column(name).to_numpy() for name in ("left_part", "right_part"))
    parts, ends = np.unique(np.concatenate((left, right)), return_inverse=True)
    graph = igraph.Graph(n=len(parts), edges=ends.reshape(2, -1).T)
    graph.vs["part"] = parts
    found = []
    for chain in graph.decompose(minelements=SMALLEST_CHAIN):
        numbers = np.asarray(chain.vs["part"], dtype=np.int64)
        for bridge in sorted(chain.bridges()):
            first, second = chain.es[bridge].tuple
            rest = chain.copy()
            rest.delete_edges(bridge)
            side = np.asarray(rest.connected_components().membership)
            on_first = side == side[first]
            found.append((int(numbers[first]), int(numbers[second]), numbers[on_first], numbers[~on_first]))
    return found


def _side_table(bridges: list[tuple[int, int, Numbers, Numbers]]) -> pa.Table:
    """Return bridge, side (0 or 1), part, and the two parts that the bridge joins."""
    sizes = [len(side) for _, _, *sides in bridges for side in sides]
    number = np.repeat(np.arange(len(sizes)), sizes)
    ends = np.asarray([(first, second) for first, second, *_ in bridges], dtype=np.int64)
    return pa.table({
        "bridge": number // 2,
        "side": number % 2,
        "part": np.concatenate([side for _, _, *sides in bridges for side in sides]),
        "left_part": ends[number // 2].min(axis=1),
        "right_part": ends[number // 2].max(axis=1),
    })  # fmt: skip


def _score_bridges(workspace: Engine, linkage: Linkage, model: LinkageModel) -> None:
    """Create `weak_bridge` (left_record, right_record): the pairs of the bridges that do not reach the bound.

    The sides are scored beside the nodes of the last round, so that names are as frequent as they were there.
    """
    workspace.replace_table("round_node", "from node")
    first = workspace.row_count(
        "record"
    )  # numbers of nodes are numbers of records; those of sides come after
    workspace.replace_table(
        "side_assignment",
        f"select record, {first} + 2 * bridge + side as cluster from guard_side inner join guard_part using (part)",
    )
    create_nodes(workspace, "side_assignment")
    workspace.execute("insert into node by name from round_node")
    workspace.replace_table(
        "candidate",
        f"""
        select distinct
            '0' as match_key, {first} + 2 * bridge as join_key_l, {first} + 2 * bridge + 1 as join_key_r
        from guard_side order by join_key_l
        """,
    )
    judging = linkage.model_copy(update={"near_miss_threshold": linkage.guards.weak_bridge})
    score_candidates(workspace, model.settings_for(node_population(workspace)), judging, "strong_bridge")
    workspace.replace_table("node", "from round_node")
    workspace.replace_table(
        "weak_bridge",
        f"""
        with weak as (
            select distinct left_part, right_part
            from guard_side anti join strong_bridge on left_cluster = {first} + 2 * bridge
        )
        select left_record, right_record
        from held_pair
        inner join guard_part as l on left_record = l.record
        inner join guard_part as r on right_record = r.record
        inner join weak on least(l.part, r.part) = left_part and greatest(l.part, r.part) = right_part
        """,
    )


def _cut_too_large(workspace: Engine, linkage: Linkage, strong: str) -> None:
    """Cut clusters of too many names, and create `too_large` with what they were."""
    cap = linkage.guards.cluster_size.max_records
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
            from ({_held("rule_edge")}) where not ({strong})
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
