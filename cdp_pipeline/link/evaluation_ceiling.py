"""The ceiling of blocking: the recall of a perfect scorer, who only ever sees the pairs that are brought to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdp_pipeline.link.components import assign_components
from cdp_pipeline.link.evaluation_truth import TRUTH
from cdp_pipeline.link.quality import measure_clusters
from cdp_pipeline.link.rules import group_members

if TYPE_CHECKING:
    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine


@dataclass(frozen=True)
class BlockingCeiling:
    """Recall that perfect decisions could reach: pairs that never meet cannot be joined.

    Attributes:
        rules_recall: with the pairs of the rules and of nameless records alone.
        recall: with those of the blocking rules too.
    """

    rules_recall: float
    recall: float


def measure_ceiling(workspace: Engine, linkage: Linkage) -> BlockingCeiling:
    """Join all records of one person that a rule or a blocking rule brings together, directly or in a chain.

    Reads `record`, `link_key`, `rule_assignment` and `evaluated_record` of the workspace. As at night, blocking
    rules bring together groups of records that the rules joined, and none from blocks above the limit.
    """
    workspace.execute("create or replace table perfect_edge (left_record bigint, right_record bigint)")
    for rule in linkage.rules:
        users = "true" if rule.is_must_link else "is_named"
        members = f"from ({group_members(rule.keys, 'link_key', 'record')}) inner join record using (record)"
        _join_people(workspace, f"select record, group_key {members} where {users}")
    for spec in linkage.nameless:
        _join_people(workspace, group_members([spec.key], "link_key", "record"))
    rules_recall = _measure_recall(workspace)
    _add_blocks(workspace, linkage)
    return BlockingCeiling(rules_recall=rules_recall, recall=_measure_recall(workspace))


def _join_people(workspace: Engine, members: str) -> None:
    """Add edges between the records of each person within a group.

    Args:
        members: query of record and group_key.
    """
    workspace.execute(
        f"""
        insert into perfect_edge
        select distinct min(record) over (partition by group_key, person), record
        from ({members}) inner join evaluated_record using (record)
        """
    )


def _add_blocks(workspace: Engine, linkage: Linkage) -> None:
    """Add the edges that the blocking rules allow between a person's records in different groups.

    A person's first record in a group stands for the others there.
    """
    workspace.replace_table(
        "group_value",
        """
        select distinct cluster as node, key_kind, key_value
        from link_key inner join rule_assignment using (record)
        where cluster in (
            select cluster from rule_assignment inner join record using (record) where is_named
        )
        """,
    )
    workspace.replace_table(
        "first_record",
        """
        select rule_assignment.cluster as node, record, min(record) over (
            partition by rule_assignment.cluster, person
        ) as first_record
        from evaluated_record inner join rule_assignment using (record)
        """,
    )
    workspace.execute("insert into perfect_edge select first_record, record from first_record")
    for rule in linkage.blocking_rules:
        members = group_members(rule.keys, "group_value", "node")
        _join_people(
            workspace,
            f"""
            select record, group_key
            from (
                select node, group_key
                from (select distinct node, group_key from ({members}))
                qualify count(*) over (partition by group_key) between 2 and {linkage.block.max_records}
            )
            inner join first_record using (node)
            where record = first_record
            """,
        )


def _measure_recall(workspace: Engine) -> float:
    count = workspace.row_count("record")
    assign_components(workspace, "perfect_assignment", "from perfect_edge", count)
    return measure_clusters(workspace, "select record, cluster from perfect_assignment", TRUTH).recall
