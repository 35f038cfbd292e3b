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

from typing import TYPE_CHECKING

from cdp_pipeline.link.cluster_size import TOO_LARGE, cut_too_large
from cdp_pipeline.link.components import assign_components
from cdp_pipeline.link.weak_bridges import cut_weak_bridges

if TYPE_CHECKING:
    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.link.splink_model import LinkageModel


def guard_clusters(workspace: Engine, linkage: Linkage, model: LinkageModel) -> None:
    """Take apart in `assignment` what a weak bridge holds together or what is too large.

    Runs after the rounds and before nameless records join, which look for clusters of one person. Says in
    `scored.vetoed_by` which pairs were refused, and creates `too_large` (record, cluster), the clusters as they were.
    """
    _create_held_edges(workspace, linkage)
    _create_parts(workspace, "guard_part", rules="true")
    cut_weak_bridges(workspace, linkage, model)
    _create_held_edges(workspace, linkage)
    strong = f"is_must_link or match_weight >= {linkage.guards.strong_rule.match_weight}"
    _create_parts(workspace, "guard_group", rules=strong)
    cut_too_large(workspace, linkage.guards.cluster_size.max_records, strong)


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


def _create_held_edges(workspace: Engine, linkage: Linkage) -> None:
    """Create `held_rule` and `held_pair`: edges of rules and pairs of the model within the present clusters."""
    workspace.replace_table("held_rule", _held("rule_edge"))
    joined_pair = f"""(
        select left_cluster as left_record, right_cluster as right_record, match_weight
        from scored
        where match_weight >= {linkage.match_threshold.match_weight} and vetoed_by is null
    )"""
    workspace.replace_table("held_pair", _held(joined_pair))


def _held(edges: str) -> str:
    """Return a query of the edges that hold: refused ones lead from one cluster to another."""
    return f"""
        select edge.*, l.cluster
        from {edges} as edge
        inner join assignment as l on left_record = l.record
        inner join assignment as r on right_record = r.record
        where l.cluster = r.cluster
    """


def _create_parts(workspace: Engine, name: str, rules: str) -> None:
    """Create `name` (record, part): what rules hold together within each cluster."""
    held = f"from held_rule where {rules}"
    assign_components(workspace, "joined", held, workspace.row_count("record"))
    workspace.replace_table(name, "select record, cluster as part from joined")
