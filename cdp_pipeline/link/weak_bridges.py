"""Weak bridges: single pairs of the model that hold two halves of a chain together.

The halves are judged again with all that each knows. Less than even odds, and the pair is refused.
"""

from __future__ import annotations

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

WEAK_BRIDGE = "weak_bridge"
"""What `link.edge` says of a pair that was refused so."""

SMALLEST_CHAIN = 3
"""Two parts with one pair between them were compared as a whole already."""


def cut_weak_bridges(workspace: Engine, linkage: Linkage, model: LinkageModel) -> None:
    """Refuse bridges whose halves, judged as wholes, are likelier two people.

    Reads `guard_part` (record, part), what rules hold together, and `held_pair` (left_record, right_record, cluster),
    the model's pairs that hold. Changes `assignment`, and says in `scored.vetoed_by` which pairs were refused.
    """
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
    # Numbers of nodes are numbers of records; those of sides come after.
    first = workspace.row_count("record")
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
