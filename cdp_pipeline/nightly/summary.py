"""What a night did, in numbers: read from the published files alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.conflicting_decisions import ConflictingDecisions, conflicting_decisions
from cdp_pipeline.nightly.decision_states import DecisionCounts, decision_counts
from cdp_pipeline.nightly.linkage_doubts import doubts_of_night, uncertain_pairs
from cdp_pipeline.nightly.linked_anew import LinkedAnew, linked_anew_on
from cdp_pipeline.publish.manifest import Manifest, read_manifest
from cdp_pipeline.report.facts.deliveries import (
    Delivery,
    SourceState,
    TakenIn,
    deliveries_on,
    silent_sources_on,
    source_states_on,
    taken_in_on,
)


@dataclass(frozen=True)
class QuarantinedGroup:
    """Records of one file that came into quarantine by the same rules, the first of them, and why."""

    path: str
    rule: str
    why: str | None
    records: int
    first_line: int


@dataclass(frozen=True)
class UnreadFile:
    """A file of the landing folder that is not read, and the layout that it looks like, if any."""

    path: str
    why: str
    looks_like: str | None


@dataclass(frozen=True)
class NightSummary:
    """Numbers for the closing screen.

    Attributes:
        quarantine: what came into quarantine this night, by file and rule, the most records first.
        taken_in: what of earlier nights came to count.
        taken_twice: names that came this night and that several sources, or layouts of one, read, and which.
        unrecognised: what lies in the landing folder and is not read.
        states: sources that are blocked or warned, with the reasons.
        silent_sources: sources of which nothing new came this night.
        delivered_again: names under which known content came once more.
        conflicting_decisions: what people decided about pairs of records and cannot both be had.
        linkage_doubts: why the linkage deserves little trust, and what to do about it.
        linked_anew: how much was linked anew; nothing where the night does not tell.
        decisions: how those of people about pairs of records stand that the night went by.
        uncertain_pairs: those worth a review.
        segments: segment and members.
        exclusions: activation, reason and number of customers.
        too_small: the fewest people that the platform takes, by activation whose file has fewer.
    """

    manifest: Manifest
    folder: Path
    sources: list[Delivery]
    states: list[SourceState]
    quarantine: list[QuarantinedGroup]
    taken_in: list[TakenIn]
    delivered_again: list[str]
    taken_twice: list[tuple[str, str]]
    unrecognised: list[UnreadFile]
    silent_sources: list[str]
    source_records: int
    people: int
    profiles: int
    conflicting_decisions: list[ConflictingDecisions]
    segments: list[tuple[str, int]]
    exclusions: list[tuple[str, str, int]]
    too_small: dict[str, int]
    linkage_doubts: list[str] = field(default_factory=list)
    linked_anew: LinkedAnew | None = None
    decisions: DecisionCounts = field(default_factory=DecisionCounts)
    uncertain_pairs: int = 0

    @property
    def quarantined(self) -> int:
        """Records that came into quarantine this night."""
        return sum(group.records for group in self.quarantine)

    @property
    def duplicates_removed(self) -> int:
        """Records beyond the first of each person."""
        return self.source_records - self.people


def summarise(project: Project, folder: Path) -> NightSummary:
    """Read a published night's numbers."""
    manifest = read_manifest(folder)
    night = [manifest.business_date]
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        return NightSummary(
            manifest=manifest,
            folder=folder,
            sources=deliveries_on(engine, manifest.business_date),
            states=source_states_on(engine, manifest.business_date),
            quarantine=[QuarantinedGroup(*row) for row in engine.fetch_all(QUARANTINE, night)],
            taken_in=taken_in_on(engine, manifest.business_date),
            delivered_again=engine.fetch_column(DELIVERED_AGAIN, night),
            taken_twice=engine.fetch_all(TAKEN_TWICE, night),
            unrecognised=[UnreadFile(*row) for row in engine.fetch_all(UNRECOGNISED)],
            silent_sources=[
                source.source_system for source in silent_sources_on(engine, manifest.business_date)
            ],
            source_records=engine.row_count("link.customer_source_record"),
            people=engine.fetch_value("select count(distinct customer_id) from link.customer_source_record"),
            profiles=engine.row_count("golden.golden_profile"),
            conflicting_decisions=conflicting_decisions(engine),
            linkage_doubts=doubts_of_night(engine),
            linked_anew=linked_anew_on(engine, manifest.business_date, project.linkage.full_linkage),
            decisions=decision_counts(engine),
            uncertain_pairs=uncertain_pairs(engine),
            segments=engine.fetch_all(SEGMENTS, night),
            exclusions=engine.fetch_all(EXCLUSIONS),
            too_small=dict(engine.fetch_all(TOO_SMALL)),
        )


QUARANTINE = """
select path, rule, arg_min(why, line), count(*) as records, min(line)
from validate.quarantine
where business_date = ?
group by file_id, path, rule
order by records desc, path, rule, file_id
"""

DELIVERED_AGAIN = """
select d.path from extract.delivery as d join extract.file as f using (file_id)
where d.path <> f.path and d.first_seen_on = ? order by d.path
"""

TAKEN_TWICE = """
select path, string_agg(reader, ', ' order by reader) from (
    select distinct path, source_system || ' (' || layout || ')' as reader
    from extract.delivery where first_seen_on = ? and replaced_on is null
) group by path having count(*) > 1 order by path
"""

UNRECOGNISED = "select path, why, looks_like from extract.unrecognised_file order by path"

SEGMENTS = """
select segment, member_count from segment.segment_size where business_date = ? order by segment
"""

EXCLUSIONS = """
select activation, reason, count(*) from activate.audience_exclusion group by all order by 1, 3 desc, 2
"""

TOO_SMALL = "select activation, minimum_people from activate.activation_size where is_below_minimum"
