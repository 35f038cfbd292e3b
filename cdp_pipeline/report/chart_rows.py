"""Facts as the rows that charts take; counts of few people are made alike on the way."""

from __future__ import annotations

from typing import Any

from cdp_pipeline.report.facts.customers import BIN_WIDTH, MANY_RECORDS, Customers
from cdp_pipeline.report.facts.purchases import Purchases
from cdp_pipeline.report.facts.segments import Segments

Row = dict[str, Any]


def segment_sizes(segments: Segments) -> list[Row]:
    """One row per segment and night, the segments in the order of tonight's sizes."""
    order = [row.segment for row in segments.tonight]
    return [
        {
            "segment": row.segment,
            "title": segments.titles[row.segment],
            "business_date": row.business_date.isoformat(),
            "member_count": row.members,
        }
        for row in sorted(segments.nights, key=lambda row: (order.index(row.segment), row.business_date))
    ]


def source_overlap(customers: Customers) -> list[Row]:
    """One row per combination of sources."""
    return [
        {"sources": row.sources, "customers": cell.people, "shown": cell.text}
        for row, cell in zip(customers.combinations, customers.shown_combinations, strict=True)
    ]


def records_per_customer(customers: Customers) -> list[Row]:
    """One row per number of records."""
    return [
        {
            "records": f"{count}+" if count == MANY_RECORDS else str(count),
            "customers": cell.people,
            "shown": cell.text,
        }
        for (count, _), cell in zip(
            customers.records_per_customer, customers.shown_records_per_customer, strict=True
        )
    ]


def scored_pairs(customers: Customers) -> list[Row]:
    """One row per range of match weights and outcome."""
    return [
        {"match_weight": row.match_weight, "bin_width": BIN_WIDTH, "kind": row.kind, "pairs": row.pairs}
        for row in customers.scored
    ]


def revenue(purchases: Purchases) -> list[Row]:
    """One row per month and channel."""
    return [
        {"month": row.month.isoformat(), "channel": row.channel, "net_revenue": row.net_revenue}
        for row in purchases.months
    ]
