"""What a night of linkage leaves for the next one, so that only what changed is linked anew.

The schema `link_state` of the working file keeps, as of the last linkage:

* `record` (record_id, region, fingerprint): every record, and what it looked like;
* `node` (node, region, content, first_round, last_round, and what Splink compares): the nodes of all rounds;
* `block` (position, group_key, node, region, first_round): the blocks of the blocking rules to which the nodes belong;
* `shared_group` (position, group_key, is_nameless, region): on what the records of a region agree by a rule or by a
  key of nameless records;
* `shared_value`, `match_decision`, `decision_conflict`: copies of what linkage went by;
* the statistics of the last full linkage, and `full_linkage`, one row that says by what it went;
* `unclustered` (record_id): records that were linked anew, but are not in `link.cluster` yet;
* `last_linkage` (linked_everything, linked_records), one row: how much the last linkage did.

It serves linkage alone. Where it is missing or another version wrote it, everything is linked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.shared_values import RECORD_VALUES
from cdp_pipeline.link.statistics import read_statistics, write_statistics
from cdp_pipeline.link.workspace import RECORD_ID, RECORD_KEY

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.engine import Engine

SCHEMA = "link_state"

COMPARED_TABLES = {
    "shared_value": "identifier_kind, identifier_value, carries_edges",
    "match_decision": "*",
    "decision_conflict": "*",
}
"""What linkage reads beside the records, and the columns in which a difference matters."""

OF_REGION = {
    "record": "select record_id, region from record_region",
    "node": """
        select hash(record_id, first_round) as node, region, node_version.* exclude (version, unique_id)
        from node_version inner join record_region on unique_id = record
    """,
    "block": """
        select position, group_key, hash(record_id, first_round) as node, region, first_round
        from block_version
        inner join (select version, unique_id, first_round from node_version) using (version)
        inner join record_region on unique_id = record
    """,
    "shared_group": "select position, group_key, is_nameless, region from shared_group",
}
"""Query over a workspace of each table that has a row per region and more."""


def fingerprints(key: str) -> str:
    """Return a query of a record's key and a number for what it looks like to linkage.

    By the engine's own hash: md5 took six times as long. Another version of the engine may hash differently; then every
    record counts as changed for one night. Summed, not xored: the hash xors its last column in, so that a value that
    stands in both tables would cancel out.

    Args:
        key: columns, or an expression with a name, that tell records apart.
    """
    return f"""
        select * exclude (part), hash(sum(part)) as fingerprint
        from (
            select {key}, hash(linkage_record) as part from link.linkage_record
            union all
            select {key}, hash(identifier_kind, identifier_value) from link.identifier
        )
        group by all
    """


def create_fingerprints(engine: Engine) -> None:
    """Create temp table `tonight` (record_id, fingerprint): what the records look like now."""
    engine.execute(f"create or replace temp table tonight as {fingerprints(f'{RECORD_ID} as record_id')}")


def create_changed(engine: Engine) -> None:
    """Create temp table `changed` (record_id): records that came, went, or look different to linkage.

    Different are also the records of a decision that came or went, and of a value that began or ceased to be shared.
    """
    engine.execute(
        f"""
        create or replace temp table changed as
        select record_id
        from {SCHEMA}.record as before full join tonight using (record_id)
        where before.fingerprint is distinct from tonight.fingerprint
        """
    )
    if _differs(engine, "match_decision") or _differs(engine, "decision_conflict"):
        engine.execute(f"insert into changed {_RECORDS_OF_CHANGED_DECISIONS}")
    if _differs(engine, "shared_value"):
        engine.execute(f"insert into changed {_RECORDS_OF_CHANGED_VALUES}")
    engine.execute(f"insert into changed {_RECORDS_DECIDED_WITH_CHANGED_ONES}")
    engine.execute("create or replace temp table changed as select distinct record_id from changed")


def _differs(engine: Engine, table: str) -> bool:
    return bool(engine.fetch_value(f"select count(*) from ({_difference(table)})"))


def _difference(table: str) -> str:
    now, before = (f"select {COMPARED_TABLES[table]} from {schema}.{table}" for schema in ("link", SCHEMA))
    return f"(({now}) except ({before})) union all (({before}) except ({now}))"


def record_id_of(side: str) -> str:
    """Return the expression for the number of one record of a pair."""
    return f"hash({', '.join(f'{side}_{column}' for column in RECORD_KEY)})"


_RECORDS_OF_CHANGED_DECISIONS = f"""
    with decision as (from link.match_decision union from {SCHEMA}.match_decision),
    conflict as ({_difference("decision_conflict")}),
    changed_decision as (
        from ({_difference("match_decision")})
        union all
        from decision
        where decision_id in (select unnest([must_link_decision_id, never_link_decision_id]) from conflict)
    )
    select {record_id_of("left")} from changed_decision
    union
    select {record_id_of("right")} from changed_decision
"""

_RECORDS_DECIDED_WITH_CHANGED_ONES = f"""
    with decided as (
        select {record_id_of("left")} as one, {record_id_of("right")} as other from link.match_decision
    ),
    either_way as (from decided union select other, one from decided)
    select distinct other
    from either_way semi join changed on one = changed.record_id anti join changed on other = changed.record_id
"""
"""A decision waits while one of its records is not there: nothing else may tie the other one to it when it comes."""

_RECORDS_OF_CHANGED_VALUES = f"""
    with changed_value as ({_difference("shared_value")})
    select distinct {RECORD_ID}
    from link.identifier semi join changed_value using (identifier_kind, identifier_value)
""" + "".join(
    f"""
    union
    select distinct {RECORD_ID}
    from link.linkage_record
    where {expression} in (select identifier_value from changed_value where identifier_kind = '{kind}')
"""
    for kind, expression in RECORD_VALUES.items()
)


def count_changed(engine: Engine) -> float:
    """Return which share of the records changed since everything was linked, tonight's changes included."""
    records, changed = engine.fetch_all(f"select records, changed from {SCHEMA}.full_linkage")[0]
    return float((changed + engine.row_count("changed")) / max(records, 1))


def note_changed(engine: Engine) -> None:
    """Add temp table `changed` to what changed since everything was linked."""
    engine.execute(f"update {SCHEMA}.full_linkage set changed = changed + (select count(*) from changed)")


def went_by(engine: Engine, versions: tuple[str, str, str]) -> bool:
    """Tell whether a state is there that goes by these rules, model and engine."""
    if not engine.table_exists(f"{SCHEMA}.full_linkage"):
        return False
    return engine.fetch_all(f"select rules, model, engine from {SCHEMA}.full_linkage") == [versions]


def note_full_linkage(engine: Engine, versions: tuple[str, str, str]) -> None:
    """Note by which rules, model and engine everything was linked."""
    engine.replace_table(
        f"{SCHEMA}.full_linkage",
        "select $1 as rules, $2 as model, $3 as engine, (select count(*) from tonight) as records, 0 as changed",
        versions,
    )


def note_linked(engine: Engine, *, everything: bool) -> None:
    """Note how much was linked, for `link.linkage_run`: everything or changes, and how many records anew."""
    engine.replace_table(
        f"{SCHEMA}.last_linkage",
        f"""
        select {everything} as linked_everything, count(distinct record_id) as linked_records
        from {SCHEMA}.unclustered semi join tonight using (record_id)
        """,
    )


def read_regions(workspace: Engine) -> dict[str, pa.Table]:
    """Return the tables of the state as a workspace sees them, for `replace_regions`."""
    return {table: workspace.fetch_arrow(query) for table, query in OF_REGION.items()}


def replace_regions(engine: Engine, regions: dict[str, pa.Table]) -> None:
    """Replace in the state the regions of temp table `linked_region`; temp table `tonight` has the fingerprints."""
    for table, rows in regions.items():
        engine.execute(f"delete from {SCHEMA}.{table} where region in (from linked_region)")
        with engine.arrow_view(rows) as view:
            engine.execute(f"insert into {SCHEMA}.{table} by name {_completed(table, view)}")
    engine.execute(f"insert into {SCHEMA}.unclustered from linked_record")


def write_state(engine: Engine, workspace: Engine) -> None:
    """Write the state anew after everything was linked."""
    engine.create_schemas([SCHEMA])
    for table, query in OF_REGION.items():
        with engine.arrow_view(workspace.fetch_arrow(query)) as view:
            engine.replace_table(f"{SCHEMA}.{table}", _completed(table, view))
    engine.replace_table(f"{SCHEMA}.unclustered", "select record_id from tonight")
    write_statistics(engine, read_statistics(workspace), SCHEMA)


def _completed(table: str, view: str) -> str:
    return f"from {view} inner join tonight using (record_id)" if table == "record" else f"from {view}"


def note_compared_tables(engine: Engine) -> None:
    """Keep copies of what linkage went by beside the records."""
    for table in COMPARED_TABLES:
        engine.replace_table(f"{SCHEMA}.{table}", f"from link.{table}")
