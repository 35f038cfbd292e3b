"""Cluster records with GoldenMatch: `python goldenmatch_clusters.py WAY RECORDS CLUSTERS`.

Run by the rivals' environment. WAY: `zero-config` (`dedupe_df` chooses everything, as its quickstart has it) or
`probabilistic` (its Fellegi-Sunter auto-configuration, which its own comparison with Splink uses). RECORDS is
Parquet of text with `record_id`; CLUSTERS gets record_id, cluster_id of all records in a cluster of two or more.
"""

from __future__ import annotations

import sys
from pathlib import Path

import goldenmatch
import pyarrow as pa
import pyarrow.parquet as pq

WAYS = ("zero-config", "probabilistic")


def main(way: str, source: Path, target: Path) -> None:
    """Cluster the records and write the clusters."""
    records = pq.read_table(source)
    columns = records.drop_columns(["record_id"])
    clusters = _deduplicate(way, columns).clusters
    rows = [(row, number) for number, cluster in clusters.items() for row in cluster["members"]]
    pq.write_table(
        pa.table(
            {
                "record_id": records["record_id"].take(pa.array([row for row, _ in rows], pa.int64())),
                "cluster_id": pa.array([str(number) for _, number in rows]),
            }
        ),
        target,
    )


def _deduplicate(way: str, records: pa.Table) -> goldenmatch.DedupeResult:
    # It refuses 100,000 rows and more when unsure of its configuration; its answer counts all the same.
    if way == "zero-config":
        return goldenmatch.dedupe_df(records, confidence_required=False)
    from goldenmatch.core.autoconfig import auto_configure_probabilistic_df

    return goldenmatch.dedupe_df(records, config=auto_configure_probabilistic_df(records))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
