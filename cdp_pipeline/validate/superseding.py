"""Snapshots: a newer list of everything takes the place of the older ones, whose raw records then go.

A blocked source is left as it is, so that its last good list stays whole, unless a person let a newer one in. Marks
are made anew by every run of a night, and records go one night later, so that running a night again finds all that
the first run found.
"""

from __future__ import annotations

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.validate.cleaned import RECORD, cleaned_from


def mark_superseded(night: Night, layout: Layout) -> None:
    """Note in `extract.file.superseded_on` which accepted files of the layout no longer count.

    Of a snapshot those count that were exported on the newest date, of each name the last content. Of an
    increment all do. A file that was delivered again as the newest, and loaded again, counts again.
    """
    snapshots = snapshot_sources(night, layout)
    night.engine.execute(ALL_OF_AN_INCREMENT_COUNT, [layout.layout, snapshots])
    of_tonight = [layout.layout, night.business_date, snapshots]
    night.engine.execute(
        f"create or replace temporary table newest_list as {newest_lists(COUNT_ALREADY)}", of_tonight
    )
    night.engine.execute(OLDER_GO, of_tonight)
    night.engine.execute(NEWEST_COUNT)
    create_counting_list(night.engine)
    night.engine.execute(FORGET_LISTS, of_tonight)
    night.engine.execute(COUNTING_LIST, of_tonight)


def newest_lists(chosen: str) -> str:
    """Select source_system, layout and file_id of the newest list of each source and layout.

    Its files were exported on the newest date; of each name the last content is part of it.

    Args:
        chosen: condition on `extract.delivery` as `d` of what takes part.
    """
    return NEWEST_LISTS.format(chosen=chosen)


def create_counting_list(engine: Engine) -> None:
    """Create `validate.counting_list`, internal to this stage: which files were the list that counted, on a night.

    It holds tonight and the night before, and while a decision may be taken back also the last list before that:
    business_date, source_system, layout, file_id and let_in_by. That is the decision by which files that had counted
    before came to be the list, until a night with it is published.
    """
    engine.execute(
        "create table if not exists validate.counting_list"
        " (business_date date, source_system varchar, layout varchar, file_id varchar)"
    )
    engine.execute("alter table validate.counting_list add column if not exists let_in_by bigint")


def lists_of_everything(project: Project) -> list[str]:
    """Name source and layout, with a blank between them, of all that comes as lists of everything."""
    return [
        f"{source.source} {file.layout}"
        for source in project.sources.values()
        for file in source.files
        if file.delivery is Delivery.SNAPSHOT
    ]


def snapshot_sources(night: Night, layout: Layout) -> list[str]:
    """Name the sources that deliver the layout as lists of everything."""
    return [
        source.source
        for source, file in night.project.deliveries_of(layout.layout)
        if file.delivery is Delivery.SNAPSHOT
    ]


def drop_superseded(night: Night, layout: Layout) -> None:
    """Delete what is held of the layout's files that were superseded on an earlier night, before the new table is made.

    Their counts stay in the ledger and in `validate.judged_file`, and so do raw records that are still current since
    a newer list brought them unreadable. What they left in quarantine goes: the newer list says it anew, or better.
    Where it is silent about a record that may be a refusal, that stays: to be listed no more is no consent. Nothing
    goes while the decision that let the newer list in may be taken back, which is until a night with it is published.
    """
    engine, table = night.engine, f"validate.{layout.layout}"
    engine.execute(
        "create or replace temporary table dropped as select file_id from extract.file"
        f" where layout = $1 and superseded_on < $2 and source_system not in ({STANDING_STILL})"
        f" and source_system not in ({MAY_BE_TAKEN_BACK})",
        [layout.layout, night.business_date],
    )
    if not engine.row_count("dropped"):
        return
    _note_unanswered(night, layout)
    dropped = "file_id in (select file_id from dropped)"
    lines = f"{dropped} and (file_id, line) not in (select (u.file_id, u.line) from unanswered as u)"
    current = f" and (file_id, line) not in (select (file_id, line) from {table})"
    engine.execute(
        f"delete from extract.raw_{layout.layout} where {lines}{current if engine.table_exists(table) else ''}"
    )
    engine.execute(f"delete from extract.unparsed_record where {lines}")
    engine.execute(f"delete from validate.quarantine where {lines}")
    engine.execute(
        f"update extract.file set dropped_on = ? where dropped_on is null and {dropped}",
        [night.business_date],
    )


def _note_unanswered(night: Night, layout: Layout) -> None:
    """Note in `unanswered` quarantined records of dropped lists that may be refusals and are in no list that counts.

    A record is in a list by its key, or where that cannot be read by its text.
    """
    engine = night.engine
    engine.execute("create or replace temporary table unanswered (file_id varchar, line bigint)")
    if not layout.carries_consent or not engine.fetch_value(
        "select count(*) from validate.quarantine semi join dropped using (file_id)"
    ):
        return
    readings = {
        source: night.project.reading(source, layout.layout) for source in snapshot_sources(night, layout)
    }
    text = f"to_json(struct_pack({', '.join(f'{name} := r.{name}' for name in layout.column_names)}))"

    def keyed(files: str) -> str:
        raw = f"(select r.*, {text} as _text from extract.raw_{layout.layout} as r semi join ({files}) using (file_id))"
        clean = cleaned_from(raw, layout, kept=(*RECORD, "_text"), names=layout.key, readings=readings)
        key = ", ".join(layout.key)
        return f"select *, coalesce({key}) is not null as _has_key from ({clean})"

    engine.execute(
        UNANSWERED.format(
            dropped=keyed("from dropped"),
            counting=keyed(COUNTING),
            same_key=" and ".join(f"c.{name} is not distinct from d.{name}" for name in layout.key),
        )
    )


# dropped_on without superseded_on: loaded again since. Such a file waits for a night on which its source is not
# blocked, or it would stand beside the list that it is to replace.
NEWEST_LISTS = """
with listed as (
    select d.source_system, d.layout, d.path, d.file_id, d.exported_on, d.replaced_on, d.first_seen_on
    from extract.delivery as d
    join extract.file as f on f.file_id = d.file_id
    where f.loaded_at is not null and (f.dropped_on is null or f.superseded_on is null) and {chosen}
),

newest as (select source_system, layout, max(exported_on) as exported_on from listed group by source_system, layout),

last_content as (
    select source_system, layout, file_id from listed join newest using (source_system, layout, exported_on)
    qualify
        row_number() over (
            partition by source_system, layout, path order by replaced_on desc nulls first, first_seen_on desc, file_id
        ) = 1
)

select distinct source_system, layout, file_id from last_content
"""

STANDING_STILL = """
select f.source_system
from validate.accepted_file as a join extract.file as f using (file_id)
where
    f.layout = $1 and f.superseded_on is null
    and f.source_system in (select source_system from validate.blocked_source)
group by f.source_system
having max(a.accepted_on) < $2
"""
"""Blocked sources with a list of the layout ($1) that counts, none of which a person let in tonight ($2)."""

MAY_BE_TAKEN_BACK = """
select f.source_system
from validate.accepted_file as a join extract.file as f using (file_id)
where f.layout = $1 and f.superseded_on is null and a.let_in_by is not null
union
select source_system from validate.counting_list where layout = $1 and business_date = $2 and let_in_by is not null
"""
"""Sources with a list of the layout ($1) that counts by a decision in no published night."""

ALL_OF_AN_INCREMENT_COUNT = """
update extract.file set superseded_on = null
where layout = ? and not list_contains(?, source_system) and superseded_on is not null and dropped_on is null
"""

COUNT_ALREADY = f"""
    d.layout = $1 and list_contains($3, d.source_system)
    and d.file_id in (select file_id from validate.accepted_file)
    and d.source_system not in ({STANDING_STILL})
"""

OLDER_GO = f"""
update extract.file set superseded_on = $2
where
    layout = $1 and list_contains($3, source_system) and superseded_on is null
    and source_system not in ({STANDING_STILL})
    and file_id in (select file_id from validate.accepted_file)
    and file_id not in (select file_id from newest_list)
"""

NEWEST_COUNT = """
update extract.file set superseded_on = null, dropped_on = null where file_id in (select file_id from newest_list)
"""

FORGET_LISTS = """
delete from validate.counting_list as c
where
    c.layout = $1
    and (
        c.business_date >= $2 or not list_contains($3, c.source_system)
        or c.business_date < (
            select max(b.business_date) from validate.counting_list as b
            where
                b.layout = $1 and b.source_system = c.source_system and b.business_date < $2
                and b.let_in_by is null
        )
    )
"""

HASH_OF_LIST = "md5(string_agg(file_id, ' ' order by file_id))"
"""Names a list by its files; a decision about a list rests on it."""

# A list that counted last night already has the decision that it had then: none, once it was published.
COUNTING_LIST = f"""
insert into validate.counting_list by name
with counting as (
    select source_system, file_id from extract.file semi join validate.accepted_file using (file_id)
    where layout = $1 and list_contains($3, source_system) and superseded_on is null and dropped_on is null
),

last_night as (
    select source_system, file_id, let_in_by from validate.counting_list
    where layout = $1 and business_date < $2
    qualify business_date = max(business_date) over (partition by source_system)
),

list as (select source_system, {HASH_OF_LIST} as hash from counting group by source_system),

list_before as (
    select source_system, {HASH_OF_LIST} as hash, min(let_in_by) as let_in_by from last_night group by source_system
),

decided as (
    select judged_by, min(decision_id) as decision_id from validate.release where line is null group by judged_by
)

select
    cast($2 as date) as business_date, c.source_system, cast($1 as varchar) as layout, c.file_id,
    case when l.hash = b.hash then b.let_in_by else d.decision_id end as let_in_by
from counting as c
join list as l on l.source_system = c.source_system
left join list_before as b on b.source_system = c.source_system
left join decided as d on d.judged_by = l.hash
"""

COUNTING = """
    select a.file_id from validate.accepted_file as a join extract.file as f using (file_id)
    where f.superseded_on is null and f.dropped_on is null
"""

UNANSWERED = f"""
insert into unanswered
with old as (select file_id, line, source_system from validate.quarantine semi join dropped using (file_id)),

raw as (select d.* from ({{dropped}}) as d semi join old using (file_id, line)),

counting as ({{counting}}),

unparsed as (
    select u.file_id, u.line, f.source_system, f.layout, u.raw_record
    from extract.unparsed_record as u join extract.file as f using (file_id)
),

answered as (
    select d.file_id, d.line
    from raw as d semi join counting as c on c.source_system = d.source_system and {{same_key}}
    where d._has_key
    union all
    select d.file_id, d.line from raw as d semi join counting as c
        on c.source_system = d.source_system and c._text = d._text and not c._has_key
    where not d._has_key
    union all
    select d.file_id, d.line
    from unparsed as d
    semi join (from unparsed semi join ({COUNTING}) using (file_id)) as c
        on c.source_system = d.source_system and c.layout = d.layout and c.raw_record = d.raw_record
)

select file_id, line from old anti join answered using (file_id, line)
"""
