"""Snapshots: a newer list of everything takes the place of the older ones, whose raw records then go.

A blocked source is left as it is, so that its last good list stays whole, unless a person let a newer one in. Marks
are made anew by every run of a night, and records go one night later, so that running a night again finds all that
the first run found.
"""

from __future__ import annotations

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline.night import Night


def mark_superseded(night: Night, layout: Layout) -> None:
    """Note in `extract.file.superseded_on` which accepted files of the layout no longer count.

    Of a snapshot those count that were exported on the newest date, of each name the last content. Of an
    increment all do. A file that was delivered again as the newest, and loaded again, counts again.
    """
    snapshots = snapshot_sources(night, layout)
    night.engine.execute(ALL_OF_AN_INCREMENT_COUNT, [layout.layout, snapshots])
    night.engine.execute(NEWEST_LIST, [layout.layout, night.business_date, snapshots])
    night.engine.execute(OLDER_GO, [layout.layout, night.business_date, snapshots])
    night.engine.execute(NEWEST_COUNT)


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
    """
    engine, table = night.engine, f"validate.{layout.layout}"
    engine.execute(
        "create or replace temporary table dropped as select file_id from extract.file"
        f" where layout = $1 and superseded_on < $2 and source_system not in ({STANDING_STILL})",
        [layout.layout, night.business_date],
    )
    if not engine.row_count("dropped"):
        return
    dropped = "file_id in (select file_id from dropped)"
    current = f" and (file_id, line) not in (select (file_id, line) from {table})"
    engine.execute(
        f"delete from extract.raw_{layout.layout} where {dropped}{current if engine.table_exists(table) else ''}"
    )
    engine.execute(f"delete from extract.unparsed_record where {dropped}")
    engine.execute(f"delete from validate.quarantine where {dropped}")
    engine.execute(
        f"update extract.file set dropped_on = ? where dropped_on is null and {dropped}",
        [night.business_date],
    )


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

ALL_OF_AN_INCREMENT_COUNT = """
update extract.file set superseded_on = null
where layout = ? and not list_contains(?, source_system) and superseded_on is not null and dropped_on is null
"""

# dropped_on without superseded_on: loaded again since. Such a file waits for a night on which its source is not
# blocked, or it would stand beside the list that it is to replace.
NEWEST_LIST = f"""
create or replace temporary table newest_list as
with listed as (
    select d.source_system, d.path, d.file_id, d.exported_on, d.replaced_on, d.first_seen_on
    from extract.delivery as d
    join extract.file as f on f.file_id = d.file_id
    semi join validate.accepted_file as a on a.file_id = d.file_id
    where
        d.layout = $1 and list_contains($3, d.source_system) and f.loaded_at is not null
        and (f.dropped_on is null or f.superseded_on is null)
        and d.source_system not in ({STANDING_STILL})
),

newest as (select source_system, max(exported_on) as exported_on from listed group by source_system),

last_content as (
    select listed.file_id from listed join newest using (source_system, exported_on)
    qualify
        row_number() over (
            partition by source_system, path order by replaced_on desc nulls first, first_seen_on desc, file_id
        ) = 1
)

select distinct file_id from last_content
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
