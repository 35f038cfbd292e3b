"""How good clusters are, measured against the truth: pairs, B³, people merged and people split."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine


@dataclass(frozen=True)
class PairCounts:
    """Pairs of records that clusters found, that belong together, and that are both.

    Attributes:
        found_pairs: pairs that share a cluster.
        true_pairs: pairs that share a person.
        right_pairs: pairs that share both.
    """

    found_pairs: int
    true_pairs: int
    right_pairs: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that belong together; 1 where nothing was found."""
        return self.right_pairs / self.found_pairs if self.found_pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs that belong together which were found; 1 where there are none."""
        return self.right_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.found_pairs + self.true_pairs
        return 2 * self.right_pairs / total if total else 1.0


@dataclass(frozen=True)
class ClusterQuality(PairCounts):
    """How clusters compare with the truth, over the records that the truth names.

    Attributes:
        records: records of the truth.
        clusters: groups into which they were put; a record without a cluster is one of its own.
        people: persons of the truth.
        over_merged: clusters that hold records of more than one person.
        split: people whose records lie in more than one cluster.
        b_cubed_precision: mean over records of the share of its cluster that is its person's.
        b_cubed_recall: mean over records of the share of its person that is in its cluster.

    Source: Bagga & Baldwin (1998) for B³.
    """

    records: int
    clusters: int
    people: int
    over_merged: int
    split: int
    b_cubed_precision: float
    b_cubed_recall: float

    @property
    def b_cubed_f1(self) -> float:
        """Harmonic mean of B³ precision and recall."""
        total = self.b_cubed_precision + self.b_cubed_recall
        return 2 * self.b_cubed_precision * self.b_cubed_recall / total if total else 0.0


PARTS = """
    select
        person,
        cluster,
        -- A record without a cluster stands alone.
        case when cluster is null then record end as alone,
        count(*) as size
    from ({truth}) left join ({clusters}) using (record)
    group by all
"""
"""Records of one person in one cluster. Counting them instead of pairs keeps the work linear in records."""


def measure_clusters(engine: Engine, clusters: str, truth: str) -> ClusterQuality:
    """Compare clusters with the truth.

    Args:
        clusters: query of record (VARCHAR, unique) and cluster. Records that the truth does not name are left
            out; a record of the truth that is missing here, or whose cluster is null, stands alone.
        truth: query of record (unique) and person, both never null.
    """
    parts = PARTS.format(truth=truth, clusters=clusters)
    engine.execute(f"create or replace temp table quality_part as {parts}")
    try:
        return _measure_parts(engine)
    finally:
        engine.execute("drop table quality_part")


def _measure_parts(engine: Engine) -> ClusterQuality:
    by_person = "select sum(size)::bigint as size, count(*) as parts from quality_part group by person"
    by_cluster = (
        "select sum(size)::bigint as size, count(*) as people from quality_part group by cluster, alone"
    )
    [(people, split, records, true)] = engine.fetch_all(
        f"select count(*), count(*) filter (where parts > 1), {_SIZES} from ({by_person})"
    )
    [(count, over_merged, _, found)] = engine.fetch_all(
        f"select count(*), count(*) filter (where people > 1), {_SIZES} from ({by_cluster})"
    )
    [(_, right)] = engine.fetch_all(f"select {_SIZES} from quality_part")
    return ClusterQuality(
        found_pairs=found,
        true_pairs=true,
        right_pairs=right,
        records=records,
        clusters=count,
        people=people,
        over_merged=over_merged,
        split=split,
        b_cubed_precision=_mean_share(engine, "cluster, alone"),
        b_cubed_recall=_mean_share(engine, "person"),
    )


_SIZES = "coalesce(sum(size), 0)::bigint, coalesce(sum(size * (size - 1) // 2), 0)::bigint"


def _mean_share(engine: Engine, whole: str) -> float:
    """Return the mean over records of the share that their part has of the whole.

    Equal shares are counted in the engine and added here: a sum of floats there depends on the threads.
    """
    shares = engine.fetch_all(
        f"""
        with share as (
            select size, (sum(size) over (partition by {whole}))::bigint as whole from quality_part
        )
        select size, whole, count(*) from share group by size, whole
        """
    )
    records = sum(size * parts for size, _, parts in shares)
    return fsum(size * size * parts / whole for size, whole, parts in shares) / records if records else 1.0
