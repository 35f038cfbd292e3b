"""Quality per kind of trouble: what nicknames, moves or twins cost, each on its own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from cdp_pipeline.link.evaluation_truth import EVALUATED
from cdp_pipeline.link.quality import PairCounts, measure_clusters

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

NO_TROUBLE = ""
"""Stands for the pairs of which neither record bears any trouble."""


@dataclass(frozen=True)
class TroubleQuality(PairCounts):
    """Pairs of which one record or both bear a trouble; a pair with two troubles counts for each of them.

    Attributes:
        trouble: its name, or NO_TROUBLE.
        records: records that bear it.
        over_merged: clusters of more than one person, at least one of whose records bears it.
        split: people in more than one cluster, at least one of whose records bears it.
    """

    trouble: str
    records: int
    over_merged: int
    split: int


def measure_troubles(engine: Engine) -> list[TroubleQuality]:
    """Measure `evaluated_record` per trouble of `record_trouble`: the pairs without any, then by their mistakes.

    A group of n records of which b bear a trouble holds n(n-1)/2 pairs, and (n-b)(n-b-1)/2 of them without it:
    the difference is counted, never the pairs themselves.
    """
    rows = engine.fetch_arrow(
        f"""
        with part as (
            select person, cluster, count(*) as size
            from evaluated_record group by person, cluster
        ),
        bearer as (
            select trouble, person, cluster, count(*) as bearers
            from record_trouble inner join evaluated_record using (record)
            group by all
        ),
        person as (select person, sum(size)::bigint as size, count(*) as parts from part group by person),
        cluster as (select cluster, sum(size)::bigint as size, count(*) as parts from part group by cluster),
        right_pair as (
            select trouble, sum({_PAIRS})::bigint as pairs, sum(bearers)::bigint as records
            from bearer inner join part using (person, cluster) group by trouble
        ),
        true_pair as ({_pairs_of("person")}),
        found_pair as ({_pairs_of("cluster")})
        select
            trouble,
            found_pair.pairs as found_pairs,
            true_pair.pairs as true_pairs,
            right_pair.pairs as right_pairs,
            records,
            found_pair.torn as over_merged,
            true_pair.torn as split
        from right_pair inner join true_pair using (trouble) inner join found_pair using (trouble)
        order by found_pair.pairs + true_pair.pairs - 2 * right_pair.pairs desc, trouble
        """
    )
    troubles = [TroubleQuality(**row) for row in rows.to_pylist()]
    return [_without_trouble(engine), *troubles] if troubles else []


_PAIRS = "(size * (size - 1) - (size - bearers) * (size - bearers - 1)) // 2"


def _pairs_of(whole: str) -> str:
    """Return a query of trouble, pairs and torn, the number of wholes that consist of several parts."""
    return f"""
        select trouble, sum({_PAIRS})::bigint as pairs, count(*) filter (where parts > 1) as torn
        from (select trouble, {whole}, sum(bearers)::bigint as bearers from bearer group by all)
        inner join {whole} using ({whole})
        group by trouble
    """


def _without_trouble(engine: Engine) -> TroubleQuality:
    untroubled = "select record, person from evaluated_record anti join record_trouble using (record)"
    quality = measure_clusters(engine, EVALUATED, untroubled)
    counts = {field.name: getattr(quality, field.name) for field in fields(PairCounts)}
    return TroubleQuality(
        **counts,
        trouble=NO_TROUBLE,
        records=quality.records,
        over_merged=quality.over_merged,
        split=quality.split,
    )
