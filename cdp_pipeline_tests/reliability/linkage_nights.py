"""Nights of linkage over a working file whose records come, go and change at random."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.link import incremental
from cdp_pipeline.link.components import build_cluster, component_table
from cdp_pipeline.link.edges import find_edges, model_path
from cdp_pipeline.link.erased_records import forget_names, forget_regions
from cdp_pipeline.link.link_state import SCHEMA, record_id_of
from cdp_pipeline.link.splink_model import read_model
from cdp_pipeline.link.statistics import read_statistics
from cdp_pipeline.link.workspace import RECORD_KEY, open_workspace
from cdp_pipeline.night import Night
from cdp_pipeline_tests.sample_project import NIGHTS

KEY = ", ".join(RECORD_KEY)
KINDS_OF_CHANGE = 8


class LinkageNights:
    """The records of a finished working file, of which each night sees some, changed.

    Args:
        database: working file with the tables of linkage; changed in place.
        generations: so many people of one name are made of each.
    """

    def __init__(self, database: Path, project: Project, *, generations: int = 6) -> None:
        limit = project.linkage.full_linkage.model_copy(update={"changed_share": 1.0, "up_to_records": 0})
        linkage = project.linkage.model_copy(update={"full_linkage": limit})
        self.engine = Engine.open(database)
        self.night = Night(self.engine, dataclasses.replace(project, linkage=linkage), NIGHTS[2], "run")
        self.engine.execute(f"drop schema if exists {SCHEMA} cascade")
        self.engine.execute(f"create table main.every_linkage_record as {_namesakes(generations)}")
        self.engine.execute(f"create table main.every_identifier as {_identifiers_of_namesakes(generations)}")
        self.engine.execute(
            f"create table main.fate as select {KEY}, true as is_there, 0 as change"
            " from main.every_linkage_record"
        )
        self._deliver()

    def crowd_blocks(self, max_records: int) -> None:
        """Lower the limit of blocks, so that some become crowded and others cease to be."""
        project = self.night.project
        block = project.linkage.block.model_copy(update={"max_records": max_records})
        linkage = project.linkage.model_copy(update={"block": block})
        self.night = dataclasses.replace(self.night, project=dataclasses.replace(project, linkage=linkage))

    def let_things_happen(self, seed: int, share: float) -> None:
        """Let a share of the records come, go or change, and build what linkage reads of them."""
        self.engine.execute(
            f"""
            update main.fate set
                is_there = is_there <> (hash({KEY}, {seed}) % 10000 < 5000 * {share}),
                change = case when hash({KEY}, {seed}, 'change') % 10000 < 5000 * {share}
                    then hash({KEY}, {seed}, 'kind') % {KINDS_OF_CHANGE} else change end
            """
        )
        self._deliver()

    def _deliver(self) -> None:
        self.engine.replace_table("link.linkage_record", _CHANGED_RECORDS)
        self.engine.replace_table("link.identifier", _CHANGED_IDENTIFIERS)

    def link(self, *, everything: bool = False) -> None:
        """Link the night's records as `cdp run` does."""
        night = dataclasses.replace(self.night, rebuilds_everything=everything)
        for build in (incremental.build_edge, build_cluster):
            with self.engine.transaction():
                build(night)

    def erase(self, seed: int, share: float) -> int:
        """Erase a share of the records as an erasure does: from all tables of linkage and from its memory."""
        is_chosen = f"hash({KEY}, {seed}, 'erased') % 1000 < 1000 * {share}"
        self.engine.execute(
            f"create or replace temp table chosen as select {KEY} from main.every_linkage_record where {is_chosen}"
        )
        with self.engine.transaction():
            forget_regions(self.engine, "from chosen")
            for table in ("link.linkage_record", "link.identifier", "link.cluster", "main.fate"):
                self.engine.execute(f"delete from {table} where ({KEY}) in (select ({KEY}) from chosen)")
            for side in ("left", "right"):
                self.engine.execute(
                    f"delete from link.edge where {record_id_of(side)} in (select hash({KEY}) from chosen)"
                )
            forget_names(self.engine)
        return self.engine.row_count("temp.chosen")

    def relinked(self) -> int:
        """Return how many records the last night counted as changed since everything was linked."""
        return int(self.engine.fetch_value(f"select changed from {SCHEMA}.full_linkage"))

    def differences(self) -> list[tuple[object, ...]]:
        """Compare `link.edge` with that of a linkage of everything by the same statistics: which side, edge."""
        statistics = read_statistics(self.engine, SCHEMA)
        project = self.night.project
        options = EngineOptions(threads=2)
        with open_workspace(self.engine, project.linkage, options, statistics=statistics) as workspace:
            find_edges(workspace, project.linkage, read_model(model_path(project)))
            expected = workspace.fetch_arrow(incremental.EDGES)
        with self.engine.arrow_view(expected) as view:
            found, wanted = (
                "select * replace (round(match_weight, 3) as match_weight, "
                f"cast(comparison_weights as varchar[]) as comparison_weights) from {table}"
                for table in ("link.edge", view)
            )
            return self.engine.fetch_all(
                f"select 'only found', * from ({found} except {wanted})"
                f" union all select 'only expected', * from ({wanted} except {found})"
            )

    def stray_clusters(self) -> int:
        """Count what shows that clusters are not the connected components of the edges.

        Edges that hold between clusters, refused ones within, records without a cluster, and clusters too many or few.
        """
        components = component_table(self.engine, _HELD_EDGES, self.engine.row_count("link.linkage_record"))
        expected = len(set(components.column("cluster").to_pylist()))
        found = self.engine.fetch_value("select count(distinct cluster_id) from link.cluster")
        return int(self.engine.fetch_value(_STRAY_CLUSTERS)) + abs(found - expected)


def _namesakes(generations: int) -> str:
    """Return the records, so many people of each name made of one.

    More blocks fill up, and more pairs are nearly alike. The first two generations live at one address: where birth
    dates are unknown, a record fits both.
    """
    return f"""
        select own.* replace (
            source_record_id || '-' || generation as source_record_id,
            birth_date + cast(9001 * generation as integer) as birth_date,
            case when generation < 2 then street_key else street_key || generation end as street_key
        )
        from link.linkage_record as own cross join range({generations}) as namesake (generation)
    """


def _identifiers_of_namesakes(generations: int) -> str:
    return f"""
        select own.* replace (
            source_record_id || '-' || generation as source_record_id,
            case
                when generation = 0 or (generation = 1 and identifier_kind = 'address') then identifier_value
                else identifier_value || generation
            end as identifier_value
        )
        from link.identifier as own cross join range({generations}) as namesake (generation)
    """


_CHANGED_RECORDS = f"""
    select own.* replace (
        case change when 1 then 'novak' else own.family_name_key end as family_name_key,
        case change
            when 1 then coalesce(own.given_name_key || ' ', '') || 'novak' else own.name_in_any_order_key
        end as name_in_any_order_key,
        case change when 2 then own.birth_date + 1 when 3 then null else own.birth_date end as birth_date,
        case change when 4 then null else own.given_name_key end as given_name_key,
        case change when 4 then null else own.first_given_name_key end as first_given_name_key
    )
    from main.every_linkage_record as own inner join main.fate using ({KEY})
    where is_there
"""

_CHANGED_IDENTIFIERS = f"""
    with other as (
        select *, lead(identifier_value) over (partition by identifier_kind order by hash({KEY})) as others_value
        from main.every_identifier
    )
    select distinct
        {KEY}, identifier_kind, case when change = 6 then others_value else identifier_value end as identifier_value
    from other inner join main.fate using ({KEY})
    where is_there and not (change = 5 and identifier_kind = 'email') and identifier_value is not null
        and not (change = 6 and others_value is null)
"""
"""Of the eight kinds of change 0 and 7 change nothing: the record is as it was delivered first."""

_HELD_EDGES = f"""
    with numbered as (
        select row_number() over () - 1 as record, hash({KEY}) as record_id from link.linkage_record
    )
    select l.record as left_record, r.record as right_record
    from link.edge
    inner join numbered as l on {record_id_of("left")} = l.record_id
    inner join numbered as r on {record_id_of("right")} = r.record_id
    where edge_kind in ('rule', 'splink', 'decision')
"""

_STRAY_CLUSTERS = """
    with edge as (
        select l.cluster_id as left_cluster, r.cluster_id as right_cluster, edge_kind
        from link.edge
        inner join link.cluster as l on l.source_system = left_source_system and l.record_kind = left_record_kind
            and l.source_record_id = left_source_record_id
        inner join link.cluster as r on r.source_system = right_source_system and r.record_kind = right_record_kind
            and r.source_record_id = right_source_record_id
    )
    select
        (
            select count(*) from edge
            where edge_kind in ('rule', 'splink', 'decision') and left_cluster <> right_cluster
        )
        + (select count(*) from edge where edge_kind = 'vetoed' and left_cluster = right_cluster)
        + (select abs((select count(*) from link.cluster) - (select count(*) from link.linkage_record)))
"""
