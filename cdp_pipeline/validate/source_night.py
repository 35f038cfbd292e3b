"""What each source's night was: whether its files count, and what about them deserves a look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.night import Night
from cdp_pipeline.plural import counted
from cdp_pipeline.validate.blocking import Reason, quarantined_shares
from cdp_pipeline.validate.quarantine import HELD_RULE
from cdp_pipeline.validate.results import create_empty

HISTORY_NIGHTS = 28
LEAST_HISTORY = 5
"""Nights with new records of a source and layout from which on their median says what is usual."""

SOURCE_NIGHT = TableContract(
    model="source_night",
    description="How each source stood each night. A blocked source's new files do not count: the night went on with "
    "its last good data.",
    grain="one row per business date and source",
    owner=DATA_ENGINEERING,
    key=["business_date", "source_system"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="business_date", type="DATE", description="Night of the verdict."),
        ColumnContract(name="source_system", type="VARCHAR", description="Name of the source instance."),
        ColumnContract(name="state", type="VARCHAR", description="ok, warned or blocked."),
        ColumnContract(
            name="reasons",
            type="VARCHAR",
            description="Sentences that name files, rules and counts; null where ok.",
        ),
        ColumnContract(
            name="new_files", type="BIGINT", description="Files that came to count this night, or would have."
        ),
        ColumnContract(name="new_records", type="BIGINT", description="Records in them, blank lines apart."),
        ColumnContract(name="quarantined_records", type="BIGINT", description="Those of them in quarantine."),
        ColumnContract(
            name="returned_records",
            type="BIGINT",
            description="Records of files that counted before which came out of quarantine this night.",
        ),
        ColumnContract(
            name="last_good_on",
            type="DATE",
            description="Newest night on which files of the source came to count.",
        ),
    ],
)

ACCEPTED_FILE = TableContract(
    model="accepted_file",
    description="Files that count: their source was not blocked when they came, or a person let them in.",
    grain="one row per file",
    owner=DATA_ENGINEERING,
    key=["file_id"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger."),
        ColumnContract(name="accepted_on", type="DATE", description="Night on which it came to count."),
        ColumnContract(
            name="let_in_by",
            type="BIGINT",
            description="Decision that let it in as it is; null: there was none.",
        ),
    ],
)


def build_accepted_file(night: Night) -> None:
    """Let the new files of sources that are not blocked count, and of others those that a person let in.

    A file that does not add up never counts, whoever let it in.
    """
    create_empty(night, "validate.accepted_file", ACCEPTED_FILE)
    night.engine.execute("delete from validate.accepted_file where accepted_on >= ?", [night.business_date])
    night.engine.execute(ACCEPT, [night.business_date])


def build_source_night(night: Night) -> None:
    """Enter the night of every source into `validate.source_night`: its state, why, and what came."""
    engine = night.engine
    create_empty(night, "validate.source_night", SOURCE_NIGHT)
    blocked = _by_source(
        Reason(*row)
        for row in engine.fetch_all(
            "select source_system, reason from validate.blocked_source order by position"
        )
    )
    warned = _by_source(
        [*_share_in_quarantine(night), *_withdrawn(night), *_unusual_volume(night), *_silent(night)]
    )
    engine.execute(
        "create or replace temporary table verdict (source_system varchar, state varchar, reasons varchar)"
    )
    for source in night.project.sources:
        reasons = [*blocked.get(source, []), *warned.get(source, [])]
        state = "blocked" if source in blocked else "warned" if source in warned else "ok"
        engine.execute("insert into verdict values (?, ?, ?)", [source, state, " ".join(reasons) or None])
    engine.execute("delete from validate.source_night where business_date = ?", [night.business_date])
    engine.execute(ENTER, [night.business_date, list(night.project.used_layouts)])


def _by_source(reasons: Iterable[Reason]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for reason in reasons:
        found[reason.source_system].append(reason.text)
    return found


def _share_in_quarantine(night: Night) -> Iterator[Reason]:
    """Layouts of which more than a little is in quarantine, but not so much that it blocks."""
    for share in quarantined_shares(night):
        source, limits = share.source_system, night.project.thresholds_of(share.source_system)
        if share.warns(limits) and not share.blocks(limits):
            look = f"cdp source quarantine list --source {source}"
            yield Reason(source, f"{share.in_words(night)}. Look at them: {look}.")


def _withdrawn(night: Night) -> Iterator[Reason]:
    """Files that were taken away before they counted; of lists, which a newer one replaces, nothing is missing."""
    for source, path, records in night.engine.fetch_all(WITHDRAWN_TONIGHT, [night.business_date]):
        yield Reason(
            source,
            f"{path}: {counted(records, 'record')} that never counted, since the source was blocked, left the landing "
            "folder. Put the file back, under a name of its own, if nothing else holds them.",
        )


def _unusual_volume(night: Night) -> Iterator[Reason]:
    """Layouts of which far more or far fewer records came than usual."""
    for source, layout, records, usual, nights in night.engine.fetch_all(VOLUME, [night.business_date]):
        limits = night.project.thresholds_of(source)
        if nights >= LEAST_HISTORY and abs(records - usual) > limits.volume_warns * usual:
            yield Reason(
                source,
                f"{layout}: {records:,} new records, where {usual:,.0f} is the median of the last {nights} nights. "
                "Check that the export is whole, and that it is not one of everything.",
            )


def _silent(night: Night) -> Iterator[Reason]:
    for source, newest in night.engine.fetch_all(NEWEST_DELIVERY):
        limits = night.project.thresholds_of(source)
        if newest is None:
            yield Reason(source, "Nothing was ever delivered. Check the patterns in its config/sources file.")
        elif (silent := _days(newest, night.business_date)) > limits.silent_days_warns:
            yield Reason(
                source,
                f"Nothing new has come for {counted(silent, 'day')}, since {newest}. Check its export.",
            )


def _days(earlier: date, later: date) -> int:
    return (later - earlier).days


ACCEPT = """
insert into validate.accepted_file by name
with let_in as (
    select file_id, min(decision_id) as decision_id from validate.release where line is null group by file_id
)

select
    w.file_id, cast(? as date) as accepted_on, r.decision_id as let_in_by
from validate.waiting_file as w
left join let_in as r using (file_id)
where
    w.is_new
    and (
        w.source_system not in (select source_system from validate.blocked_source)
        or (r.file_id is not null and w.file_id not in (select file_id from validate.unaccounted_file))
    )
"""

WITHDRAWN_TONIGHT = """
select f.source_system, f.path, f.physical_records - f.blank_records
from validate.withdrawn_file as w join extract.file as f using (file_id)
where w.withdrawn_on = ? and not w.is_snapshot
order by f.path, f.file_id
"""

ENTER = f"""
insert into validate.source_night by name
with kept_out as (
    select file_id, count(*) as records from validate.quarantine where rule <> '{HELD_RULE}' group by file_id
),

came as (
    select
        f.source_system, count(*) as files,
        coalesce(sum(f.physical_records - f.blank_records), 0)::bigint as records,
        coalesce(sum(q.records), 0)::bigint as quarantined
    from extract.file as f
    left join validate.waiting_file as w using (file_id)
    left join kept_out as q using (file_id)
    where w.is_new or (f.refused_because is not null and list_contains($2, f.layout))
    group by f.source_system
),

returned as (
    select f.source_system, count(*) as records
    from validate.returned_record as r join extract.file as f using (file_id)
    group by f.source_system
),

good as (
    select f.source_system, max(a.accepted_on) as accepted_on
    from validate.accepted_file as a join extract.file as f using (file_id)
    group by f.source_system
)

select
    cast($1 as date) as business_date, v.source_system, v.state, v.reasons,
    coalesce(c.files, 0) as new_files, coalesce(c.records, 0) as new_records,
    coalesce(c.quarantined, 0) as quarantined_records, coalesce(r.records, 0) as returned_records,
    g.accepted_on as last_good_on
from verdict as v
left join came as c using (source_system)
left join returned as r using (source_system)
left join good as g using (source_system)
order by v.source_system
"""

VOLUME = f"""
with came as (
    select f.source_system, f.layout, a.accepted_on, sum(f.physical_records - f.blank_records) as records
    from validate.accepted_file as a join extract.file as f using (file_id)
    where a.accepted_on < $1
    group by f.source_system, f.layout, a.accepted_on
    qualify row_number() over (partition by f.source_system, f.layout order by a.accepted_on desc) <= {HISTORY_NIGHTS}
),

usual as (
    select source_system, layout, median(records) as records, count(*) as nights from came group by all
),

tonight as (
    select source_system, layout, sum(f.physical_records - f.blank_records)::bigint as records
    from validate.waiting_file as w join extract.file as f using (file_id, source_system, layout)
    where w.is_new
    group by source_system, layout
)

select t.source_system, t.layout, t.records, u.records, u.nights
from tonight as t join usual as u using (source_system, layout)
order by t.source_system, t.layout
"""

NEWEST_DELIVERY = """
select s.source_system, max(d.first_seen_on)
from extract.source_system as s left join extract.delivery as d using (source_system)
group by s.source_system
order by s.source_system
"""
