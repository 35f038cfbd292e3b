"""What a night did, in numbers: read from the published files alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.publish.manifest import Manifest, read_manifest


@dataclass(frozen=True)
class SourceCount:
    """Records of one source and layout, over all its files."""

    source_system: str
    layout: str
    files: int
    delivered: int
    loaded: int
    quarantined: int
    blank: int


@dataclass(frozen=True)
class NightSummary:
    """Numbers for the closing screen.

    Attributes:
        quarantine: rule and number of records, most frequent first.
        segments: segment and members.
        exclusions: activation, reason and number of customers.
    """

    manifest: Manifest
    folder: Path
    sources: list[SourceCount]
    quarantine: list[tuple[str, str, int]]
    source_records: int
    people: int
    profiles: int
    segments: list[tuple[str, int]]
    exclusions: list[tuple[str, str, int]]

    @property
    def duplicates_removed(self) -> int:
        """Records beyond the first of each person."""
        return self.source_records - self.people


def summarise(folder: Path) -> NightSummary:
    """Read a published night's numbers."""
    manifest = read_manifest(folder)
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        return NightSummary(
            manifest=manifest,
            folder=folder,
            sources=[SourceCount(*row) for row in engine.fetch_all(SOURCES)],
            quarantine=engine.fetch_all(QUARANTINE),
            source_records=engine.row_count("link.customer_source_record"),
            people=engine.fetch_value("select count(distinct customer_id) from link.customer_source_record"),
            profiles=engine.row_count("golden.golden_profile"),
            segments=engine.fetch_all(SEGMENTS, [manifest.business_date]),
            exclusions=engine.fetch_all(EXCLUSIONS),
        )


SOURCES = """
select source_system, layout, count(*), sum(physical_records)::bigint, sum(loaded_records)::bigint,
    sum(quarantined_records)::bigint, sum(blank_records)::bigint
from validate.conservation group by all order by source_system, layout
"""

QUARANTINE = """
select layout, rule, count(*) from validate.quarantine group by all order by 3 desc, 1, 2
"""

SEGMENTS = """
select segment, member_count from segment.segment_size where business_date = ? order by segment
"""

EXCLUSIONS = """
select activation, reason, count(*) from activate.audience_exclusion group by all order by 1, 3 desc, 2
"""
