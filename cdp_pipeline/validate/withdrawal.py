"""Files that wait no longer, since they were taken away before they counted, and those that wait once more."""

from __future__ import annotations

from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.validate.superseding import create_counting_list, lists_of_everything


def create_taken_back(engine: Engine) -> None:
    """Create `validate.taken_back`, internal to this stage: decision_id and file_id of what a person took back."""
    engine.execute("create table if not exists validate.taken_back (decision_id bigint, file_id varchar)")


def forget_taken_back(night: Night) -> None:
    """Let files wait again that counted by a decision alone, which was taken back before they were published.

    The list whose place such a file took counts again, and the next one is compared with that. So does the one that
    gave way to a list of files which all had counted before.
    """
    engine = night.engine
    create_taken_back(engine)
    engine.execute(LAPSED_LISTS)
    engine.execute(
        "delete from validate.accepted_file where (let_in_by, file_id) in"
        " (select (t.decision_id, t.file_id) from validate.taken_back as t)"
    )
    engine.execute(OLD_LISTS_RETURN)
    engine.execute(
        "delete from validate.counting_list as c using lapsed_list as l"
        " where l.key = (c.source_system, c.layout) and c.business_date >= l.accepted_on"
    )
    engine.execute(LAPSED_KNOWN_LISTS, [night.business_date])
    engine.execute(
        "delete from validate.counting_list where (let_in_by, file_id) in"
        " (select (t.decision_id, t.file_id) from validate.taken_back as t)"
    )
    engine.execute(LISTS_BEFORE_RETURN, [night.business_date])


def make_acceptance_final(engine: Engine) -> None:
    """Once a night is published, what counts in it counts for good, whatever becomes of the decision."""
    create_counting_list(engine)
    for table in ("accepted_file", "counting_list"):
        engine.execute(f"update validate.{table} set let_in_by = null where let_in_by is not null")


def note_withdrawn(night: Night) -> None:
    """Write `validate.withdrawn_file`: file_id, source_system, layout, is_snapshot and withdrawn_on.

    Files that never counted and were taken away or replaced, and lists that a newer one replaced while their source
    was blocked. What a person let in waits all the same; what is put back waits again.
    """
    snapshots = lists_of_everything(night.project)
    night.engine.execute(
        "create table if not exists validate.withdrawn_file"
        " (file_id varchar, source_system varchar, layout varchar, is_snapshot boolean, withdrawn_on date)"
    )
    night.engine.execute(WITHDRAWN, [snapshots, night.business_date])
    night.engine.replace_table("validate.withdrawn_file", "from withdrawn")


LAPSED_LISTS = """
create or replace temporary table lapsed_list as
select (f.source_system, f.layout) as key, min(a.accepted_on) as accepted_on
from validate.accepted_file as a
join validate.taken_back as t on t.decision_id = a.let_in_by and t.file_id = a.file_id
join extract.file as f on f.file_id = a.file_id
group by f.source_system, f.layout
"""

# Only what gave way to the files that were taken back, and to none that came to count since.
OLD_LISTS_RETURN = """
update extract.file set superseded_on = null
where file_id in (
    select f.file_id
    from extract.file as f
    join lapsed_list as l on l.key = (f.source_system, f.layout)
    semi join validate.accepted_file as a on a.file_id = f.file_id
    where
        f.superseded_on >= l.accepted_on and f.dropped_on is null
        and not exists (
            select 1 from validate.accepted_file as later join extract.file as n on n.file_id = later.file_id
            where
                n.source_system = f.source_system and n.layout = f.layout and n.superseded_on is null
                and later.accepted_on > f.superseded_on
        )
)
"""

# Of the night before, or of an earlier run of this one; what gave way to another list since gives way to nothing.
LAPSED_KNOWN_LISTS = """
create or replace temporary table lapsed_known_list as
with noted as (
    select
        *, max(business_date) filter (where business_date < $1) over (partition by source_system, layout) as noted_last
    from validate.counting_list
)

select n.source_system, n.layout, n.file_id
from noted as n
join validate.taken_back as t on t.decision_id = n.let_in_by and t.file_id = n.file_id
where n.business_date = $1 or n.business_date = n.noted_last
"""

LISTS_BEFORE_RETURN = """
with list_before as (
    select source_system, layout, file_id, business_date from validate.counting_list
    where business_date < $1 and (source_system, layout) in (select (source_system, layout) from lapsed_known_list)
    qualify business_date = max(business_date) over (partition by source_system, layout)
),

mark as (
    select file_id, cast(null as date) as superseded_on from list_before
    union all
    select l.file_id, max(b.business_date) as superseded_on
    from lapsed_known_list as l join list_before as b on b.source_system = l.source_system and b.layout = l.layout
    where l.file_id not in (select file_id from list_before)
    group by l.file_id
)

update extract.file as f set superseded_on = mark.superseded_on from mark where f.file_id = mark.file_id
"""

WITHDRAWN = """
create or replace temporary table withdrawn as
with present as (
    select distinct file_id, source_system, layout, exported_on from extract.file
    where
        loaded_at is not null
        and (
            file_id in (select file_id from extract.landing)
            or file_id in (select file_id from validate.accepted_file)
        )
),

newest as (
    select source_system, layout, max(exported_on) as exported_on from present group by source_system, layout
)

select
    f.file_id, f.source_system, f.layout, list_contains($1, f.source_system || ' ' || f.layout) as is_snapshot,
    least(coalesce(w.withdrawn_on, $2), $2) as withdrawn_on
from extract.file as f
left join newest as n on n.source_system = f.source_system and n.layout = f.layout
left join validate.withdrawn_file as w on w.file_id = f.file_id
where
    f.loaded_at is not null
    and f.file_id not in (select file_id from validate.accepted_file)
    and f.file_id not in (select file_id from validate.release where line is null)
    and (
        f.file_id not in (select file_id from extract.landing)
        or (
            list_contains($1, f.source_system || ' ' || f.layout)
            and f.first_seen_on < $2 and f.exported_on < n.exported_on
        )
    )
order by f.file_id
"""
