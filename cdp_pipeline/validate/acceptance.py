"""Which record is current: of all that count, each key's newest.

Newest is what does not depend on the order in which files came: the record's own version, then the date of the
export, then the file's name, and of several contents of one name the last.
"""

from __future__ import annotations

from cdp_pipeline.contracts.layout import Layout, LinesPerKey
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.errors import ConservationError
from cdp_pipeline.night import Night
from cdp_pipeline.plural import counted
from cdp_pipeline.validate.as_judged import KEPT_FILES, cleaned_as_judged, note_readings
from cdp_pipeline.validate.cleaned import RECORD, cleaned, cleaned_from
from cdp_pipeline.validate.judgement import waiting_records
from cdp_pipeline.validate.superseding import drop_superseded, mark_superseded, snapshot_sources

AGE = """
    select file_id, exported_on, path, replaced_on
    from extract.delivery
    qualify
        row_number() over (
            partition by file_id order by exported_on desc, path desc, replaced_on desc nulls first
        ) = 1
"""
"""How new a content is: the newest of its deliveries says it."""

COUNTING = """(
    select a.file_id from validate.accepted_file as a join extract.file as f using (file_id)
    where f.superseded_on is null and f.dropped_on is null
)"""
SUPERSEDED = """(
    select a.file_id from validate.accepted_file as a join extract.file as f using (file_id)
    where f.superseded_on is not null
)"""


def accept_layout(night: Night, *, layout: Layout) -> None:
    """Rebuild `validate.<layout>`, the current version of every accepted record.

    Of sources that deliver snapshots only the newest one counts; what that lacks is gone. What it holds but cannot be
    read stays as it was in the list before. That takes a key that can be read: of a line with too few or too many
    fields nobody knows whose it was, and its record is gone until it comes well again.
    """
    mark_superseded(night, layout)
    drop_superseded(night, layout)
    note_readings(night, layout)
    _note_stand_ins(night, layout)
    records = _versioned(layout, _counting_records(night, layout))
    night.engine.replace_table(f"validate.{layout.layout}", _current_records(night.project, layout, records))
    _refuse_lost_keys(night, layout)
    night.engine.execute(f"drop table if exists {waiting_records(layout)}")


def _refuse_lost_keys(night: Night, layout: Layout) -> None:
    """Demand of each source that every key of its clean records which count is in the new table.

    Each key in it says of how many records it is the current one; only where they are not all, keys are cleaned and
    compared one by one.

    Raises:
        ConservationError: names source, layout and how many keys are missing.
    """
    table = f"validate.{layout.layout}"
    listed = [list(night.project.sources)]
    stands_for_all = not night.engine.fetch_all(UNEQUAL_RECORDS.format(layout=layout.layout), listed)
    night.engine.execute(f"alter table {table} drop column _records_of_key")
    if stands_for_all:
        return
    lost = night.engine.fetch_all(
        LOST_KEYS.format(
            layout=layout.layout,
            counting=_counting_records(night, layout),
            key=", ".join(layout.key),
            same_key=" and ".join(f"a.{name} is not distinct from c.{name}" for name in layout.key),
        ),
        listed,
    )
    for source, keys in lost:
        raise ConservationError(
            f"{source}, layout {layout.layout}: {counted(keys, 'key')} of records that passed the gate would be "
            f"missing from {table}. Nothing was published, and the night before stands. Run the night "
            "again; if it stops here again, restore the working file, or replay the nights in a fresh project folder."
        )


def _note_stand_ins(night: Night, layout: Layout) -> None:
    """Note in `stand_in` the records of superseded lists whose keys stand in quarantine of the list that counts.

    Keys are read first, alone: they are few, where the lists are long.
    """
    engine, name = night.engine, layout.layout
    readings = {source: night.project.reading(source, name) for source in snapshot_sources(night, layout)}
    of_lists = f"source_system in ({', '.join(quote_literal(source) for source in readings)})"
    engine.execute("create or replace temporary table stand_in (file_id varchar, line bigint)")
    if not readings:
        return
    unread = f"(from extract.raw_{name} semi join validate.quarantine using (file_id, line)"
    unread += f" where {of_lists} and file_id in {COUNTING})"
    keys = cleaned_from(unread, layout, kept=("source_system",), names=layout.key, readings=readings)
    engine.execute(f"create or replace temporary table unread_key as select distinct * from ({keys})")
    if not engine.row_count("unread_key"):
        return
    superseded = f"(from extract.raw_{name} anti join validate.quarantine using (file_id, line)"
    superseded += f" where {of_lists} and file_id in {SUPERSEDED})"
    lines = cleaned_from(superseded, layout, kept=RECORD, names=layout.key, readings=readings)
    of_key = " and ".join(
        f"s.{part} is not distinct from u.{part}" for part in ("source_system", *layout.key)
    )
    engine.execute(
        f"insert into stand_in select s.file_id, s.line from ({lines}) as s semi join unread_key as u on {of_key}"
    )


def _counting_records(night: Night, layout: Layout) -> str:
    """Select the clean records of all files that count, and those that stand in for one in quarantine.

    What was judged tonight is clean already; files that keep their old verdicts keep their values too.
    """
    columns = ", ".join([*RECORD, *layout.column_names])
    as_judged = (
        f"from extract.raw_{layout.layout} semi join (from {KEPT_FILES} semi join {COUNTING} using (file_id))"
        f" using (file_id) union all from extract.raw_{layout.layout} semi join stand_in using (file_id, line)"
    )
    parts = [
        cleaned(
            night.project,
            layout,
            f"from {COUNTING} anti join (select file_id from validate.waiting_file) using (file_id)",
        ),
        cleaned_as_judged(night, layout, as_judged),
    ]
    judged = waiting_records(layout)
    if night.engine.table_exists(judged):
        parts.append(
            f"select {columns} from {judged} where file_id in {COUNTING} and file_id not in {KEPT_FILES}"
        )
    return " union all ".join(parts)


def _versioned(layout: Layout, records: str) -> str:
    """Give each record the moment of its version, or where it is no time its text; of several lines the greatest.

    As a time first: 10:30+02:00 is earlier than 09:00Z, its text is not.
    """
    text = layout.version_column
    if text is None:
        return f"select *, null as _version_at, null as _version_text from ({records})"
    at = f"try_cast({text} as timestamptz)"
    if layout.lines_per_key is LinesPerKey.MANY:
        of_its_key = f"over (partition by source_system, file_id, {', '.join(layout.key)})"
        at, text = f"max({at}) {of_its_key}", f"max({text}) {of_its_key}"
    text = f"case when _version_at is null then {text} end"
    return f"select *, {at} as _version_at, {text} as _version_text from ({records})"


def _current_records(project: Project, layout: Layout, records: str) -> str:
    """Select accepted records, of several deliveries of a key the newest.

    Records of sources that the project no longer lists are left out.
    A key with several lines (an order) is taken whole from the newest delivery that holds it. One of them tells in
    `_records_of_key` how many records of all deliveries have the key; the proof that none is lost drops the column.
    """
    key = ", ".join(f"c.{name}" for name in layout.key)
    # A superseded list has its say where the newest is silent, whatever version its record names.
    superseded = "f.superseded_on is not null"
    newest = (
        f"{superseded}, case when {superseded} then a.exported_on end desc,"
        " c._version_at desc nulls last, c._version_text desc nulls last,"
        " a.exported_on desc, a.path desc, a.replaced_on desc nulls first, c.file_id"
    )
    of_key = f"partition by c.source_system, {key}"
    position = f"row_number() over ({of_key} order by {newest}, c.line desc)"
    rank = position
    if layout.lines_per_key is LinesPerKey.MANY:
        rank = f"dense_rank() over ({of_key} order by {newest})"
    columns = ", ".join(f"c.{name}" for name in layout.column_names)
    systems = ", ".join(quote_literal(source) for source in project.sources)
    return (
        f"with age as ({AGE}), counting as ({records})"
        f" select c.source_system, c.file_id, c.line, a.exported_on as delivered_on, {columns},"
        f" case when {position} = 1 then count(*) over ({of_key}) end as _records_of_key"
        " from counting as c join age as a on a.file_id = c.file_id join extract.file as f on f.file_id = c.file_id"
        " anti join validate.quarantine as q on q.file_id = c.file_id and q.line = c.line"
        f" where c.source_system in ({systems})"
        f" qualify {rank} = 1 order by c.file_id, c.line"
    )


UNEQUAL_RECORDS = f"""
with delivered as (
    select source_system, file_id, line from extract.raw_{{layout}} semi join {COUNTING} using (file_id)
    union all
    select source_system, file_id, line from extract.raw_{{layout}} semi join stand_in using (file_id, line)
),

counting as (
    select d.source_system, count(*) as records
    from delivered as d
    anti join validate.quarantine as q on q.file_id = d.file_id and q.line = d.line
    where list_contains($1, d.source_system)
    group by d.source_system
),

current as (
    select source_system, sum(_records_of_key)::bigint as records from validate.{{layout}} group by source_system
)

select source_system from counting as c full join current as a using (source_system)
where c.records is distinct from a.records
"""

LOST_KEYS = """
with counting as (
    select distinct source_system, {key} from ({counting}) as r
    anti join validate.quarantine as q on q.file_id = r.file_id and q.line = r.line
)

select c.source_system, count(*) as keys
from counting as c
anti join validate.{layout} as a on a.source_system = c.source_system and {same_key}
where list_contains($1, c.source_system)
group by c.source_system
order by c.source_system
"""
