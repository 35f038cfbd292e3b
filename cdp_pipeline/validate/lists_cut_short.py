"""The lists of everything that would count from tonight, beside those that counted last night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdp_pipeline.night import Night
from cdp_pipeline.validate.superseding import (
    HASH_OF_LIST,
    create_counting_list,
    lists_of_everything,
    newest_lists,
)


@dataclass(frozen=True)
class CutList:
    """A list with far fewer records than the one whose place it would take."""

    source_system: str
    layout: str
    records: int
    records_before: int


def lists_cut_short(night: Night) -> Iterator[CutList]:
    """Yield lists that shrank more than their source's thresholds allow and that nobody let in.

    Of those whose files are all known already, nothing waits that could be let in; `validate.held_list`, internal to
    this stage, names them: file_id and judged_by, the hash of the list, on which a decision rests.
    """
    engine = night.engine
    create_counting_list(engine)
    engine.execute("create or replace table validate.held_list (file_id varchar, judged_by varchar)")
    engine.execute(COMPARED, [night.business_date, lists_of_everything(night.project)])
    for source, layout, records, before, is_known in engine.fetch_all(NOT_LET_IN):
        limits = night.project.thresholds_of(source)
        lost = before - records
        if lost < limits.blocks_from or lost <= limits.fewer_rows_blocks * before:
            continue
        if is_known:
            engine.execute(HOLD, [source, layout])
        yield CutList(source, layout, records, before)


HOLD = """
insert into validate.held_list
select unnest(file_ids), judged_by from compared_list where source_system = ? and layout = ?
"""

COUNT_OR_WAIT = """
    list_contains($2, d.source_system || ' ' || d.layout)
    and (
        d.file_id in (select file_id from validate.accepted_file)
        or d.file_id in (select file_id from validate.waiting_file)
    )
"""

# What would count from tonight, had no source been blocked, beside what counted last night. A list may come in several
# files, and may change although nothing new waits: a known part that came again alone, under a newer date.
COMPARED = f"""
create or replace temporary table compared_list as
with newest as (
    {newest_lists(COUNT_OR_WAIT)}
),

noted as (
    select source_system, layout, file_id from validate.counting_list where business_date < $1
    qualify business_date = max(business_date) over (partition by source_system, layout)
),

before as (
    from noted
    union all
    select f.source_system, f.layout, f.file_id
    from validate.accepted_file as a join extract.file as f using (file_id)
    where
        a.accepted_on < $1 and f.superseded_on is null and f.dropped_on is null
        and (f.source_system, f.layout) not in (select (source_system, layout) from noted)
),

list as (
    select
        source_system, layout, list(file_id order by file_id) as file_ids, {HASH_OF_LIST} as judged_by,
        sum(f.physical_records - f.blank_records)::bigint as records
    from newest join extract.file as f using (file_id, source_system, layout)
    group by source_system, layout
),

list_before as (
    select
        source_system, layout, list(file_id order by file_id) as file_ids,
        sum(f.physical_records - f.blank_records)::bigint as records
    from before join extract.file as f using (file_id, source_system, layout)
    group by source_system, layout
)

select
    n.source_system, n.layout, n.file_ids, n.records, b.records as records_before, n.judged_by
from list as n join list_before as b using (source_system, layout)
where n.file_ids <> b.file_ids
"""

# Files that wait are let in as they are. A list of files that all counted before waits for nothing: the decision is
# about the list.
NOT_LET_IN = """
with new_file as (
    select l.source_system, l.layout, w.file_id, i.file_id is not null as is_let_in
    from compared_list as l
    join validate.waiting_file as w on w.is_new and list_contains(l.file_ids, w.file_id)
    left join validate.let_in_file as i on i.file_id = w.file_id
),

new_files as (
    select source_system, layout, bool_and(is_let_in) as are_let_in from new_file group by source_system, layout
)

select l.source_system, l.layout, l.records, l.records_before, n.are_let_in is null as is_known
from compared_list as l left join new_files as n using (source_system, layout)
where
    not coalesce(
        n.are_let_in,
        exists (select 1 from validate.release as r where r.line is null and r.judged_by = l.judged_by)
    )
order by l.source_system, l.layout
"""
