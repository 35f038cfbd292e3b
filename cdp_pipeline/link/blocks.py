"""Blocks: groups of nodes that agree on the keys of a blocking rule, within which pairs are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.linkage import BlockingRuleSpec, Linkage
from cdp_pipeline.link.attributes import attribute_blocking_rules, attribute_columns
from cdp_pipeline.link.rules import group_members
from cdp_pipeline.link.statistics import node_population

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.link.surroundings import Surroundings


def blocking_rules(workspace: Engine, linkage: Linkage) -> list[BlockingRuleSpec]:
    """Return linkage.yml's rules, and those over the attributes of the file."""
    nodes = node_population(workspace)
    return [
        *(
            rule
            for rule in linkage.blocking_rules
            if rule.up_to_records is None or nodes <= rule.up_to_records
        ),
        *attribute_blocking_rules(attribute_columns(workspace)),
    ]


def create_blocks(workspace: Engine, linkage: Linkage) -> None:
    """Create `block` (position, group_key, node): every node in the groups of every blocking rule.

    position is that of the rule; group_key is a number for the values on which the group agrees.
    """
    workspace.execute("create or replace table block (position integer, group_key ubigint, node bigint)")
    for position, rule in enumerate(blocking_rules(workspace, linkage)):
        members = group_members(rule.keys, "node_key", "node", hashed=True)
        workspace.execute(
            f"""
            insert into block
            select distinct {position}, group_key, node
            from ({members}) semi join node on node = unique_id
            """
        )


def create_crowded_groups(
    workspace: Engine, linkage: Linkage, surroundings: Surroundings | None = None
) -> None:
    """Create `crowded_group` (position, group_key), groups above the block limit.

    Judged are the nodes that the rules made, once for all rounds: what the model joins later makes no group small
    enough.

    Args:
        surroundings: the nodes that are not in the workspace count as well.
    """
    if surroundings:
        surroundings.count_blocks(workspace)
    else:
        workspace.execute(
            "create or replace table outside_block (position integer, group_key ubigint, nodes bigint)"
        )
    workspace.replace_table(
        "crowded_group",
        f"""
        select position, group_key
        from (select position, group_key, count(*) as inside from block group by position, group_key)
        left join outside_block using (position, group_key)
        where inside + coalesce(nodes, 0) > {linkage.block.max_records}
        """,
    )


def create_candidate_pairs(workspace: Engine) -> int:
    """Create `candidate` (match_key, join_key_l, join_key_r): pairs that a block brings together.

    match_key is the position of the first such rule in linkage.yml. Reads `block` and `crowded_group`, whose groups
    bring none.

    Returns:
        Number of pairs.
    """
    workspace.replace_table(
        "found_pair",
        f"""
        select min(l.position) as position, l.node as join_key_l, r.node as join_key_r
        from {PAIRED_NODES}
        group by l.node, r.node
        """,
    )
    workspace.replace_table(
        "candidate",
        f"""
        select cast(position as varchar) as match_key, join_key_l, join_key_r
        from ({without_read_names("found_pair")})
        """,
    )
    workspace.execute("drop table found_pair")
    return workspace.row_count("candidate")


PAIRED_NODES = """(from block anti join crowded_group using (position, group_key)) as l
        inner join (from block anti join crowded_group using (position, group_key)) as r
            on l.position = r.position and l.group_key = r.group_key and l.node < r.node"""
"""The pairs of a block."""


def without_read_names(pairs: str) -> str:
    """Return a query of the pairs whose likeness says something.

    A name read off an e-mail says nothing more where the e-mail is shared: that is for nameless.py.

    Args:
        pairs: table with join_key_l and join_key_r, nodes of table `node`.
    """
    return f"""
        with reading as (select unique_id from node where reads_name),
        pair_with_reading as (
            from {pairs} semi join reading on join_key_l = unique_id
            union
            from {pairs} semi join reading on join_key_r = unique_id
        )
        from {pairs} anti join (
            select join_key_l, join_key_r
            from pair_with_reading
            inner join node as l on join_key_l = l.unique_id
            inner join node as r on join_key_r = r.unique_id
            where list_has_any(l.emails, r.emails)
        ) using (join_key_l, join_key_r)
    """


def create_blocked_pairs(workspace: Engine, linkage: Linkage, chosen: str = "true") -> None:
    """Create `blocked_pair` (join_key_l, join_key_r, found_by): every pair with the keys of each rule that found it.

    Args:
        chosen: condition on l.node and r.node that a pair has to meet.
    """
    create_blocks(workspace, linkage)
    create_crowded_groups(workspace, linkage)
    key_lists = [", ".join(f"'{key}'" for key in rule.keys) for rule in blocking_rules(workspace, linkage)]
    keys = " ".join(f"when {position} then [{key_list}]" for position, key_list in enumerate(key_lists))
    workspace.replace_table(
        "blocked_pair",
        f"""
        select
            l.node as join_key_l,
            r.node as join_key_r,
            cast(case l.position {keys} end as varchar[]) as found_by
        from {PAIRED_NODES}
        where {chosen}
        """,
    )
