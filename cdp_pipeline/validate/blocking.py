"""Which sources are blocked this night: none of their new files counts, the others go on without them.

A blocked source keeps its last good data. Reasons name files, rules and what to do, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from cdp_pipeline.contracts.source import Thresholds
from cdp_pipeline.night import Night
from cdp_pipeline.validate.conservation import note_unaccounted_files

NAMED_RULES = 3
NAMED_FILES = 5


@dataclass(frozen=True)
class Reason:
    """Why a source is blocked or deserves a look.

    Attributes:
        rejudged: layout whose files count already and keep the verdicts by which they do; None where it is not them.
    """

    source_system: str
    text: str
    rejudged: str | None = None


def note_blocked_sources(night: Night) -> None:
    """Write `validate.blocked_source`, internal to this stage: source_system, reason, rejudged, position.

    `validate.quarantined_share` beside it counts, per source, layout and whether the files are new, the records
    judged this night and those in quarantine. What a person let in as it is counts in neither.
    """
    night.engine.replace_table("validate.quarantined_share", QUARANTINED_SHARE)
    note_unaccounted_files(night)
    found = [
        *_refused(night),
        *_unaccounted(night),
        *_broken_whole(night),
        *_too_much_in_quarantine(night),
        *_lists_cut_short(night),
    ]
    reasons = [reason for reason in dict.fromkeys(found) if reason.source_system in night.project.sources]
    rows = pa.table(
        {
            "source_system": pa.array([reason.source_system for reason in reasons], pa.string()),
            "reason": pa.array([reason.text for reason in reasons], pa.string()),
            "rejudged": pa.array([reason.rejudged for reason in reasons], pa.string()),
            "position": pa.array(range(len(reasons)), pa.int64()),
        }
    )
    with night.engine.arrow_view(rows) as view:
        night.engine.replace_table("validate.blocked_source", f"from {view}")


def _refused(night: Night) -> Iterator[Reason]:
    """Files that could not be read; each reason of the reader begins with the file's name."""
    for source, files, reasons in night.engine.fetch_all(REFUSED, [list(night.project.used_layouts)]):
        more = files - NAMED_FILES
        yield Reason(
            source,
            " ".join(reasons[:NAMED_FILES]) + (f" And {more:,} more were refused." if more > 0 else ""),
        )


def _unaccounted(night: Night) -> Iterator[Reason]:
    """Files that hold more or fewer records than were loaded."""
    for source, text in night.engine.fetch_all(
        "select source_system, reason from validate.unaccounted_file order by reason, file_id"
    ):
        yield Reason(source, text)


def _broken_whole(night: Night) -> Iterator[Reason]:
    for source, layout, rule in night.engine.fetch_all("from validate.broken_whole order by all"):
        yield Reason(
            source,
            f"The new files of layout {layout} break a rule about the whole of them: {rule}. Check them, or the "
            f"expectation in config/layouts/{layout}.yml.",
            rejudged=layout,
        )


@dataclass(frozen=True)
class QuarantinedShare:
    """How much of one source and layout went into quarantine, of the records judged this night."""

    source_system: str
    layout: str
    is_new: bool
    records: int
    quarantined: int

    def blocks(self, limits: Thresholds) -> bool:
        """Tell whether it is enough to block the source."""
        return (
            self.quarantined >= limits.blocks_from
            and self.quarantined > limits.quarantined_blocks * self.records
        )

    def warns(self, limits: Thresholds) -> bool:
        """Tell whether it is enough to say so."""
        return (
            self.quarantined >= limits.warns_from
            and self.quarantined > limits.quarantined_warns * self.records
        )

    def in_words(self, night: Night) -> str:
        """Say how much of what is in quarantine, and by which rules: counts only."""
        rules = night.engine.fetch_all(RULES, [self.source_system, self.layout, self.is_new])
        named = ", ".join(f"{rule}: {number:,}" for rule, number in rules[:NAMED_RULES])
        more = f" and {len(rules) - NAMED_RULES} more rules" if len(rules) > NAMED_RULES else ""
        what = (
            "new records are in quarantine"
            if self.is_new
            else "records that count already would be in quarantine by the changed rules"
        )
        share = f"{self.quarantined / self.records:.1%}"
        return f"{self.layout}: {self.quarantined:,} of {self.records:,} {what} ({share}; {named}{more})"


def quarantined_shares(night: Night) -> Iterator[QuarantinedShare]:
    """Yield what went into quarantine, by source and layout."""
    for row in night.engine.fetch_all("from validate.quarantined_share where quarantined > 0 order by all"):
        yield QuarantinedShare(*row)


def _too_much_in_quarantine(night: Night) -> Iterator[Reason]:
    """Layouts of which too great a share of the records judged this night is in quarantine."""
    for share in quarantined_shares(night):
        source, layout = share.source_system, share.layout
        limits = night.project.thresholds_of(source)
        if not share.blocks(limits):
            continue
        said = f"{share.in_words(night)}, more than {limits.quarantined_blocks:.0%}."
        release = f"cdp source release {source} --reason …"
        if share.is_new:
            remedy = (
                f"Correct the file, its mapping config/layouts/{layout}.yml or the rule; or let the files in as they "
                f"are: {release}."
            )
        else:
            remedy = (
                f"They count on as before. Correct config/layouts/{layout}.yml; or apply the changed rules, which "
                f"sets these records aside: {release}."
            )
        yield Reason(source, f"{said} {remedy}", rejudged=None if share.is_new else layout)


def _lists_cut_short(night: Night) -> Iterator[Reason]:
    """Snapshots with far fewer records than the list that they would replace: what they lack would be gone."""
    for source, layout, records, before in night.engine.fetch_all(NEW_LISTS, [night.business_date]):
        limits = night.project.thresholds_of(source)
        lost = before - records
        if lost >= limits.blocks_from and lost > limits.fewer_rows_blocks * before:
            yield Reason(
                source,
                f"{layout}: the new list has {records:,} records, where the one that counts has {before:,}: more than "
                f"{limits.fewer_rows_blocks:.0%} fewer. Check that the export is whole; if it is, let it in: "
                f"cdp source release {source} --reason ….",
            )


REFUSED = """
select source_system, count(*), list(refused_because order by path, file_id)
from extract.file
where refused_because is not null and list_contains(?, layout)
group by source_system
order by source_system
"""

BROKEN = """
    select file_id, line, rule from validate.broken_rule
    union all
    select file_id, line, rule from extract.unparsed_record
    where file_id in (select file_id from validate.waiting_file)
"""

QUARANTINED_SHARE = f"""
with broken as ({BROKEN}),

per_file as (select file_id, count(distinct line) as records from broken group by file_id)

select
    w.source_system, w.layout, w.is_new,
    sum(f.physical_records - f.blank_records)::bigint as records,
    coalesce(sum(p.records), 0)::bigint as quarantined
from validate.waiting_file as w
join extract.file as f using (file_id)
left join per_file as p using (file_id)
where w.file_id not in (select file_id from validate.release where line is null)
group by w.source_system, w.layout, w.is_new
"""

RULES = f"""
with broken as ({BROKEN})

select b.rule, count(*) as records
from broken as b
join validate.waiting_file as w using (file_id)
where w.source_system = ? and w.layout = ? and w.is_new = ?
group by b.rule
order by records desc, b.rule
"""

# A list may come in several files: one that did not change tonight counts already and is part of the new list.
NEW_LISTS = """
with snapshot as (
    select distinct source_system, layout from extract.landing where is_snapshot
),

part as (
    select d.source_system, d.layout, d.path, d.exported_on, f.file_id, f.physical_records - f.blank_records as records
    from extract.delivery as d
    join extract.file as f using (file_id)
    semi join snapshot as s on s.source_system = d.source_system and s.layout = d.layout
    where
        d.replaced_on is null and f.loaded_at is not null
        and (
            d.file_id in (select file_id from validate.waiting_file)
            or d.file_id in (select file_id from validate.accepted_file)
        )
),

newest as (
    select source_system, layout, list(file_id) as file_ids, sum(records)::bigint as records
    from (select distinct source_system, layout, file_id, records, exported_on from part
        qualify exported_on = max(exported_on) over (partition by source_system, layout))
    group by source_system, layout
),

counting as (
    select f.source_system, f.layout, sum(f.physical_records - f.blank_records)::bigint as records
    from validate.accepted_file as a join extract.file as f using (file_id)
    where a.accepted_on < $1 and f.superseded_on is null and f.dropped_on is null
    group by f.source_system, f.layout
)

select n.source_system, n.layout, n.records, c.records
from newest as n join counting as c using (source_system, layout)
where
    exists (select 1 from validate.waiting_file as w where w.is_new and list_contains(n.file_ids, w.file_id))
    and not exists (
        select 1 from validate.release as r where r.line is null and list_contains(n.file_ids, r.file_id)
    )
order by n.source_system, n.layout
"""
