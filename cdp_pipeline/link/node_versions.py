"""The nodes of all rounds: what one round joins is another node in the next.

A later night compares what changed with the nodes of the same round, or it would miss pairs that only an earlier round
joins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine


def start_versions(workspace: Engine) -> None:
    """Create `node_version` and `block_version`, empty.

    `node_version` (version, unique_id, content, first_round, last_round, and what `node` has) holds a node once for the
    rounds in which it stays the same; `block_version` (position, group_key, version) says to which blocks it belongs.
    """
    workspace.replace_table(
        "node_version",
        """
        select 0::bigint as version, 0::ubigint as content, 0 as first_round, 0 as last_round, *
        from node limit 0
        """,
    )
    workspace.execute(
        "create or replace table block_version (position integer, group_key ubigint, version bigint)"
    )


def add_versions(workspace: Engine, number: int) -> None:
    """Note the nodes and blocks of a round, counted from 0: those known from the round before live on in it."""
    workspace.replace_table(
        "node_content",
        """
        select unique_id, hash(own_content, coalesce(block_content, 0)) as content
        from (select unique_id, hash(*columns(* exclude (unique_id))) as own_content from node)
        left join (
            select node as unique_id, sum(hash(position, group_key)) as block_content from block group by node
        ) using (unique_id)
        """,
    )
    workspace.execute(
        f"""
        update node_version set last_round = {number}
        from node_content as now
        where
            last_round = {number - 1}
            and node_version.unique_id = now.unique_id
            and node_version.content = now.content
        """
    )
    first = workspace.row_count("node_version")
    workspace.execute(
        f"""
        insert into node_version by name
        select
            {first} + row_number() over (order by unique_id) as version,
            content,
            {number} as first_round,
            {number} as last_round,
            node.*
        from node inner join node_content using (unique_id)
        anti join (select unique_id from node_version where last_round = {number}) as known using (unique_id)
        """
    )
    workspace.execute(
        f"""
        insert into block_version
        select position, group_key, version
        from block inner join node_version on node = unique_id
        where first_round = {number}
        """
    )


def keep_versions(workspace: Engine, number: int) -> None:
    """Let all nodes of the round before live on in a round that compares nothing anew."""
    workspace.execute(f"update node_version set last_round = {number} where last_round = {number - 1}")
