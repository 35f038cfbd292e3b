"""The first gate: new records are judged, and those that break a rule are kept out of the night.

Raw tables are never changed. A record is out of the night while it stands in `validate.quarantine`, and back in
as soon as it does not, so a corrected rule brings it back without a new delivery.
"""

from __future__ import annotations

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, Sensitivity, TableContract
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project.kept_tables import keep_table
from cdp_pipeline.validate.blocking import note_blocked_sources
from cdp_pipeline.validate.cleaned import cleaned
from cdp_pipeline.validate.conservation import loaded_records
from cdp_pipeline.validate.judgement import (
    INCOMPLETE_RULE,
    KEYLESS_RULE,
    judge_waiting_files,
    waiting_records,
)

HELD_RULE = "held_with_its_file"
REMEDY = "Correct it at its source, or config/layouts/{layout}.yml where the record is right."

HELD_FILES = """(
    select file_id, layout from validate.waiting_file
    where
        is_new and source_system in (select source_system from validate.blocked_source)
        and file_id not in (select file_id from validate.let_in_file)
)"""
"""New files of blocked sources that nobody let in."""

QUARANTINE = TableContract(
    model="quarantine",
    description="Records kept out of the night, each with the rules that it broke.",
    grain="one row per file and line",
    owner=DATA_ENGINEERING,
    key=["file_id", "line"],
    publish=["identified"],
    columns=[
        ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
        ColumnContract(name="layout", type="VARCHAR", description="Layout of the file."),
        ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger."),
        ColumnContract(name="sha256", type="VARCHAR", description="SHA-256 of the file's content."),
        ColumnContract(name="path", type="VARCHAR", description="Name of the file at first delivery."),
        ColumnContract(
            name="line",
            type="BIGINT",
            description="Line of the file, from 1; of a workbook or Parquet the row.",
        ),
        ColumnContract(name="rule", type="VARCHAR", description="Rules that it broke, comma-separated."),
        ColumnContract(
            name="judged_by",
            type="VARCHAR",
            description="Hash of what each of the rules demands, in their order; decisions rest on it.",
        ),
        ColumnContract(name="why", type="VARCHAR", description="Why the rules stand, in words."),
        ColumnContract(
            name="raw_record",
            type="VARCHAR",
            description="The record as delivered.",
            sensitivity=Sensitivity.DIRECT,
        ),
        ColumnContract(
            name="business_date",
            type="DATE",
            description="Night from which it is kept out; of a file that is held back, the last on which it was.",
        ),
        ColumnContract(name="run_id", type="VARCHAR", description="Run of that night."),
    ],
)

RELEASE = TableContract(
    model="release",
    description="What people let in although the gate kept it out, as it stood when the night began.",
    grain="one row per decision, and record and rule or whole file",
    owner=DATA_ENGINEERING,
    key=["decision_id", "file_id", "line", "rule"],
    publish=["identified"],
    columns=[
        ColumnContract(name="decision_id", type="BIGINT", description="Decision in the control database."),
        ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger."),
        ColumnContract(
            name="line", type="BIGINT", description="Record that is let in; null: the file, as it is."
        ),
        ColumnContract(name="rule", type="VARCHAR", description="Rule that no longer keeps it out."),
        ColumnContract(
            name="judged_by",
            type="VARCHAR",
            description="Hash of what the rule demands or, of a file, of all rules that it is judged by. The decision "
            "holds for no other.",
        ),
    ],
)


def create_release(night: Night) -> None:
    """Create `validate.release`; whoever runs the night fills it from the control database."""
    keep_table(night.engine, f"validate.{RELEASE.model}", RELEASE)


def build_quarantine(night: Night) -> None:
    """Judge the files that wait, decide which sources are blocked, and enter the verdicts.

    Files that count already keep the verdicts by which they do where the new ones block their source: a rule that
    suddenly fails a twentieth of what was good is more likely wrong than the records.
    """
    keep_table(night.engine, f"validate.{QUARANTINE.model}", QUARANTINE)
    judge_waiting_files(night)
    note_blocked_sources(night)
    night.engine.execute(
        "create or replace temporary table entered as from validate.waiting_file"
        " where is_new or (source_system, layout) not in"
        " (select (source_system, rejudged) from validate.blocked_source where rejudged is not null)"
    )
    _note_who_may_return(night)
    night.engine.execute(STOOD_BEFORE, [night.business_date])
    night.engine.execute("delete from validate.quarantine where file_id in (select file_id from entered)")
    night.engine.execute(RAGGED, [night.business_date, night.run_id])
    for layout in night.project.used_layouts.values():
        night.engine.execute(FAILING.format(layout=layout.layout), [night.business_date, night.run_id])
        if layout.carries_consent:
            _hold_what_may_refuse(night, layout)
            _forget_what_came_again(night, layout)
        else:
            night.engine.execute(FORGET_WITHDRAWN, [layout.layout])
    night.engine.execute(KEEP_NIGHT)
    night.engine.execute(FORGET_KEPT)
    night.engine.execute("delete from validate.judged_file where file_id in (select file_id from entered)")
    night.engine.execute(JUDGED.format(loaded=loaded_records(night, "entered")))


def _note_who_may_return(night: Night) -> None:
    """Note in `validate.returned_record`, internal to this stage, what stood in quarantine of files that count.

    What stands there no more once the night has judged came back tonight, also to a second run of the night.
    """
    night.engine.execute(
        "create table if not exists validate.returned_record (file_id varchar, line bigint, returned_on date)"
    )
    night.engine.execute("delete from validate.returned_record where returned_on <> ?", [night.business_date])
    night.engine.execute(MAY_RETURN, [night.business_date])


def _hold_what_may_refuse(night: Night, layout: Layout) -> None:
    """Set aside what is new in held files of a layout that carries consent: it may be a withdrawal.

    A file that does not count says nothing, but nobody may be sent anything on the strength of an older consent
    that it may take back. Records that are known just so already say nothing new.
    """
    if not night.engine.fetch_value(ARE_HELD, [layout.layout]):
        return
    name, table = layout.layout, f"validate.{layout.layout}"
    known = "false"
    columns = {"source_system", *layout.column_names}
    if night.engine.table_exists(table) and columns <= set(night.engine.describe(f"from {table}")):
        known = f"{_says(layout, 'w')} in (select {_says(layout, 'c')} from {table} as c)"
    night.engine.execute(HOLD.format(layout=name, known=known), [night.business_date, night.run_id])


def _forget_what_came_again(night: Night, layout: Layout) -> None:
    """Let go of what was set aside with a withdrawn file and has come again, word for word, in one that counts.

    What else a withdrawn file of a layout that carries consent said stays in quarantine, as it would had the file
    counted: that it was taken away does not take back a refusal.
    """
    withdrawn = f"select file_id from validate.withdrawn_file where layout = '{layout.layout}'"
    if not night.engine.fetch_value(
        f"select count(*) from validate.quarantine where rule = ? and file_id in ({withdrawn})", [HELD_RULE]
    ):
        return
    came = waiting_records(layout)
    if not night.engine.table_exists(came):
        return
    night.engine.execute(
        CAME_AGAIN.format(
            withdrawn=cleaned(night.project, layout, withdrawn),
            came=came,
            says=_says(layout, "w"),
            said=_says(layout, "c"),
        )
    )


def _says(layout: Layout, alias: str) -> str:
    """Write all that a record says as one text."""
    columns = ("source_system", *layout.column_names)
    return f"to_json(struct_pack({', '.join(f'{name} := {alias}.{name}' for name in columns)}))"


MAY_RETURN = """
insert into validate.returned_record
select file_id, line, cast(? as date) as returned_on
from validate.quarantine
semi join (from entered where not is_new) using (file_id)
anti join validate.returned_record using (file_id, line)
"""

STOOD_BEFORE = """
create or replace temporary table stood_before as
select file_id, line, business_date, run_id from validate.quarantine
semi join (from entered where not is_new) using (file_id)
where business_date < ?
"""

# What a rule of another column, or a release of another record, has judged anew did not come to quarantine tonight.
KEEP_NIGHT = """
update validate.quarantine as q set business_date = s.business_date, run_id = s.run_id
from stood_before as s where q.file_id = s.file_id and q.line = s.line
"""

FORGET_KEPT = """
delete from validate.returned_record
where (file_id, line) in (select (q.file_id, q.line) from validate.quarantine as q)
"""

FORGET_WITHDRAWN = """
delete from validate.quarantine
where file_id in (select file_id from validate.withdrawn_file where layout = ?)
"""

CAME_AGAIN = f"""
delete from validate.quarantine as q
where q.rule = '{HELD_RULE}' and (q.file_id, q.line) in (
    select (w.file_id, w.line) from ({{withdrawn}}) as w
    where {{says}} in (
        select {{said}} from {{came}} as c
        anti join validate.quarantine as k on k.file_id = c.file_id and k.line = c.line
        where c.file_id not in (select h.file_id from {HELD_FILES} as h)
    )
)
"""

ARE_HELD = f"select count(*) from {HELD_FILES} as h where h.layout = ?"

HOLD = f"""
insert into validate.quarantine by name
select
    f.source_system, f.layout, f.file_id, f.sha256, f.path, w.line, '{HELD_RULE}' as rule,
    'Its file is held back with its source, and the record may hold a refusal.' as why, to_json(r) as raw_record,
    cast(? as date) as business_date, cast(? as varchar) as run_id
from waiting_{{layout}} as w
join extract.raw_{{layout}} as r using (file_id, line)
join extract.file as f using (file_id)
where
    w.file_id in (select h.file_id from {HELD_FILES} as h)
    and not ({{known}})
    and (w.file_id, w.line) not in (select (q.file_id, q.line) from validate.quarantine as q)
"""

RAGGED = """
insert into validate.quarantine by name
select
    f.source_system, f.layout, f.file_id, f.sha256, f.path, u.line, u.rule, u.reason as why, u.raw_record,
    cast(? as date) as business_date, cast(? as varchar) as run_id
from extract.unparsed_record as u
join extract.file as f using (file_id)
where f.file_id in (select file_id from entered)
"""

FAILING = f"""
insert into validate.quarantine by name
with broken as (
    select
        file_id, line, string_agg(rule, ', ' order by rule) as rule,
        string_agg(coalesce(judged_by, ''), ', ' order by rule) as judged_by, string_agg(why, ' ' order by rule)
        || case when bool_or(rule not in ('{INCOMPLETE_RULE}', '{KEYLESS_RULE}')) then ' {REMEDY}' else '' end as why
    from validate.broken_rule
    where layout = '{{layout}}' and file_id in (select file_id from entered)
    group by file_id, line
)

select
    f.source_system, f.layout, f.file_id, f.sha256, f.path, b.line, b.rule, b.judged_by, b.why,
    to_json(r) as raw_record, cast(? as date) as business_date, cast(? as varchar) as run_id
from broken as b
join extract.raw_{{layout}} as r using (file_id, line)
join extract.file as f using (file_id)
"""

JUDGED = """
insert into validate.judged_file by name
with kept_out as (select file_id, count(*) as records from validate.quarantine group by file_id),

loaded as ({loaded})

select
    e.file_id, e.rules, f.loaded_at,
    coalesce(l.records, 0) as loaded_records,
    coalesce(k.records, 0) as quarantined_records
from entered as e
join extract.file as f using (file_id)
left join kept_out as k using (file_id)
left join loaded as l using (file_id)
"""
