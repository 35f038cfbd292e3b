"""The edges of a night: everything anew, or only what changed since the last one and what that touches.

The second ends where the first would end with the same statistics (how frequent names are, and the like), which stay
as the last full linkage counted them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import splink

from cdp_pipeline.engine import EngineOptions
from cdp_pipeline.link.edges import find_edges, model_path
from cdp_pipeline.link.id_causes import model_fingerprint, rule_fingerprint
from cdp_pipeline.link.link_state import (
    SCHEMA,
    count_changed,
    create_changed,
    create_fingerprints,
    note_changed,
    note_compared_tables,
    note_full_linkage,
    note_linked,
    read_regions,
    record_id_of,
    replace_regions,
    went_by,
    write_state,
)
from cdp_pipeline.link.regions import create_regions
from cdp_pipeline.link.splink_model import read_model
from cdp_pipeline.link.statistics import Statistics, read_statistics, write_statistics
from cdp_pipeline.link.surroundings import Surroundings
from cdp_pipeline.link.workspace import RECORD_KEY, open_workspace

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night


TEMPORARY = ("tonight", "changed", "new_record", "linked_region", "linked_record", "tied_region")

EDGES = f"""
    select
        {", ".join(f"{side[0]}.{column} as {side}_{column}" for side in ("left", "right") for column in RECORD_KEY)},
        edge_kind, edge_name, match_weight, vetoed_by, comparison_weights
    from edge
    inner join record as l on left_record = l.record
    inner join record as r on right_record = r.record
    order by left_record, right_record, edge_name
"""


def build_edge(night: Night) -> None:
    """Write `link.edge`, one row per pair of records and name of the edge.

    Kinds: rule and splink edges hold; vetoed ones would have joined records that `vetoed_by` keeps apart;
    near_miss pairs stayed below the threshold. Must run inside the transaction of the table's rebuild.
    """
    create_fingerprints(night.engine)
    links_changes = can_link_changes(night)
    if links_changes:
        _link_changes(night)
    else:
        _link_everything(night)
    note_compared_tables(night.engine)
    note_linked(night.engine, everything=not links_changes)
    for table in TEMPORARY:
        night.engine.execute(f"drop table if exists temp.{table}")


def can_link_changes(night: Night) -> bool:
    """Tell whether linking what changed suffices, and create temp table `changed` (record_id) then.

    Not when asked for everything, under other rules, model or engine than last time, or where `full_linkage` in
    linkage.yml says so: in small data, and when too many records changed since everything was linked.
    """
    engine, limits = night.engine, night.project.linkage.full_linkage
    if night.rebuilds_everything or not went_by(engine, _versions(night)):
        return False
    if engine.row_count(
        "standardise.record_attribute"
    ):  # of a stranger's file; the state knows no attributes
        return False
    if engine.row_count("tonight") <= limits.up_to_records:
        return False
    create_changed(engine)
    return count_changed(engine) <= limits.changed_share


def _link_everything(night: Night) -> None:
    engine, linkage = night.engine, night.project.linkage
    with open_workspace(engine, linkage, _options(night)) as workspace:
        find_edges(workspace, linkage, read_model(model_path(night.project)))
        create_regions(workspace, linkage)
        with engine.arrow_view(workspace.fetch_arrow(EDGES)) as edges:
            engine.replace_table("link.edge", f"from {edges}")
        write_state(engine, workspace)
    note_full_linkage(engine, _versions(night))


def _link_changes(night: Night) -> None:
    """Link the regions of changed records anew, then those that something new ties together, until nothing does."""
    engine = night.engine
    note_changed(engine)
    statistics = read_statistics(engine, SCHEMA)
    engine.execute(
        f"""
        create or replace temp table tied_region as
        select distinct region from {SCHEMA}.record semi join changed using (record_id)
        """
    )
    engine.execute(
        "create or replace temp table new_record as select record_id from changed semi join tonight using (record_id)"
    )
    while engine.row_count("tied_region") or engine.row_count("new_record"):
        engine.execute(
            "create or replace temp table linked_region as select distinct region from tied_region"
        )
        engine.execute(
            f"""
            create or replace temp table linked_record as
            select record_id from {SCHEMA}.record semi join linked_region using (region)
            union
            from new_record
            """
        )
        engine.execute("delete from new_record")
        _link_regions(night, statistics)
    write_statistics(engine, statistics, SCHEMA)


def _link_regions(night: Night, statistics: Statistics) -> None:
    """Link the records of temp table `linked_record`, replace what they were, and create `tied_region` anew."""
    engine, linkage = night.engine, night.project.linkage
    model, surroundings = read_model(model_path(night.project)), Surroundings(engine)
    with open_workspace(
        engine, linkage, _options(night), records="linked_record", statistics=statistics
    ) as workspace:
        find_edges(workspace, linkage, model, surroundings)
        create_regions(workspace, linkage)
        _replace_edges(engine, workspace)
        state = read_regions(workspace)
        surroundings.find_tied_regions(workspace, linkage, model)
        replace_regions(engine, state)
        statistics["given_name_root"] = workspace.fetch_arrow("from given_name_root")  # with new names


def _replace_edges(engine: Engine, workspace: Engine) -> None:
    """No edge leads out of a region: those of its records are found by their first one."""
    engine.execute(f"delete from link.edge where {record_id_of('left')} in (from linked_record)")
    with engine.arrow_view(workspace.fetch_arrow(EDGES)) as edges:
        engine.execute(f"insert into link.edge from {edges}")


def _options(night: Night) -> EngineOptions:
    settings = night.project.settings.engine
    return EngineOptions(threads=settings.threads, memory_limit=settings.memory_limit)


def _versions(night: Night) -> tuple[str, str, str]:
    """Return by what this night links: rules, model and engine."""
    engine_version = f"{night.engine.fetch_value('select version()')} splink {splink.__version__}"
    linkage = hashlib.sha256(night.project.linkage.model_dump_json().encode()).hexdigest()
    return f"{rule_fingerprint(night.project)} {linkage}", model_fingerprint(night.project), engine_version
