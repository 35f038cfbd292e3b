"""How large each segment is, and how it grew over the nights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cdp_pipeline.night import Night

SHOWN_NIGHTS = 60


@dataclass(frozen=True)
class SegmentNight:
    """One segment on one night.

    Attributes:
        unknown: customers for whom missing values leave it open.
    """

    segment: str
    business_date: date
    members: int
    non_members: int
    unknown: int
    entered: int
    left: int


@dataclass(frozen=True)
class Segments:
    """All segments of the project.

    Attributes:
        titles: title for people by segment.
        tonight: the largest first.
        nights: the last nights up to this one, of the segments that are there tonight.
    """

    titles: dict[str, str]
    tonight: list[SegmentNight]
    nights: list[SegmentNight]


def gather_segments(night: Night) -> Segments | None:
    """Read the sizes of segments."""
    if not night.engine.table_exists("segment.segment_size"):
        return None
    rows = [SegmentNight(*row) for row in night.engine.fetch_all(SIZES, [night.business_date] * 3)]
    tonight = [row for row in rows if row.business_date == night.business_date]
    return Segments(
        titles={name: segment.title.en for name, segment in night.project.segments.items()},
        tonight=sorted(tonight, key=lambda row: (-row.members, row.segment)),
        nights=rows,
    )


SIZES = f"""
select segment, business_date, member_count, non_member_count, unknown_count, entered_count, left_count
from segment.segment_size
where
    business_date <= ?
    and segment in (select segment from segment.segment_size where business_date = ?)
    and business_date in (
        select distinct business_date from segment.segment_size where business_date <= ?
        order by business_date desc limit {SHOWN_NIGHTS}
    )
order by segment, business_date
"""
