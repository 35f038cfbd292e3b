"""Joining clusters strongest edge first, never against a contradiction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.components import assign_components
from cdp_pipeline.link.contradictions import conflicting_pairs, create_contested

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine


def join_without_contradiction(workspace: Engine, edges: str) -> None:
    """Merge clusters of the table `assignment` (record, cluster) along edges, guarded against contradictions.

    Components without a contradiction are joined at once; only the others, few and small, are joined
    edge by edge. Several edges between two records add up.

    Args:
        edges: table of left_record, right_record, match_weight.
    """
    connected = (
        f"select left_record, right_record from {edges} "
        "union all select record as left_record, cluster as right_record from assignment"
    )
    assign_components(workspace, "joined", connected, workspace.row_count("assignment"))
    if create_contested(workspace, "joined"):
        workspace.replace_table(
            "contested_assignment",
            """
            select record, assignment.cluster
            from assignment
            inner join joined using (record)
            semi join contested on joined.cluster = contested.cluster
            """,
        )
        workspace.replace_table(
            "contested_edge",
            f"""
            select left_record, right_record, sum(cast(match_weight as decimal(18, 4))) as match_weight
            from {edges} semi join contested_assignment on left_record = record
            group by left_record, right_record
            """,
        )
        join_strongest_first(workspace, "contested_assignment", "contested_edge")
        workspace.execute(
            """
            update joined set cluster = part.cluster
            from contested_assignment as part where joined.record = part.record
            """
        )
    workspace.replace_table("assignment", "from joined")


def join_strongest_first(workspace: Engine, assignment: str, edges: str) -> None:
    """Merge clusters of `assignment` along `edges` until nothing can be merged without a contradiction.

    The result is that of taking the edges one by one, strongest first, and joining the two clusters unless
    they contradict each other. It is reached in rounds: two clusters that are each other's strongest
    neighbour would be joined before anything else touches either, so all such pairs join at once.

    Args:
        assignment: table of record, cluster; changed in place.
        edges: table of left_record, right_record, match_weight; its clusters' traits must be in `conflict`.
    """
    while True:
        _create_neighbours(workspace, assignment, edges)
        workspace.execute(
            f"""
            delete from neighbour
            using ({conflicting_pairs("neighbour", assignment)}) as vetoed
            where
                neighbour.left_cluster = vetoed.left_cluster
                and neighbour.right_cluster = vetoed.right_cluster
            """
        )
        if not workspace.row_count("neighbour"):
            break
        workspace.execute(
            f"""
            update {assignment} set cluster = mutual.left_cluster
            from ({_MUTUAL_FIRST_CHOICES}) as mutual
            where {assignment}.cluster = mutual.right_cluster
            """
        )
    workspace.execute("drop table neighbour")


def _create_neighbours(workspace: Engine, assignment: str, edges: str) -> None:
    """Create `neighbour`: pairs of clusters with an edge between them and its rank, 1 for the strongest.

    Ties break by a hash of the record keys: stable when records are added, and without the chain of
    dependencies that an alphabetical order gives (each round would join only one pair of a star).
    """
    workspace.replace_table(
        "neighbour",
        f"""
        with pair as (
            select
                least(l.cluster, r.cluster) as left_cluster,
                greatest(l.cluster, r.cluster) as right_cluster,
                max(match_weight) as match_weight
            from {edges}
            inner join {assignment} as l on left_record = l.record
            inner join {assignment} as r on right_record = r.record
            where l.cluster <> r.cluster
            group by all
        )
        select
            left_cluster,
            right_cluster,
            row_number() over (
                order by match_weight desc, xor(l.shuffle, r.shuffle), left_cluster, right_cluster
            ) as strength_rank
        from pair
        inner join record as l on left_cluster = l.record
        inner join record as r on right_cluster = r.record
        """,
    )


_MUTUAL_FIRST_CHOICES = """
    with end_point as (
        select left_cluster as cluster, strength_rank from neighbour
        union all
        select right_cluster, strength_rank from neighbour
    ),
    first_choice as (select cluster, min(strength_rank) as strength_rank from end_point group by cluster)
    select left_cluster, right_cluster
    from neighbour
    inner join first_choice as l on left_cluster = l.cluster and neighbour.strength_rank = l.strength_rank
    inner join first_choice as r on right_cluster = r.cluster and neighbour.strength_rank = r.strength_rank
"""
