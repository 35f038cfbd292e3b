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
Reason = tuple[str, str]
"""A source, and in words why it is blocked."""


def note_blocked_sources(night: Night) -> None:
    """Write `validate.blocked_source`, internal to this stage: source_system, reason, position.

    `validate.kept_out` beside it counts, per source, layout and whether the files are new, the records judged
    this night and those in quarantine. What a person let in as it is counts in neither.
    """
    night.engine.replace_table("validate.kept_out", KEPT_OUT)
    note_unaccounted_files(night)
    found = [*_refused(night), *_unaccounted(night), *_broken_whole(night), *_kept_out(night)]
    reasons = [reason for reason in dict.fromkeys(found) if reason[0] in night.project.sources]
    rows = pa.table(
        {
            "source_system": pa.array([source for source, _ in reasons], pa.string()),
            "reason": pa.array([reason for _, reason in reasons], pa.string()),
            "position": pa.array(range(len(reasons)), pa.int64()),
        }
    )
    with night.engine.arrow_view(rows) as view:
        night.engine.replace_table("validate.blocked_source", f"from {view}")


def _refused(night: Night) -> Iterator[Reason]:
    """Files that could not be read; each reason of the reader begins with the file's name."""
    for source, files, reasons in night.engine.fetch_all(REFUSED, [list(night.project.used_layouts)]):
        more = files - NAMED_FILES
        yield (
            source,
            " ".join(reasons[:NAMED_FILES]) + (f" And {more:,} more were refused." if more > 0 else ""),
        )


def _unaccounted(night: Night) -> list[Reason]:
    """Files that hold more or fewer records than were loaded."""
    return night.engine.fetch_all(
        "select source_system, reason from validate.unaccounted_file order by reason, file_id"
    )


def _broken_whole(night: Night) -> Iterator[Reason]:
    for source, layout, rule in night.engine.fetch_all("from validate.broken_whole order by all"):
        yield (
            source,
            f"The new files of layout {layout} do not meet {rule}. Check them, or the expectation in "
            f"config/layouts/{layout}.yml.",
        )


@dataclass(frozen=True)
class KeptOut:
    """How much of one source and layout the gate kept out, of the records judged this night."""

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
        return self.quarantined > limits.quarantined_warns * self.records

    def in_words(self, night: Night) -> str:
        """Say how much of what is in quarantine, and by which rules: counts only."""
        rules = night.engine.fetch_all(RULES, [self.source_system, self.layout, self.is_new])
        named = ", ".join(f"{rule}: {number:,}" for rule, number in rules[:NAMED_RULES])
        more = f" and {len(rules) - NAMED_RULES} more rules" if len(rules) > NAMED_RULES else ""
        what = "new records" if self.is_new else "records that already count, judged by changed rules,"
        share = f"{self.quarantined / self.records:.1%}"
        return (
            f"{self.layout}: {self.quarantined:,} of {self.records:,} {what} are in quarantine "
            f"({share}; {named}{more})"
        )


def kept_out(night: Night) -> Iterator[KeptOut]:
    """Yield what the gate kept out, by source and layout."""
    for row in night.engine.fetch_all("from validate.kept_out where quarantined > 0 order by all"):
        yield KeptOut(*row)


def _kept_out(night: Night) -> Iterator[Reason]:
    """Layouts of which too great a share of the records judged this night is in quarantine."""
    for found in kept_out(night):
        source, limits = found.source_system, night.project.thresholds_of(found.source_system)
        if found.blocks(limits):
            yield (
                source,
                f"{found.in_words(night)}, more than {limits.quarantined_blocks:.0%}. Correct the file, its mapping "
                f"config/layouts/{found.layout}.yml or the rule; or let the files in as they are: "
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

KEPT_OUT = f"""
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
