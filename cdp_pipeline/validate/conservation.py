"""The proof that no record is lost between file and night."""

from __future__ import annotations

from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.night import Night
from cdp_pipeline.validate.judgement import RULES_LENGTH

CONSERVATION = TableContract(
    model="conservation",
    description="Every record of every file accounted for: physical = loaded + quarantined + blank + erased.",
    grain="one row per file",
    owner=DATA_ENGINEERING,
    key=["file_id"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger."),
        ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
        ColumnContract(name="layout", type="VARCHAR", description="Layout of the file."),
        ColumnContract(name="path", type="VARCHAR", description="Name at first delivery."),
        ColumnContract(name="first_seen_on", type="DATE", description="Business date of first delivery."),
        ColumnContract(
            name="state",
            type="VARCHAR",
            description="accepted (it counts), accepted_by_old_rules (it counts as it was judged before its source "
            "was blocked), held_list (it came again and is a newer list by itself, much shorter than the one "
            "that counts), superseded (a newer list took its place), held (its source is blocked), withdrawn (it was "
            "taken away or replaced before it counted) or refused (it could not be read).",
        ),
        ColumnContract(name="physical_records", type="BIGINT", description="Counted apart from the loader."),
        ColumnContract(name="loaded_records", type="BIGINT", description="Records that passed the gate."),
        ColumnContract(name="quarantined_records", type="BIGINT", description="Records in quarantine."),
        ColumnContract(name="blank_records", type="BIGINT", description="Blank lines."),
        ColumnContract(
            name="erased_records",
            type="BIGINT",
            description="Records of people who were erased; they stay out.",
        ),
        ColumnContract(
            name="judged_by",
            type="VARCHAR",
            description="Hash of all rules by which it was judged last; decisions to let it in rest on it.",
        ),
    ],
)

GONE = """(
    (f.superseded_on is not null and f.dropped_on is not null)
    or f.file_id in (select file_id from validate.withdrawn_file)
)"""
"""The raw records of a superseded file were deleted, and a withdrawn one waits for no verdict any more: the counts of
both are those of their judgement."""

STATE = """case
    when f.loaded_at is null then 'refused'
    when f.file_id in (select file_id from validate.withdrawn_file) then 'withdrawn'
    when h.file_id is not null then 'held_list'
    when f.superseded_on is not null then 'superseded'
    when a.file_id is null then 'held'
    when j.rules is distinct from coalesce(w.rules, j.rules) then 'accepted_by_old_rules'
    else 'accepted'
end"""

COUNTS = """
with loaded as ({loaded}),

quarantined as (
    select file_id, count(*) as records from validate.quarantine group by file_id
),

erased as (
    select file_id, count(*) as records from extract.erased_record group by file_id
)

select
    f.file_id,
    f.source_system,
    f.layout,
    f.path,
    f.first_seen_on,
    {state} as state,
    f.physical_records,
    case
        when {gone} then j.loaded_records
        when f.loaded_at is not null then coalesce(l.records, 0)
    end as loaded_records,
    case
        when {gone} then j.quarantined_records
        when f.loaded_at is not null then coalesce(q.records, 0)
    end as quarantined_records,
    f.blank_records,
    case when f.loaded_at is not null then coalesce(e.records, 0) end as erased_records,
    coalesce(h.judged_by, left(coalesce(w.rules, j.rules), {rules_length})) as judged_by
from extract.file as f
left join loaded as l on l.file_id = f.file_id
left join quarantined as q on q.file_id = f.file_id
left join erased as e on e.file_id = f.file_id
left join validate.judged_file as j on j.file_id = f.file_id
left join validate.accepted_file as a on a.file_id = f.file_id
left join validate.waiting_file as w on w.file_id = f.file_id
left join validate.held_list as h on h.file_id = f.file_id
where f.layout in ({layouts})
order by f.source_system, f.layout, f.path, f.file_id
"""

LOADED = """
select r.file_id, count(*) as records
from extract.raw_{layout} as r
semi join {files} as f on f.file_id = r.file_id
anti join validate.quarantine as q on q.file_id = r.file_id and q.line = r.line
group by r.file_id
"""

DELIVERED = "select file_id, count(*) as records from extract.{table} group by file_id"

LINES = """
    select file_id, count(distinct line) as lines from extract.{table} semi join unproven using (file_id)
    group by file_id
"""

UNPROVEN = """
select f.file_id
from extract.file as f
left join validate.judged_file as j using (file_id)
left join validate.waiting_file as w using (file_id)
where
    j.loaded_at is distinct from f.loaded_at
    or w.is_new
    or f.file_id in (select u.file_id from validate.unaccounted_file as u)
"""
"""Files not proven whole yet: loaded since their last verdict, not counting before tonight, or found wanting before."""

# Lines as well as records: one that is lost and another that stands there twice add up.
UNACCOUNTED = """
with unproven as ({unproven}),

delivered as ({delivered}),

line as ({lines}),

records as (select file_id, sum(records)::bigint as records from delivered group by file_id),

lines as (select file_id, sum(lines)::bigint as lines from line group by file_id),

counted as (
    select file_id, r.records, coalesce(l.lines, r.records) as lines
    from records as r left join lines as l using (file_id)
)

select
    f.file_id,
    f.source_system,
    f.path || ': ' || coalesce(f.physical_records::varchar, 'an unknown number of') || ' records were delivered, but '
    || (case when f.physical_records = c.records + f.blank_records then c.lines else coalesce(c.records, 0) end
        + coalesce(f.blank_records, 0)) || ' are in the tables, blank ones included. '
    || 'Compare the lines of the file with its raw table, and deliver it again.' as reason
from extract.file as f
left join counted as c on c.file_id = f.file_id
where
    f.layout in ({layouts})
    and f.loaded_at is not null
    and not ({gone})
    and (
        f.physical_records is distinct from coalesce(c.records, 0) + f.blank_records
        or c.records <> c.lines
    )
order by f.source_system, f.path, f.file_id
"""

DOES_NOT_ADD_UP = (
    "physical_records is distinct from loaded_records + quarantined_records + blank_records + erased_records"
)


def build_conservation(night: Night) -> None:
    """Build `validate.conservation`, one row per file.

    A file that does not add up blocks its source, and publishing demands of all that count that they do. The
    raw records of a superseded file may be gone; its counts are those of its judgement.
    """
    night.engine.replace_table(
        "validate.conservation",
        COUNTS.format(
            loaded=loaded_records(night),
            layouts=_layouts(night),
            state=STATE,
            gone=GONE,
            rules_length=RULES_LENGTH,
        ),
    )


def loaded_records(night: Night, files: str = "extract.file") -> str:
    """Select file_id and records: how many raw records of each of the files are not in quarantine, counted."""
    layouts = night.project.used_layouts
    return " union all ".join(LOADED.format(layout=layout, files=files) for layout in layouts)


def note_unaccounted_files(night: Night) -> None:
    """Write `validate.unaccounted_file`, internal to this stage: files whose records are not all in the raw tables.

    One row per file: file_id, source_system and reason, in words. Records of all files are counted; that no line
    stands for another, which takes far longer, is proven once, of a file that was loaded.
    """
    night.engine.execute(
        "create table if not exists validate.unaccounted_file"
        " (file_id varchar, source_system varchar, reason varchar)"
    )
    tables = [*(f"raw_{layout}" for layout in night.project.used_layouts), "unparsed_record", "erased_record"]
    query = UNACCOUNTED.format(
        unproven=UNPROVEN,
        delivered=" union all ".join(DELIVERED.format(table=table) for table in tables),
        lines=" union all ".join(LINES.format(table=table) for table in tables),
        layouts=_layouts(night),
        gone=GONE,
    )
    night.engine.replace_table("validate.unaccounted_file", query)


def lost_records(engine: Engine) -> list[str]:
    """Say of each file that counts and does not add up what is missing."""
    return engine.fetch_column(
        "select path || ': ' || coalesce(physical_records::varchar, 'an unknown number of')"
        " || ' records delivered, but ' || coalesce(loaded_records, 0) || ' loaded + '"
        " || coalesce(quarantined_records, 0) || ' quarantined + ' || coalesce(blank_records, 0) || ' blank'"
        " || case when erased_records > 0 then ' + ' || erased_records || ' erased' else '' end"
        f" || case when {DOES_NOT_ADD_UP} then '' else ', of which some lines twice and others not at all' end"
        " from validate.conservation"
        " where state not in ('held', 'withdrawn', 'refused')"
        f" and ({DOES_NOT_ADD_UP} or file_id in ({_unaccounted(engine)}))"
        " order by path, file_id"
    )


def _unaccounted(engine: Engine) -> str:
    has_any = engine.table_exists("validate.unaccounted_file")
    return "select file_id from validate.unaccounted_file" if has_any else "select null where false"


def _layouts(night: Night) -> str:
    return ", ".join(quote_literal(layout) for layout in night.project.used_layouts)
