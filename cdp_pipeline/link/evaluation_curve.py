"""Quality at other thresholds of match weight, from the edges that the night kept.

Rules, vetoes and nameless records work at every threshold as they do at night; only how much the model must say for
two groups of records to be joined differs. Pairs below the near-miss threshold were not kept, so the curve begins
there. Nights in which groups joined by the model are compared anew would compare others at another threshold: away
from the configured one the curve is what these same pairs allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from cdp_pipeline.errors import ConfigError
from cdp_pipeline.link.agglomeration import join_without_contradiction
from cdp_pipeline.link.components import assign_components
from cdp_pipeline.link.decisions import add_decisions
from cdp_pipeline.link.edges import EDGE_TABLE
from cdp_pipeline.link.evaluation_truth import TRUTH
from cdp_pipeline.link.nameless import attach_nameless
from cdp_pipeline.link.quality import ClusterQuality, measure_clusters
from cdp_pipeline.link.record_sides import is_side
from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine

RULES_ALONE = inf
"""The threshold that no pair reaches."""

STEPS = 4
"""Thresholds on each side of the configured one."""


@dataclass(frozen=True)
class ThresholdQuality:
    """Quality when pairs from this match weight (log2) on are joined; RULES_ALONE joins none."""

    match_weight: float
    quality: ClusterQuality


def usual_thresholds(linkage: Linkage) -> list[float]:
    """Return the thresholds of the curve: from the near misses up, through the configured one, to the rules alone."""
    lowest, configured = linkage.near_miss_threshold.match_weight, linkage.match_threshold.match_weight
    step = (configured - lowest) / STEPS or 1
    below = [lowest + n * step for n in range(STEPS)] if lowest < configured else []
    return [*below, *(configured + n * step for n in range(STEPS + 1)), RULES_ALONE]


def refuse_unkept(linkage: Linkage, thresholds: Sequence[float]) -> None:
    """Refuse thresholds below which no pair was kept.

    Raises:
        ConfigError: names the threshold and the lowest possible one.
    """
    lowest = linkage.near_miss_threshold.match_weight
    if min(thresholds) < lowest:
        raise ConfigError(
            f"threshold {min(thresholds):g}: pairs below {lowest:g} were not kept. Lower near_miss_threshold in "
            "config/linkage/linkage.yml and run the night again from linkage on: cdp run --from link."
        )


def measure_thresholds(
    warehouse: Engine, workspace: Engine, linkage: Linkage, thresholds: Sequence[float]
) -> list[ThresholdQuality]:
    """Join the records anew at each threshold and measure the result.

    Reads `link.edge` of the warehouse, and `evaluated_record` of the workspace, whose records bear its numbers.
    Creates `rule_assignment` (record, cluster), what rules and people joined.

    Raises:
        ConfigError: a threshold lies below the near-miss threshold.
    """
    refuse_unkept(linkage, thresholds)
    _copy_edges(warehouse, workspace)
    workspace.execute(EDGE_TABLE.format(name="rule_edge"))
    add_decisions(workspace)  # never-links hold along chains at every threshold
    assign_by_rules(workspace, "kept_edge", linkage)
    measured = []
    for threshold in thresholds:
        join_at(workspace, "kept_edge", linkage, threshold)
        quality = measure_clusters(workspace, "select record, cluster from assignment", TRUTH)
        measured.append(ThresholdQuality(threshold, quality))
    return measured


def _copy_edges(warehouse: Engine, workspace: Engine) -> None:
    """Create `kept_edge`: `link.edge` with numbers of records."""
    keys = ", ".join(f"{side}_{column}" for side in ("left", "right") for column in RECORD_KEY)
    edges = warehouse.fetch_arrow(
        f"select {keys}, edge_kind, edge_name, match_weight, vetoed_by from link.edge"
    )
    with workspace.arrow_view(edges) as edge:
        workspace.replace_table(
            "kept_edge",
            f"""
            select
                l.record as left_record, r.record as right_record, edge_kind, edge_name, match_weight, vetoed_by
            from {edge} as edge
            inner join record as l on {is_side("l", "left")}
            inner join record as r on {is_side("r", "right")}
            """,
        )


def assign_by_rules(workspace: Engine, edges: str, linkage: Linkage) -> None:
    """Create `rule_assignment` (record, cluster): what rules and people joined before the model spoke.

    Args:
        edges: table of left_record, right_record, edge_kind, edge_name.
    """
    nameless = ", ".join(f"'{spec.name}'" for spec in linkage.nameless) or "''"
    assign_components(
        workspace,
        "rule_assignment",
        f"from {edges} where edge_kind in ('rule', 'decision') and edge_name not in ({nameless})",
        workspace.row_count("record"),
    )


def join_at(workspace: Engine, edges: str, linkage: Linkage, threshold: float) -> None:
    """Create `assignment` (record, cluster) as the night would have with this threshold.

    Args:
        edges: table of left_record, right_record, edge_name, match_weight, vetoed_by.
    """
    scored = ", ".join(f"'{rule.name}'" for rule in linkage.blocking_rules)
    reaches = "false" if threshold == RULES_ALONE else f"match_weight >= {threshold}"
    workspace.replace_table("assignment", "from rule_assignment")
    workspace.replace_table(
        "splink_edge",
        f"""
        select left_record, right_record, match_weight
        from {edges}
        where
            edge_name in ({scored})
            -- An edge that contradicted others of its cluster may hold where these are not joined.
            and coalesce(vetoed_by, 'contradiction') = 'contradiction'
            and {reaches}
        """,
    )
    join_without_contradiction(workspace, "splink_edge")
    attach_nameless(workspace, linkage)
