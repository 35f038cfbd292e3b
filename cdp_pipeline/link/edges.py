"""The table of edges: which pairs of records are held to be one person, why, and which were refused.

The way: rule edges join records to components; components that contradict themselves are joined anew,
strongest edge first; Splink scores pairs across components; its edges bow to the same contradictions, and
rivals share a node; records without a given name come last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.engine import quote_literal
from cdp_pipeline.link.accounts import find_accounts
from cdp_pipeline.link.agglomeration import join_without_contradiction
from cdp_pipeline.link.blocks import (
    blocking_rules,
    create_blocks,
    create_candidate_pairs,
    create_crowded_groups,
)
from cdp_pipeline.link.components import assign_components
from cdp_pipeline.link.contradictions import (
    conflicting_pairs,
    create_conflicts,
    create_contested,
    drop_likenesses,
)
from cdp_pipeline.link.decisions import MUST_LINK, add_decisions, assign_must_links, judge_by_decisions
from cdp_pipeline.link.guards import guard_clusters, name_too_large
from cdp_pipeline.link.nameless import attach_nameless
from cdp_pipeline.link.node_versions import add_versions, keep_versions, start_versions
from cdp_pipeline.link.nodes import create_nodes
from cdp_pipeline.link.rivals import weigh_rivals
from cdp_pipeline.link.rules import all_pair_edges, star_edges
from cdp_pipeline.link.splink_model import LinkageModel, score_candidates
from cdp_pipeline.link.statistics import node_population

if TYPE_CHECKING:
    from pathlib import Path

    from cdp_pipeline.contracts.linkage import BlockingRuleSpec, Linkage
    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.link.surroundings import Surroundings

MODEL_FILE = "linkage/model.json"

EDGE_TABLE = """
    create or replace table {name} (
        left_record bigint, right_record bigint, edge_name varchar, match_weight double,
        is_must_link boolean
    )
"""

SCORED_TABLE = """
    create or replace table scored (
        left_cluster bigint, right_cluster bigint, match_key varchar, match_weight double, vetoed_by varchar,
        comparison_weights struct(comparison varchar, comparison_level varchar, match_weight double)[]
    )
"""


def find_edges(
    workspace: Engine, linkage: Linkage, model: LinkageModel, surroundings: Surroundings | None = None
) -> None:
    """Create `edge` (left_record, right_record, edge_kind, edge_name, match_weight, vetoed_by, comparison_weights).

    And `assignment` (record, cluster), the clusters that the edges of kind rule and splink connect.

    Args:
        surroundings: what lies outside, where the workspace holds some of the records only.
    """
    join_by_rules(workspace, linkage)
    _join_by_model(workspace, linkage, model, surroundings)
    guard_clusters(workspace, linkage, model)
    attach_nameless(workspace, linkage)
    _judge_edges(workspace, linkage)
    name_too_large(workspace)
    judge_by_decisions(workspace)


def model_path(project: Project) -> Path:
    """Return the file of the project's model: its own, or the one that ships."""
    folders = project.config_folders
    return next((f / MODEL_FILE for f in folders if (f / MODEL_FILE).exists()), folders[-1] / MODEL_FILE)


def join_by_rules(workspace: Engine, linkage: Linkage) -> None:
    """Create `rule_edge` and, from it, `assignment` (record, cluster), free of contradictions."""
    count = workspace.row_count("record")
    workspace.execute(EDGE_TABLE.format(name="rule_edge"))
    for rule in linkage.rules:
        workspace.execute(f"insert into rule_edge {star_edges(rule)}")
    add_decisions(workspace)
    assign_components(workspace, "joined", "from rule_edge", count)
    if create_contested(workspace, "joined"):
        _list_contested_pairs(workspace, linkage)
    assign_must_links(workspace)
    join_without_contradiction(workspace, "rule_edge")


def _list_contested_pairs(workspace: Engine, linkage: Linkage) -> None:
    """Replace the star edges of contested components by all pairs that the rules join.

    A star's edges suffice to connect a component, not to take it apart: the first record of a group may be
    the very one that does not belong.
    """
    workspace.replace_table(
        "listed_record",
        f"""
        select record, cluster
        from joined inner join contested using (cluster)
        qualify count(*) over (partition by cluster) <= {linkage.contested_component.max_records}
        """,
    )
    workspace.replace_table("listed_key", "from link_key semi join listed_record using (record)")
    workspace.execute(
        "delete from rule_edge where left_record in (select record from listed_record)"
        f" and edge_name <> '{MUST_LINK}'"
    )
    for rule in linkage.rules:
        workspace.execute(f"insert into rule_edge {all_pair_edges(rule)}")


def _join_by_model(
    workspace: Engine, linkage: Linkage, model: LinkageModel, surroundings: Surroundings | None
) -> None:
    """Create `scored` and join the nodes that the rules left apart where weight and vetoes allow it.

    In rounds of falling thresholds: what one round joins is one node of the next, in which the evidence of
    all its records speaks together, for and against.
    """
    workspace.execute(SCORED_TABLE)
    workspace.execute("create or replace table model_tie (left_record bigint, right_record bigint)")
    if not model.knows_relatives:
        drop_likenesses(workspace)
    find_accounts(workspace, "assignment")
    clusters = None
    thresholds = [*linkage.rounds.match_weights, linkage.match_threshold.match_weight]
    for number, threshold in enumerate(thresholds):
        clusters, clusters_before = _count_clusters(workspace), clusters
        if clusters != clusters_before:
            create_nodes(workspace, "assignment")
            create_blocks(workspace, linkage)
            if number == 0:
                create_crowded_groups(workspace, linkage, surroundings)
                start_versions(workspace)
            elif surroundings:
                surroundings.add_crowded_groups(workspace, linkage.block.max_records)
            add_versions(workspace, number)
            _score_apart(workspace, linkage, model)
        else:  # the last round joined nothing: its weights stand
            keep_versions(workspace, number)
        workspace.replace_table(
            "splink_edge",
            f"""
            select left_cluster as left_record, right_cluster as right_record, match_weight
            from scored
            where match_weight >= {threshold} and vetoed_by is null
            """,
        )
        join_without_contradiction(workspace, "splink_edge")


def _count_clusters(workspace: Engine) -> int:
    return int(workspace.fetch_value("select count(distinct cluster) from assignment"))


def _score_apart(workspace: Engine, linkage: Linkage, model: LinkageModel) -> None:
    """Score the pairs of the present clusters; of earlier rounds only the edges that joined remain."""
    workspace.execute(
        """
        delete from scored
        using assignment as l, assignment as r
        where left_cluster = l.record and right_cluster = r.record and l.cluster <> r.cluster
        """
    )
    if create_candidate_pairs(workspace):
        settings = model.settings_for(node_population(workspace))
        score_candidates(workspace, settings, linkage, "splink_pair")
        workspace.execute(
            "insert into model_tie select left_cluster as left_record, right_cluster as right_record from splink_pair"
        )
        _veto_scored_pairs(workspace)
        if model.knows_relatives:
            weigh_rivals(workspace, "judged_pair")
        workspace.execute("insert into scored from judged_pair")


def _veto_scored_pairs(workspace: Engine) -> None:
    """Create `judged_pair` from `splink_pair`, with the trait by which two nodes contradict each other."""
    workspace.replace_table(
        "node_trait",
        "select distinct cluster, trait_kind, trait_value from assignment inner join trait using (record)",
    )
    create_conflicts(
        workspace,
        """
        select distinct
            l.trait_kind,
            least(l.trait_value, r.trait_value) as value_l,
            greatest(l.trait_value, r.trait_value) as value_r
        from splink_pair
        inner join node_trait as l on left_cluster = l.cluster
        inner join node_trait as r on right_cluster = r.cluster and l.trait_kind = r.trait_kind
        where l.trait_value <> r.trait_value
        """,
    )
    workspace.replace_table(
        "judged_pair",
        f"""
        select left_cluster, right_cluster, match_key, match_weight, trait_kind as vetoed_by, comparison_weights
        from splink_pair
        left join ({conflicting_pairs("splink_pair", "assignment")}) using (left_cluster, right_cluster)
        """,
    )


def _judge_edges(workspace: Engine, linkage: Linkage) -> None:
    """Create `edge`: an edge between two final clusters was refused, whatever proposed it."""
    workspace.replace_table(
        "proposed_edge",
        f"""
        select
            left_record,
            right_record,
            'rule' as edge_kind,
            edge_name,
            match_weight,
            null as vetoed_by,
            null as comparison_weights
        from rule_edge
        union all
        select left_record, right_record, 'rule', edge_name, match_weight, null, null from nameless_edge
        union all
        select
            left_cluster,
            right_cluster,
            case when match_weight >= {linkage.match_threshold.match_weight} then 'splink'
                else 'near_miss' end,
            case match_key {_blocking_rule_names(blocking_rules(workspace, linkage))} end,
            match_weight,
            vetoed_by,
            comparison_weights
        from scored
        """,
    )
    workspace.replace_table(
        "edge",
        """
        select
            left_record,
            right_record,
            case when edge_kind in ('rule', 'splink') and l.cluster <> r.cluster then 'vetoed'
                else edge_kind end as edge_kind,
            edge_name,
            match_weight,
            case when l.cluster <> r.cluster and edge_kind <> 'near_miss'
                then coalesce(vetoed_by, 'contradiction') end as vetoed_by,
            comparison_weights
        from proposed_edge
        inner join assignment as l on left_record = l.record
        inner join assignment as r on right_record = r.record
        -- A weak pair that is joined by others, or contradicted, is nothing to review.
        where not (edge_kind = 'near_miss' and (l.cluster = r.cluster or vetoed_by is not null))
        """,
    )


def _blocking_rule_names(rules: list[BlockingRuleSpec]) -> str:
    return " ".join(f"when '{n}' then {quote_literal(rule.name)}" for n, rule in enumerate(rules))
