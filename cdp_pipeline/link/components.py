"""Connected components over arrays of edges, and the table of clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cdp_pipeline.link.workspace import RECORD_KEY, read_records

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night


def component_of(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each of the numbers 0 to count-1 the smallest number of its component.

    Args:
        left: one end of each edge; `right` the other.
    """
    if count == 0:
        return np.empty(0, dtype=np.int64)
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    _, first_member = np.unique(label, return_index=True)
    return np.asarray(first_member[label], dtype=np.int64)


def component_table(engine: Engine, edges: str, count: int) -> pa.Table:
    """Return record and cluster, the smallest record of its component, for each of `count` records.

    Args:
        edges: query of left_record, right_record.
    """
    pairs = engine.fetch_arrow(f"select left_record, right_record from ({edges})")
    left = pairs.column("left_record").to_numpy()
    right = pairs.column("right_record").to_numpy()
    cluster = component_of(count, left, right)
    return pa.table({"record": np.arange(count, dtype=np.int64), "cluster": cluster})


def assign_components(engine: Engine, assignment: str, edges: str, count: int) -> None:
    """Create table `assignment` (record, cluster) from the components over a query of edges."""
    with engine.arrow_view(component_table(engine, edges, count)) as view:
        engine.replace_table(assignment, f"from {view}")


def build_cluster(night: Night) -> None:
    """Write `link.cluster`: the connected components over the edges that hold.

    Grain: one row per source record. Reads `link.edge`, kinds rule, splink and decision; a record without
    such an edge is a cluster of its own. `cluster_id` counts clusters from 1 in the order of their first
    record; it says nothing beyond this night.
    """
    engine = night.engine
    records = read_records(engine)
    with engine.arrow_view(records) as record:
        edges = f"""
            select l.record as left_record, r.record as right_record
            from link.edge
            inner join {record} as l on {_same_record("l", "left")}
            inner join {record} as r on {_same_record("r", "right")}
            where edge_kind in ('rule', 'splink', 'decision')
        """
        clusters = component_table(engine, edges, records.num_rows)
        with engine.arrow_view(clusters) as cluster:
            engine.replace_table(
                "link.cluster",
                f"""
                select {", ".join(RECORD_KEY)}, dense_rank() over (order by cluster) as cluster_id
                from {record} inner join {cluster} using (record)
                order by {", ".join(RECORD_KEY)}
                """,
            )


def _same_record(alias: str, side: str) -> str:
    return " and ".join(f"{alias}.{column} = edge.{side}_{column}" for column in RECORD_KEY)
