"""What each source's night was: whether its files count, and what about them deserves a look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.night import Night
from cdp_pipeline.plural import counted
from cdp_pipeline.sql_project.kept_tables import keep_table
from cdp_pipeline.validate.blocking import Reason, lapsed_decisions, of_layout, quarantined_shares
from cdp_pipeline.validate.quarantine import HELD_RULE
from cdp_pipeline.validate.silence import silent

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
            description="Decision that let it in as it is; null: there was none, or it counts for good since a night "
            "with it was published.",
        ),
    ],
)


def build_accepted_file(night: Night) -> None:
    """Let the new files of sources that are not blocked count, and of others those that a person let in.

    A file that does not add up never counts, whoever let it in.
    """
    keep_table(night.engine, "validate.accepted_file", ACCEPTED_FILE)
    night.engine.execute("delete from validate.accepted_file where accepted_on >= ?", [night.business_date])
    night.engine.execute(ACCEPT, [night.business_date])


def build_source_night(night: Night) -> None:
    """Enter the night of every source into `validate.source_night`: its state, why, and what came."""
    engine = night.engine
    keep_table(night.engine, "validate.source_night", SOURCE_NIGHT)
    blocked = _by_source(
        Reason(*row)
        for row in engine.fetch_all(
            "select source_system, reason from validate.blocked_source order by position"
        )
    )
    warned = _by_source(
        [
            *_share_in_quarantine(night),
            *lapsed_decisions(night),
            *_withdrawn(night),
            *_unusual_volume(night),
            *silent(night),
        ]
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
            yield Reason(source, f"{share.in_words}. Look at them: {look}.")


def _withdrawn(night: Night) -> Iterator[Reason]:
    """Files that were taken away before they counted; of lists, which a newer one replaces, nothing is missing.

    Nothing is either of one whose name holds a corrected file by now, if that has all its records.
    """
    for source, layout, path, records, file_id, corrected in night.engine.fetch_all(
        WITHDRAWN_TONIGHT, [night.business_date]
    ):
        never_counted = f"{counted(records, 'record')} that never counted, since the source was blocked,"
        if path.startswith(f"database:{source}/{layout}/"):
            yield Reason(
                source,
                f"{path}: {never_counted} were read from the database anew. extract.database_read lists the reads.",
            )
        elif not corrected:
            yield Reason(
                source,
                f"{path}: {never_counted} left the landing folder. Put the file back, under a name of its own, if "
                "nothing else holds them.",
            )
        elif lacking := _lacking(night, layout, file_id, corrected):
            yield Reason(
                source,
                f"{path}: replaced by a corrected file, which lacks {lacking:,} of its {never_counted} by their keys. "
                "Put the first file back, under a name of its own, if nothing else holds them.",
            )


def _lacking(night: Night, layout: str, file_id: str, corrected: list[str]) -> int:
    """Count records of a file whose key is in none of the files that stand under its name now."""
    if layout not in night.project.used_layouts:
        return 0
    key = night.project.used_layouts[layout].key
    return int(
        night.engine.fetch_value(
            f"select count(*) from extract.raw_{layout} as r"
            f" anti join (from extract.raw_{layout} where list_contains($2, file_id)) as c"
            f" on {' and '.join(f'c.{name} is not distinct from r.{name}' for name in key)}"
            f" where r.file_id = $1 and coalesce({', '.join(f'r.{name}' for name in key)}, '') <> ''",
            [file_id, corrected],
        )
    )


def _unusual_volume(night: Night) -> Iterator[Reason]:
    """Layouts of which far more or far fewer records came than usual."""
    for source, layout, records, usual, nights in night.engine.fetch_all(VOLUME, [night.business_date]):
        limits = night.project.thresholds_of(source)
        if nights >= LEAST_HISTORY and abs(records - usual) > limits.volume_warns * usual:
            yield Reason(
                source,
                f"{of_layout(source, layout)}{records:,} new records, where {usual:,.0f} is the median of the "
                f"last {nights} nights. Check that the export is whole, and that it is not one of everything.",
            )


ACCEPT = """
insert into validate.accepted_file by name
select
    w.file_id, cast(? as date) as accepted_on, r.decision_id as let_in_by
from validate.waiting_file as w
left join validate.let_in_file as r using (file_id)
where
    w.is_new
    and (
        w.source_system not in (select source_system from validate.blocked_source)
        or (r.file_id is not null and w.file_id not in (select file_id from validate.unaccounted_file))
    )
"""

WITHDRAWN_TONIGHT = """
select
    f.source_system, f.layout, f.path, f.physical_records - f.blank_records, f.file_id,
    (
        select list(distinct now.file_id) from extract.delivery as before
        join extract.delivery as now using (source_system, layout, path)
        semi join validate.accepted_file as a on a.file_id = now.file_id
        where before.file_id = f.file_id and now.replaced_on is null
    ) as corrected
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
