"""Which sources are blocked this night: none of their new files counts, the others go on without them.

A blocked source keeps its last good data. Reasons name files, rules and what to do, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from cdp_pipeline.contracts.source import Thresholds
from cdp_pipeline.night import Night
from cdp_pipeline.plural import counted
from cdp_pipeline.validate.conservation import note_unaccounted_files
from cdp_pipeline.validate.judgement import RULES_LENGTH
from cdp_pipeline.validate.lists_cut_short import lists_cut_short

NAMED_RULES = 3
NAMED_FILES = 5


def of_layout(source_system: str, layout: str) -> str:
    """Begin a reason with its layout, unless that has the name of the source, which stands before every reason."""
    return "" if layout == source_system else f"{layout}: "


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
    judged this night and those in quarantine. What a person let in as it is counts in neither. Of files that count
    already it counts records that did, and those of them that changed rules condemn: what was in quarantine before,
    or let in by a person, says nothing about a rule.
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
    """How much of one source and layout went into quarantine, of the records judged this night.

    Attributes:
        rules: name and records of each rule that was broken, the most records first.
    """

    source_system: str
    layout: str
    is_new: bool
    records: int
    quarantined: int
    rules: Sequence[tuple[str, int]]

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

    @property
    def in_words(self) -> str:
        """Say how much of what is in quarantine, and by which rules: counts only."""
        named = ", ".join(f"{rule}: {number:,}" for rule, number in self.rules[:NAMED_RULES])
        left = len(self.rules) - NAMED_RULES
        more = f" and {counted(left, 'more rule')}" if left > 0 else ""
        what = (
            "new records are in quarantine"
            if self.is_new
            else "records that count already would be in quarantine by the changed rules"
        )
        share = f"{self.quarantined / self.records:.1%}"
        counts = f"{self.quarantined:,} of {self.records:,} {what} ({share}; {named}{more})"
        return of_layout(self.source_system, self.layout) + counts


def quarantined_shares(night: Night) -> Iterator[QuarantinedShare]:
    """Yield what went into quarantine, by source and layout."""
    for source, layout, is_new, records, quarantined, rules in night.engine.fetch_all(
        "from validate.quarantined_share where quarantined > 0 order by source_system, layout, is_new"
    ):
        named = [(entry["rule"], entry["records"]) for entry in rules]
        yield QuarantinedShare(source, layout, is_new, records, quarantined, named)


def _too_much_in_quarantine(night: Night) -> Iterator[Reason]:
    """Layouts of which too great a share of the records judged this night is in quarantine."""
    for share in quarantined_shares(night):
        source, layout = share.source_system, share.layout
        limits = night.project.thresholds_of(source)
        if not share.blocks(limits):
            continue
        said = f"{share.in_words}, more than {limits.quarantined_blocks:.0%}."
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


def lapsed_decisions(night: Night) -> Iterator[Reason]:
    """Decisions of an older version, which did not note what they rest on, that no longer cover what is kept out."""
    for source, decisions in night.engine.fetch_all(LAPSED_DECISIONS):
        one = len(decisions) == 1
        named = f"Decision {decisions[0]} was" if one else f"Decisions {', '.join(map(str, decisions))} were"
        yield Reason(
            source,
            f"{named} made by an older version and {'covers' if one else 'cover'} nothing any more: decide again. "
            f"`cdp source quarantine list --source {source}` names what is kept out.",
        )


def _lists_cut_short(night: Night) -> Iterator[Reason]:
    """Snapshots with far fewer records than the list that they would replace: what they lack would be gone."""
    for cut in lists_cut_short(night):
        most = night.project.thresholds_of(cut.source_system).fewer_rows_blocks
        yield Reason(
            cut.source_system,
            f"{of_layout(cut.source_system, cut.layout)}the new list has {cut.records:,} records, where the one that "
            f"counts has {cut.records_before:,}: more than {most:.0%} fewer. Check that the export is whole, with all "
            f"its files; if it is, let it in: cdp source release {cut.source_system} --reason ….",
        )


REFUSED = """
select source_system, count(*), list(refused_because order by path, file_id)
from extract.file
where refused_because is not null and list_contains(?, layout)
group by source_system
order by source_system
"""

LAPSED_DECISIONS = """
with kept_out as (
    select file_id, line from validate.quarantine
    union
    select file_id, line from validate.broken_rule
),

lapsed as (
    select decision_id, file_id from validate.release semi join kept_out using (file_id, line)
    where judged_by is null and line is not null
    union
    select decision_id, file_id from validate.release
    semi join (from validate.waiting_file where is_new) using (file_id)
    where judged_by is null and line is null and file_id not in (select file_id from validate.accepted_file)
)

select f.source_system, list(distinct l.decision_id order by l.decision_id) as decisions
from lapsed as l join extract.file as f using (file_id)
group by f.source_system
order by f.source_system
"""

# Read before the night's verdicts are entered: the quarantine is still that of the nights before. By the same rules
# nothing is condemned that counted, but what a person takes back or a list that came again. A decision of an older
# version let records in until tonight and covers them no more: they counted, so they are weighed.
BROKEN = f"""
    weighed as (
        select w.file_id, w.source_system, w.layout, w.is_new
        from validate.waiting_file as w left join validate.judged_file as j using (file_id)
        where
            w.file_id not in (select file_id from validate.let_in_file)
            and (w.is_new or left(j.rules, {RULES_LENGTH}) is distinct from left(w.rules, {RULES_LENGTH}))
    ),

    out_before as (
        select file_id, line from (
            select file_id, line from validate.quarantine
            union
            select file_id, line from validate.release where line is not null and judged_by is not null
        )
        semi join (from weighed where not is_new) using (file_id)
    ),

    broken as (
        select file_id, line, rule from validate.broken_rule
        anti join out_before using (file_id, line)
        union all
        select file_id, line, rule from extract.unparsed_record
        anti join out_before using (file_id, line)
    )
"""

QUARANTINED_SHARE = f"""
with {BROKEN},

failing as (select file_id, count(distinct line) as records from broken group by file_id),

uncounted as (select file_id, count(*) as records from out_before group by file_id),

by_rule as (
    select w.source_system, w.layout, w.is_new, b.rule, count(*) as records
    from broken as b join weighed as w using (file_id)
    group by w.source_system, w.layout, w.is_new, b.rule
),

rules as (
    select source_system, layout, is_new, list(struct_pack(rule, records) order by records desc, rule) as rules
    from by_rule
    group by source_system, layout, is_new
),

share as (
    select
        w.source_system, w.layout, w.is_new,
        sum(f.physical_records - f.blank_records - coalesce(u.records, 0))::bigint as records,
        coalesce(sum(b.records), 0)::bigint as quarantined
    from weighed as w
    join extract.file as f using (file_id)
    left join failing as b using (file_id)
    left join uncounted as u using (file_id)
    group by w.source_system, w.layout, w.is_new
)

select s.source_system, s.layout, s.is_new, s.records, s.quarantined, coalesce(r.rules, []) as rules
from share as s left join rules as r using (source_system, layout, is_new)
"""
