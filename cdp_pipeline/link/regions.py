"""Regions: sets of records that nothing ties to any record outside, and what the next night must know of them.

Two records are in one region when an edge connects them, a refused one or a near miss included, when the model in any
round did not hold them for strangers, or when a record without a name shares a value with both. What changes in one
region changes nothing in another, so a night needs to link only the regions of changed records anew, and those to
which something new ties them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.components import assign_components
from cdp_pipeline.link.rules import group_members, may_use
from cdp_pipeline.link.workspace import RECORD_ID

if TYPE_CHECKING:
    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine

NAMELESS_POSITION = 1000
"""Positions from here on are those of the keys by which nameless records join, below it those of the rules."""


def create_regions(workspace: Engine, linkage: Linkage) -> None:
    """Create `record_region` (record, record_id, region) and `shared_group` from what `find_edges` left.

    A region has the number of its first record.
    """
    kinds = ", ".join(f"'{spec.key}'" for spec in linkage.nameless)
    ties = f"""
        select left_record, right_record from edge
        union all
        select left_record, right_record from model_tie
        union all
        select min(record) over (partition by key_kind, key_value) as left_record, record as right_record
        from link_key
        semi join (
            select key_kind, key_value from link_key semi join nameless using (record) where key_kind in ({kinds})
        ) using (key_kind, key_value)
    """
    assign_components(workspace, "region_part", ties, workspace.row_count("record"))
    workspace.replace_table(
        "record_region",
        f"""
        with numbered as (select record, {RECORD_ID} as record_id from record)
        select own.record, own.record_id, first.record_id as region
        from region_part
        inner join numbered as own using (record)
        inner join numbered as first on region_part.cluster = first.record
        """,
    )
    _create_shared_groups(workspace, linkage)


def _create_shared_groups(workspace: Engine, linkage: Linkage) -> None:
    """Create `shared_group` (position, group_key, is_nameless, region): on what the records of a region agree."""
    by_rule = " union all ".join(
        f"""
        select {position} as position, group_key, false as is_nameless, record
        from ({group_members(rule.keys, "link_key", "record", hashed=True)}) inner join record using (record)
        where {may_use(rule)}
        """
        for position, rule in enumerate(linkage.rules)
    )
    by_nameless_key = "".join(
        f"""
        union all
        select {position}, hash(key_value), record in (select record from nameless), record
        from link_key where key_kind = '{spec.key}'
        """
        for position, spec in enumerate(linkage.nameless, start=NAMELESS_POSITION)
    )
    workspace.replace_table(
        "shared_group",
        f"""
        select distinct position, group_key, is_nameless, region
        from ({by_rule}{by_nameless_key}) inner join record_region using (record)
        """,
    )
