"""Files that wait no longer, since they were taken away before they counted, and those that wait once more."""

from __future__ import annotations

from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night


def forget_lapsed(engine: Engine) -> None:
    """Let files wait again that counted by a decision alone, which was taken back before they were published."""
    engine.execute("create table if not exists validate.accepted_file (file_id varchar, accepted_on date)")
    engine.execute("alter table validate.accepted_file add column if not exists let_in_by bigint")
    engine.execute(
        "delete from validate.accepted_file where let_in_by is not null"
        " and file_id not in (select file_id from validate.release where line is null)"
    )


def note_withdrawn(night: Night) -> None:
    """Write `validate.withdrawn_file`: file_id, source_system, layout, is_snapshot and withdrawn_on.

    Files that never counted and were taken away or replaced, and lists that a newer one replaced while their source
    was blocked. What a person let in waits all the same; what is put back waits again.
    """
    snapshots = [
        f"{source.source} {file.layout}"
        for source in night.project.sources.values()
        for file in source.files
        if file.delivery is Delivery.SNAPSHOT
    ]
    night.engine.execute(
        "create table if not exists validate.withdrawn_file"
        " (file_id varchar, source_system varchar, layout varchar, is_snapshot boolean, withdrawn_on date)"
    )
    night.engine.execute(WITHDRAWN, [snapshots, night.business_date])
    night.engine.replace_table("validate.withdrawn_file", "from withdrawn")


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
