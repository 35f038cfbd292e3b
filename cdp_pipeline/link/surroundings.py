"""What lies around the records that are linked anew: everything else, as the last linkage left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdp_pipeline.link.blocks import without_read_names
from cdp_pipeline.link.link_state import SCHEMA
from cdp_pipeline.link.regions import NAMELESS_POSITION
from cdp_pipeline.link.splink_model import score_candidates
from cdp_pipeline.link.statistics import node_population

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.link.splink_model import LinkageModel


@dataclass(frozen=True)
class Surroundings:
    """The regions that are not linked anew.

    Attributes:
        warehouse: holds the state, and temp table `linked_region` (region), the regions that are linked anew.
    """

    warehouse: Engine

    def count_blocks(self, workspace: Engine) -> None:
        """Create `outside_block` (position, group_key, nodes): nodes around in the blocks of the workspace.

        And `judged_group` (position, group_key), those blocks.
        """
        workspace.replace_table("judged_group", "select distinct position, group_key from block")
        counts = self._nodes_around(workspace.fetch_arrow("from judged_group"))
        with workspace.arrow_view(counts) as view:
            workspace.replace_table("outside_block", f"from {view}")

    def add_crowded_groups(self, workspace: Engine, max_records: int) -> None:
        """Add to `crowded_group` the groups that only a later round made here, and that are crowded around.

        Mostly there are none: it takes two nodes of which each joined records that agree in different parts of a key.
        """
        groups = workspace.fetch_arrow(
            """
            select position, group_key
            from block anti join judged_group using (position, group_key)
            group by position, group_key
            having count(*) > 1
            """
        )
        if groups.num_rows:
            with workspace.arrow_view(self._nodes_around(groups)) as view:
                workspace.execute(
                    f"""
                    insert into crowded_group
                    select position, group_key from {view} where nodes > {max_records}
                    """
                )

    def _nodes_around(self, groups: pa.Table) -> pa.Table:
        """Return position, group_key, nodes: how many nodes around each of the groups has in the first round."""
        with self.warehouse.arrow_view(groups) as view:
            return self.warehouse.fetch_arrow(
                f"""
                select position, group_key, count(*) as nodes
                from {SCHEMA}.block
                semi join {view} using (position, group_key)
                anti join linked_region using (region)
                where first_round = 0
                group by position, group_key
                """
            )

    def find_tied_regions(self, workspace: Engine, linkage: Linkage, model: LinkageModel) -> None:
        """Create temp table `tied_region` (region) in the warehouse: regions that must be linked together, anew.

        Those inside with something that they did not have before, and those around to which it ties them: by a rule,
        by a value of a nameless record, by a block that became or ceased to be crowded, or by a pair that the model
        does not hold for strangers. Must run before the state is replaced; changes the table `node` of the workspace.
        """
        self.warehouse.execute("create or replace temp table tied_region (region ubigint)")
        self._add_tied_by_groups(workspace)
        self._add_tied_by_crowds(workspace, linkage)
        self._add_tied_by_model(workspace, linkage, model)

    def _add_tied_by_groups(self, workspace: Engine) -> None:
        with self.warehouse.arrow_view(workspace.fetch_arrow("from shared_group")) as group:
            self.warehouse.execute(
                f"""
                insert into tied_region
                with fresh as (
                    from {group} anti join (
                        from {SCHEMA}.shared_group semi join linked_region using (region)
                    ) using (position, group_key, is_nameless)
                )
                select unnest([fresh.region, around.region])
                from fresh
                inner join {SCHEMA}.shared_group as around using (position, group_key)
                anti join linked_region on around.region = linked_region.region
                where fresh.position < {NAMELESS_POSITION} or fresh.is_nameless or around.is_nameless
                """
            )

    def _add_tied_by_crowds(self, workspace: Engine, linkage: Linkage) -> None:
        now = workspace.fetch_arrow(
            """
            select position, group_key, region
            from block_version
            inner join (select version, unique_id from node_version where first_round = 0) using (version)
            inner join record_region on unique_id = record
            """
        )
        limit = linkage.block.max_records
        with self.warehouse.arrow_view(now) as inside:
            self.warehouse.execute(
                f"""
                insert into tied_region
                with before as (
                    select position, group_key, 1 as was, 0 as is_now
                    from {SCHEMA}.block semi join linked_region using (region)
                    where first_round = 0
                ),
                counted as materialized (
                    select position, group_key, sum(was) as was, sum(is_now) as is_now
                    from (from before union all select position, group_key, 0, 1 from {inside})
                    group by position, group_key
                    having sum(was) <> sum(is_now)
                ),
                around as materialized (
                    select position, group_key, region
                    from {SCHEMA}.block
                    semi join counted using (position, group_key)
                    anti join linked_region using (region)
                    where first_round = 0
                ),
                turned as (
                    select position, group_key
                    from counted
                    inner join (select position, group_key, count(*) as nodes from around group by all)
                        using (position, group_key)
                    where (was + nodes > {limit}) <> (is_now + nodes > {limit})
                )
                select region from around semi join turned using (position, group_key)
                union
                select region from {inside} semi join turned using (position, group_key)
                """
            )

    def _add_tied_by_model(self, workspace: Engine, linkage: Linkage, model: LinkageModel) -> None:
        self.create_changed_versions(workspace)
        self._create_pairs_across(workspace, linkage.block.max_records)
        if not workspace.row_count("candidate"):
            return
        score_candidates(workspace, model.settings_for(node_population(workspace)), linkage, "pair_across")
        tied = workspace.fetch_arrow(
            """
            select region
            from pair_across
            inner join changed_version on left_cluster = version
            inner join record_region on changed_version.unique_id = record
            union
            select region from pair_across inner join outside_node on right_cluster = outside_node.unique_id
            """
        )
        with self.warehouse.arrow_view(tied) as view:
            self.warehouse.execute(f"insert into tied_region from {view}")

    def create_changed_versions(self, workspace: Engine) -> None:
        """Create `changed_version`: nodes of the workspace, of any round, that the state does not know as they are."""
        known = self.warehouse.fetch_arrow(
            f"select content, first_round, last_round from {SCHEMA}.node semi join linked_region using (region)"
        )
        with workspace.arrow_view(known) as view:
            workspace.replace_table(
                "changed_version",
                f"""
                from node_version anti join {view} as known
                    on
                        node_version.content = known.content
                        and node_version.first_round >= known.first_round
                        and node_version.last_round <= known.last_round
                """,
            )

    def _create_pairs_across(self, workspace: Engine, max_records: int) -> None:
        """Create `candidate`, each changed node with nodes around of the same round, and `node` with both."""
        inside = workspace.fetch_arrow(
            """
            select position, group_key, version, changed.first_round, changed.last_round, coalesce(nodes, 0) as nodes
            from block_version
            inner join (select version, first_round, last_round from changed_version) as changed using (version)
            left join (
                select position, group_key, count(*) as nodes
                from block_version semi join (from node_version where first_round = 0) using (version)
                group by position, group_key
            ) using (position, group_key)
            """
        )
        with self.warehouse.arrow_view(inside) as view:
            pairs, nodes = self.pairs_around(view, max_records)
        first = workspace.row_count("node_version") + 1
        with workspace.arrow_view(nodes) as around, workspace.arrow_view(pairs) as pair:
            workspace.replace_table(
                "outside_node",
                f"select {first} + row_number() over (order by node) as unique_id, * from {around}",
            )
            workspace.replace_table(
                "node",
                """
                select version as unique_id, * exclude (version, unique_id, content, first_round, last_round)
                from changed_version
                union all by name
                select * exclude (node, region, content, first_round, last_round) from outside_node
                """,
            )
            workspace.replace_table(
                "pair_around",
                f"""
                select '0' as match_key, version as join_key_l, unique_id as join_key_r
                from {pair} inner join outside_node using (node)
                """,
            )
        workspace.replace_table("candidate", without_read_names("pair_around"))

    def pairs_around(self, inside: str, max_records: int) -> tuple[pa.Table, pa.Table]:
        """Return version and node of the pairs that a block brings together, and the nodes around.

        Args:
            inside: position, group_key, version, its rounds, and how many nodes of the group are inside at first.
        """
        self.warehouse.execute(
            f"""
            create or replace temp table pair_around as
            with around as materialized (
                select position, group_key, node, first_round
                from {SCHEMA}.block
                semi join {inside} using (position, group_key)
                anti join linked_region using (region)
            ),
            crowded as (
                select position, group_key
                from (
                    select position, group_key, count(*) filter (first_round = 0) as nodes_around
                    from around group by position, group_key
                )
                inner join (select distinct position, group_key, nodes from {inside}) using (position, group_key)
                where nodes + nodes_around > {max_records}
            ),
            met as (
                select distinct version, node, inside.first_round, inside.last_round
                from {inside} as inside
                inner join (from around anti join crowded using (position, group_key)) using (position, group_key)
            )
            select version, node
            from met inner join {SCHEMA}.node as around using (node)
            where met.first_round <= around.last_round and around.first_round <= met.last_round
            """
        )
        pairs = self.warehouse.fetch_arrow("from pair_around")
        nodes = self.warehouse.fetch_arrow(f"from {SCHEMA}.node semi join pair_around using (node)")
        self.warehouse.execute("drop table temp.pair_around")
        return pairs, nodes
