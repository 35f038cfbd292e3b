"""Connected components over arrays of edges, and the table of clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cdp_pipeline.errors import NightError
from cdp_pipeline.link.link_state import SCHEMA, record_id_of
from cdp_pipeline.link.workspace import RECORD_ID, RECORD_KEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night


KEY = ", ".join(RECORD_KEY)


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
    such an edge is a cluster of its own. `cluster_id` says nothing beyond this night. Where `link.edge` was built from
    what changed, only the records that were linked anew get new clusters.
    """
    engine = night.engine
    _refuse_older_edges(engine)
    records = _unclustered(engine)
    with engine.arrow_view(records) as record:
        edges = f"""
            select l.record as left_record, r.record as right_record
            from link.edge
            inner join {record} as l on {record_id_of("left")} = l.record_id
            inner join {record} as r on {record_id_of("right")} = r.record_id
            where edge_kind in ('rule', 'splink', 'decision')
        """
        clusters = component_table(engine, edges, records.num_rows)
        with engine.arrow_view(clusters) as cluster:
            _replace_clusters(engine, f"{record} inner join {cluster} using (record)")
    engine.execute(f"delete from {SCHEMA}.unclustered")


def _refuse_older_edges(engine: Engine) -> None:
    """Demand that `link.edge` was built from the records that are there now.

    Raises:
        NightError: records came since, or `link_state` was deleted.
    """
    known = f"{SCHEMA}.record"
    unknown = f"select {RECORD_ID} as record_id from link.linkage_record anti join {known} on record_id = {RECORD_ID}"
    if not engine.table_exists(known) or engine.row_count(f"({unknown})"):
        raise NightError(
            "link.edge is older than the records that it connects. Build both anew: cdp run --from link."
        )


def _unclustered(engine: Engine) -> pa.Table:
    """Return record, record_id and key of the records whose edges are newer than their cluster."""
    return engine.fetch_arrow(
        f"""
        select row_number() over (order by {KEY}) - 1 as record, {KEY}, record_id
        from (select {KEY}, {RECORD_ID} as record_id from link.linkage_record)
        semi join {SCHEMA}.unclustered using (record_id)
        order by record
        """
    )


def _replace_clusters(engine: Engine, clusters: str) -> None:
    """Put the clusters of a query of record key and cluster in the place of those that their records had."""
    create_columns = f"{' varchar, '.join(RECORD_KEY)} varchar, cluster_id bigint"
    engine.execute(f"create table if not exists link.cluster ({create_columns})")
    engine.execute(
        f"""
        delete from link.cluster
        where {RECORD_ID} in (select record_id from {SCHEMA}.unclustered)
            or {RECORD_ID} not in (select record_id from {SCHEMA}.record)
        """
    )
    last = engine.fetch_value("select coalesce(max(cluster_id), 0) from link.cluster")
    engine.execute(
        f"""
        insert into link.cluster
        select {KEY}, {last} + dense_rank() over (order by cluster) from {clusters} order by {KEY}
        """
    )
