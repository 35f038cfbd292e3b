"""Working files of the version that noted no acceptance: what was judged counted, and goes on counting."""

from __future__ import annotations

from cdp_pipeline.night import Night
from cdp_pipeline.validate.superseding import create_counting_list, lists_of_everything, newest_lists


def create_accepted_file(night: Night) -> None:
    """Create `validate.accepted_file`, with the files that an older version judged, which all counted.

    Without them every file that has left the landing folder would be taken for one that never counted. Of lists of
    everything the newest is noted as the one that counts, so that the next is compared with it and not with the sum
    of all.
    """
    engine = night.engine
    is_older = not engine.table_exists("validate.accepted_file") and engine.table_exists(
        "validate.judged_file"
    )
    engine.execute("create table if not exists validate.accepted_file (file_id varchar, accepted_on date)")
    engine.execute("alter table validate.accepted_file add column if not exists let_in_by bigint")
    create_counting_list(engine)
    if is_older:
        engine.execute(JUDGED_COUNTED)
        engine.execute(NEWEST_COUNTED, [night.business_date, lists_of_everything(night.project)])


JUDGED_COUNTED = """
insert into validate.accepted_file by name
select file_id, first_seen_on as accepted_on
from extract.file
semi join validate.judged_file using (file_id)
where loaded_at is not null
"""

COUNTED_BEFORE = """
    d.first_seen_on < $1 and list_contains($2, d.source_system || ' ' || d.layout)
    and d.file_id in (select file_id from validate.accepted_file where accepted_on < $1)
"""

NEWEST_COUNTED = f"""
insert into validate.counting_list by name
with newest as ({newest_lists(COUNTED_BEFORE)})

select
    max(a.accepted_on) over (partition by n.source_system, n.layout) as business_date,
    n.source_system, n.layout, n.file_id
from newest as n join validate.accepted_file as a using (file_id)
"""
