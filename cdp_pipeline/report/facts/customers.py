"""Who was found: customers in records, what joined them, and what became of customer ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from cdp_pipeline.night import Night
from cdp_pipeline.report.facts.small_counts import ShownCount, about, shown_cells, shown_count, split_small

MANY_RECORDS = 8
"""Customers with so many records or more stand together."""

SHOWN_COMBINATIONS = 24
"""A dozen sources, each alone and once more with another."""

SHOWN_NIGHTS = 7
KeyT = TypeVar("KeyT")

BIN_WIDTH = 2
"""Width in bits of a bar of match weights."""


@dataclass(frozen=True)
class SourceCombination:
    """Customers whom exactly these sources know; no sources stands for all other combinations."""

    sources: tuple[str, ...]
    customers: int


@dataclass(frozen=True)
class Edge:
    """Pairs of records that one rule, or one blocking rule of the model, brought together."""

    kind: str
    name: str
    pairs: int


@dataclass(frozen=True)
class ScoredPairs:
    """Pairs that the model scored within one range of match weights (log2), from its lower end."""

    match_weight: float
    kind: str
    pairs: int


@dataclass(frozen=True)
class IdEvents:
    """What befell customer ids on one night.

    Attributes:
        minted: new customers.
        merged: ids that became another's, which stays.
        split: new ids for records that parted from a customer.
        undone: ids that are back since a merge was undone.
        retired: ids whose records have all left.
        returned: retired ids whose records are back.
    """

    business_date: date
    minted: int
    merged: int
    split: int
    undone: int
    retired: int
    returned: int


@dataclass(frozen=True)
class Customers:
    """Customers and the records that are them.

    Attributes:
        known_to_several: customers whom more than one source knows.
        per_source: customers known to each source, with the source's records.
        records_per_customer: number of records (the last: so many or more) and customers who have it.
        vetoes: what spoke against pairs that a rule or the model had joined, and how many.
        threshold: match weight from which the model joins.
    """

    customers: int
    records: int
    known_to_several: int
    combinations: list[SourceCombination]
    per_source: list[tuple[str, int, int]]
    records_per_customer: list[tuple[int, int]]
    edges: list[Edge]
    scored: list[ScoredPairs]
    vetoes: list[tuple[str, int]]
    threshold: float
    id_events: list[IdEvents]

    @property
    def duplicates(self) -> int:
        """Records beyond the first of each customer."""
        return self.records - self.customers

    @property
    def shown_combinations(self) -> list[ShownCount]:
        """Customers of each combination as the page may show them."""
        return shown_cells([row.customers for row in self.combinations])

    @property
    def shown_records_per_customer(self) -> list[ShownCount]:
        """Customers by number of records as the page may show them."""
        return shown_cells([people for _, people in self.records_per_customer])

    @property
    def shown_known_to_several(self) -> ShownCount:
        """Customers whom more than one source knows; rounded where they would tell who the other combinations are."""
        shown = shown_cells([self.known_to_several, self.customers - self.known_to_several])[0]
        if all(cell.is_exact for cell in self.shown_combinations) or not shown.is_exact:
            return shown
        people = zip(self.combinations, self.shown_combinations, strict=True)
        several = sum(cell.people for row, cell in people if len(row.sources) > 1)
        return about(several) if several else shown_count(0)


@dataclass(frozen=True)
class _Group:
    """Customers known to the same sources by as many records each; `records` are those of all of them."""

    sources: tuple[str, ...]
    records_each: int
    customers: int
    records: int


def gather_customers(night: Night) -> Customers | None:
    """Count customers by what is known of them, and what joined their records."""
    engine = night.engine
    if not engine.table_exists("link.customer_source_record"):
        return None
    groups = [_Group(tuple(names), *counts) for names, *counts in engine.fetch_all(GROUPS)]
    blocking = [rule.name for rule in night.project.linkage.blocking_rules]
    return Customers(
        customers=sum(group.customers for group in groups),
        records=sum(group.records for group in groups),
        known_to_several=sum(group.customers for group in groups if len(group.sources) > 1),
        combinations=_combinations(groups),
        per_source=_per_source(groups, dict(engine.fetch_all(RECORDS_PER_SOURCE))),
        records_per_customer=sorted(_sum_up((g.records_each, g.customers) for g in groups).items()),
        edges=[Edge(*row) for row in engine.fetch_all(EDGES)],
        scored=[ScoredPairs(*row) for row in engine.fetch_all(SCORED, [blocking])],
        vetoes=engine.fetch_all(VETOES),
        threshold=night.project.linkage.match_threshold.match_weight,
        id_events=[IdEvents(*row) for row in engine.fetch_all(ID_EVENTS, [night.business_date])],
    )


def _combinations(groups: list[_Group]) -> list[SourceCombination]:
    """Sum up the customers per combination of sources, the largest first; rare ones stand together."""
    people = _sum_up((group.sources, group.customers) for group in groups)
    found = [
        SourceCombination(*item) for item in sorted(people.items(), key=lambda item: (-item[1], item[0]))
    ]
    alone, others = split_small(found, lambda combination: combination.customers, SHOWN_COMBINATIONS)
    return [*alone, SourceCombination((), others)] if others else alone


def _per_source(groups: list[_Group], records: dict[str, int]) -> list[tuple[str, int, int]]:
    people = _sum_up((source, group.customers) for group in groups for source in group.sources)
    return [(source, people[source], records[source]) for source in sorted(people)]


def _sum_up(pairs: Iterable[tuple[KeyT, int]]) -> dict[KeyT, int]:
    sums: dict[KeyT, int] = {}
    for key, number in pairs:
        sums[key] = sums.get(key, 0) + number
    return sums


# One pass over the records, for all that is said about customers. A bit per source: a list per customer would
# take many times as long for a million customers.
GROUPS = f"""
with source as (
    select source_system, 1::bigint << (row_number() over (order by source_system) - 1) as bit
    from (select distinct source_system from link.customer_source_record)
),

known as (
    select customer_id, bit_or(bit) as bits, count(*) as records
    from link.customer_source_record
    join source using (source_system)
    group by customer_id
),

combination as (
    select bits, least(records, {MANY_RECORDS}) as records_each, count(*) as customers, sum(records) as records
    from known
    group by bits, records_each
)

select
    list(source_system order by source_system),
    records_each,
    any_value(customers),
    any_value(records)::bigint
from combination
join source on bits & bit <> 0
group by bits, records_each
order by bits, records_each
"""

RECORDS_PER_SOURCE = """
select source_system, count(*)
from link.customer_source_record
group by source_system
"""

EDGES = """
select edge_kind, edge_name, count(*) as pairs
from link.edge
group by edge_kind, edge_name
order by pairs desc, edge_kind, edge_name
"""

SCORED = f"""
select floor(match_weight / {BIN_WIDTH}) * {BIN_WIDTH} as lower_end, edge_kind, count(*)
from link.edge
where list_contains(?, edge_name) and edge_kind in ('splink', 'near_miss', 'vetoed')
group by lower_end, edge_kind
order by lower_end, edge_kind
"""

VETOES = """
select vetoed_by, count(*) as pairs
from link.edge
where vetoed_by is not null
group by vetoed_by
order by pairs desc, vetoed_by
"""

ID_EVENTS = f"""
select
    business_date,
    count(*) filter (event = 'mint'),
    count(*) filter (event = 'merge'),
    count(*) filter (event = 'split'),
    count(*) filter (event = 'undo'),
    count(*) filter (event = 'retire'),
    count(*) filter (event = 'return')
from link.customer_id_event
where business_date <= ?
group by business_date
order by business_date desc
limit {SHOWN_NIGHTS}
"""
