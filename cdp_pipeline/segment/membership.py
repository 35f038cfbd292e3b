"""Membership as intervals that are carried from night to night, and the sizes of segments."""

from __future__ import annotations

from cdp_pipeline.engine import quote_identifier, quote_literal
from cdp_pipeline.night import Night
from cdp_pipeline.segment.catalogue import TraitCatalogue, read_catalogue
from cdp_pipeline.segment.compiler import CUSTOMER, compile_segment, join_traits
from cdp_pipeline.segment.statements import (
    INTERVALS,
    NO_CURRENT_MEMBERS,
    NO_CURRENT_SIZES,
    NO_HISTORY,
    NO_SIZES,
    SIZES,
)

MEMBER_TABLE = "segment.segment_member"
SIZE_TABLE = "segment.segment_size"


def build_segment_member(night: Night) -> None:
    """Write `segment.segment_member`: one row per segment, customer and stay (`entered_on`, `left_on`).

    A stay covers the business dates from entered_on up to, but without, left_on; null means still a
    member. The night starts from the intervals of the nights before it, which the table itself holds:
    what an earlier run of the same business date wrote is taken back first, so a rerun ends in the same
    rows. Customers that were merged since carry their stays to the surviving id; overlapping stays
    become one. A segment whose file is gone loses its members, not its past.

    Raises:
        ConfigError: a segment's rule does not compile.
    """
    before = f"select segment, customer_id, entered_on, left_on from {MEMBER_TABLE}"
    history = before if night.engine.table_exists(MEMBER_TABLE) else NO_HISTORY
    query = INTERVALS.format(history=history, current=_current_members(night), tonight=_tonight(night))
    night.engine.replace_table(MEMBER_TABLE, query)


def build_segment_size(night: Night) -> None:
    """Write `segment.segment_size`: one row per segment and business date; earlier nights are kept.

    `member_count + non_member_count + unknown_count` is the number of profiles, for every segment.
    """
    before = f"select * from {SIZE_TABLE}"
    history = before if night.engine.table_exists(SIZE_TABLE) else NO_SIZES
    query = SIZES.format(history=history, current=_current_sizes(night), tonight=_tonight(night))
    night.engine.replace_table(SIZE_TABLE, query)


def _tonight(night: Night) -> str:
    return f"cast({quote_literal(night.business_date.isoformat())} as date)"


def _current_members(night: Night) -> str:
    """Return the query of tonight's members; profile and traits are joined once for all segments."""
    catalogue = read_catalogue(night.project)
    conditions = _conditions(night, catalogue)
    if not conditions:
        return NO_CURRENT_MEMBERS
    verdicts = ", ".join(
        f"({condition}) as {quote_identifier(name)}" for name, condition in conditions.items()
    )
    members = "\nunion all\n".join(
        f"select {quote_literal(name)} as segment, customer_id from verdict where {quote_identifier(name)}"
        for name in conditions
    )
    return (
        f"with {CUSTOMER} as (\n{_traits(night, catalogue)}\n),\n"
        f"verdict as materialized (\nselect customer_id, {verdicts} from {CUSTOMER}\n)\n{members}"
    )


def _current_sizes(night: Night) -> str:
    """Return the query that counts members, non-members and unknown customers of every segment."""
    catalogue = read_catalogue(night.project)
    rows = [
        f"select {quote_literal(name)} as segment, "
        f"count(*) filter (where {condition}) as member_count, "
        f"count(*) filter (where not ({condition})) as non_member_count, "
        f"count(*) filter (where ({condition}) is null) as unknown_count from {CUSTOMER}"
        for name, condition in _conditions(night, catalogue).items()
    ]
    counted = "\nunion all\n".join(rows) or NO_CURRENT_SIZES
    return f"with {CUSTOMER} as materialized (\n{_traits(night, catalogue)}\n)\n{counted}"


def _conditions(night: Night, catalogue: TraitCatalogue) -> dict[str, str]:
    """Return every segment's condition as SQL, by segment."""
    return {
        name: compile_segment(segment, catalogue).sql(dialect=night.engine.dialect)
        for name, segment in night.project.segments.items()
    }


def _traits(night: Night, catalogue: TraitCatalogue) -> str:
    return join_traits(catalogue).sql(dialect=night.engine.dialect, pretty=True)
