"""How each record looked, and when: intervals that begin and end only when something changes."""

from __future__ import annotations

from cdp_pipeline.contracts.layout import Layout, LinesPerKey
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, Sensitivity, TableContract
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project.kept_tables import keep_table
from cdp_pipeline.validate.cleaned import cleaned

TABLE = "validate.record_history"

RECORD_HISTORY = TableContract(
    model="record_history",
    description="How records of people and things looked, and when; a record that does not change stays one row.",
    grain="one row per record and interval in which it looked the same",
    owner=DATA_ENGINEERING,
    key=["source_system", "layout", "record_key", "valid_from", "record_hash"],
    publish=["identified"],
    columns=[
        ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
        ColumnContract(name="layout", type="VARCHAR", description="Layout of the record."),
        ColumnContract(
            name="record_key",
            type="VARCHAR",
            description="The layout's key; of several columns a JSON list.",
            sensitivity=Sensitivity.DIRECT,
        ),
        ColumnContract(name="valid_from", type="DATE", description="First night on which it looked so."),
        ColumnContract(
            name="valid_to",
            type="DATE",
            description="First night on which it no longer did; null: it still does. Equal to valid_from where a "
            "newer version came on the same night, or before this one.",
        ),
        ColumnContract(
            name="change", type="VARCHAR", description="How it began: added, changed or returned."
        ),
        ColumnContract(name="ended_by", type="VARCHAR", description="How it ended: changed or removed."),
        ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger that brought it."),
        ColumnContract(name="line", type="BIGINT", description="Physical line in it; of several the first."),
        ColumnContract(
            name="record",
            type="VARCHAR",
            description="JSON of the cleaned values; of several lines a list.",
            sensitivity=Sensitivity.DIRECT,
        ),
        ColumnContract(
            name="record_hash", type="UBIGINT", description="Hash of the values that are not null."
        ),
    ],
)


def build_record_history(night: Night) -> None:
    """Bring `validate.record_history` up to this night; what an earlier run of the night wrote is undone first.

    Grain: one row per record and interval. Reads every layout that keeps history whole and writes what differs.
    """
    execute, tonight = night.engine.execute, night.business_date
    keep_table(night.engine, TABLE, RECORD_HISTORY)
    execute(f"delete from {TABLE} where valid_from >= ?", [tonight])
    execute(f"update {TABLE} set valid_to = null, ended_by = null where valid_to >= ?", [tonight])
    keeping = {name: layout for name, layout in night.project.used_layouts.items() if layout.keeps_history}
    for layout in keeping.values():
        _enter_changes(night, layout)
        _enter_passed_over(night, layout)
    execute(
        f"update {TABLE} set valid_to = ?, ended_by = 'removed'"
        " where valid_to is null and not list_contains(?, layout)",
        [tonight, list(keeping)],
    )


def _enter_changes(night: Night, layout: Layout) -> None:
    """Close intervals of records that changed or left, open those of records that changed or came."""
    name = layout.layout
    night.engine.execute(
        "create or replace temporary table difference as"
        f" with now as ({_versions(layout, f'validate.{name}')}),"
        f" before as (from {TABLE} where layout = '{name}' and valid_to is null),"
        f" known as (select distinct source_system, record_key from {TABLE} where layout = '{name}')"
        " select coalesce(n.source_system, b.source_system) as source_system,"
        " coalesce(n.record_key, b.record_key) as record_key, n.record_hash, n.file_id, n.line,"
        " case when b.record_key is not null then 'changed' when k.record_key is not null then 'returned'"
        " else 'added' end as change"
        " from now as n full join before as b using (source_system, record_key)"
        " left join known as k on k.source_system = n.source_system and k.record_key = n.record_key"
        " where n.record_hash is distinct from b.record_hash"
    )
    night.engine.execute(
        f"update {TABLE} as h set valid_to = ?,"
        " ended_by = case when d.record_hash is null then 'removed' else 'changed' end from difference as d"
        f" where h.layout = '{name}' and h.valid_to is null and d.change = 'changed'"
        " and h.source_system = d.source_system and h.record_key = d.record_key",
        [night.business_date],
    )
    night.engine.execute(
        f"insert into {TABLE} by name select d.source_system, '{name}' as layout, d.record_key,"
        " cast(? as date) as valid_from, d.change, d.file_id, d.line, r.record, d.record_hash"
        f" from difference as d join ({_records(layout, f'validate.{name}', 'difference')}) as r"
        " using (source_system, record_key, file_id)",
        [night.business_date],
    )


def _enter_passed_over(night: Night, layout: Layout) -> None:
    """Enter versions that came tonight and were current on no night: older than what came with or before them.

    They say what somebody once answered: a consent that was given and taken back between two nights. A key that stands
    in a late older list alone was added and removed before anybody looked.
    """
    engine, name = night.engine, layout.layout
    engine.execute(
        "create or replace temporary table passed_over as"
        f" select r.file_id, r.line from extract.raw_{name} as r"
        " semi join (from validate.accepted_file where accepted_on = ?) as a on a.file_id = r.file_id"
        " anti join validate.quarantine as q on q.file_id = r.file_id and q.line = r.line"
        f" anti join validate.{name} as c on c.file_id = r.file_id and c.line = r.line",
        [night.business_date],
    )
    if not engine.row_count("passed_over"):
        return
    engine.execute(
        "create or replace temporary table passed_record as"
        f" from ({cleaned(night.project, layout, 'select file_id from passed_over')})"
        " semi join passed_over using (file_id, line)"
    )
    engine.execute(
        "create or replace temporary table difference as"
        f" with version as ({_versions(layout, 'passed_record')}),"
        f" known as (from {TABLE} where layout = '{name}'),"
        " fresh as (from version anti join known using (source_system, record_key, record_hash)"
        " qualify row_number() over (partition by source_system, record_key, record_hash"
        " order by file_id, line) = 1)"
        " select f.*, k.record_key is null and row_number() over (partition by f.source_system, f.record_key"
        " order by e.exported_on, f.file_id, f.line) = 1 as is_first, k.record_key is null as is_alone"
        " from fresh as f join extract.file as e on e.file_id = f.file_id"
        " left join (select distinct source_system, record_key from known) as k"
        " on k.source_system = f.source_system and k.record_key = f.record_key"
    )
    night.engine.execute(
        f"insert into {TABLE} by name select d.source_system, '{name}' as layout, d.record_key,"
        " $1::date as valid_from, $1::date as valid_to, case when d.is_first then 'added' else 'changed' end as change,"
        " case when d.is_alone then 'removed' else 'changed' end as ended_by,"
        " d.file_id, d.line, r.record, d.record_hash"
        f" from difference as d join ({_records(layout, 'passed_record', 'difference')}) as r"
        " using (source_system, record_key, file_id)",
        [night.business_date],
    )


def _versions(layout: Layout, table: str) -> str:
    """Select source_system, record_key, record_hash, file_id and line of the records of a table.

    Null values and the order of columns take no part in the hash: a column more changes no record without it.
    """
    values = ", ".join(
        f"{quote_literal(name + '=')} || {name}"
        for name in sorted(set(layout.column_names) - set(layout.key))
    )
    text = f"concat_ws(chr(31), {values})" if values else "''"
    select = f"select source_system, {_key(layout)} as record_key"
    if layout.lines_per_key is LinesPerKey.ONE:
        return f"{select}, md5_number_lower({text}) as record_hash, file_id, line from {table}"
    return (
        f"{select}, md5_number_lower(string_agg({text}, chr(30) order by line)) as record_hash, file_id,"
        f" min(line) as line from {table} group by source_system, record_key, file_id"
    )


def _records(layout: Layout, table: str, wanted: str) -> str:
    """Select source_system, record_key, file_id and the JSON record of what is wanted, without nulls."""
    values = ", ".join(f"{name} := {name}" for name in layout.column_names)
    record = f"json_merge_patch('{{}}', to_json(struct_pack({values})))"
    if layout.lines_per_key is LinesPerKey.ONE:
        return (
            f"select source_system, {_key(layout)} as record_key, file_id, {record}::varchar as record"
            f" from {table} semi join {wanted} using (file_id, line)"
        )
    return (
        f"select source_system, {_key(layout)} as record_key, file_id,"
        f" to_json(list({record} order by line))::varchar as record from {table}"
        f" where file_id in (select file_id from {wanted}) group by source_system, record_key, file_id"
    )


def _key(layout: Layout) -> str:
    """Write the key as one text: itself, or of several columns a JSON list, which keeps them apart."""
    if len(layout.key) == 1:
        return f"coalesce({layout.key[0]}, '')"
    return f"to_json([{', '.join(layout.key)}])::varchar"
