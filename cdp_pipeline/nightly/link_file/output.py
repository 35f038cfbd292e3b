"""Writing what was found: one row per input row, and the edges if asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.nightly.link_file.records import GIVEN, INPUT

SUFFIXES = {".parquet", ".csv"}

MOST_HEADER_BYTES = 1000
RESULT_COLUMNS = (
    ["source_system", "source_record_id", "cluster_id"],
    [
        *("left_source_system", "left_source_record_id", "right_source_system", "right_source_record_id"),
        *("edge_kind", "edge_name", "match_weight", "vetoed_by"),
    ],
)
"""Headers of CLUSTERS and EDGES, by which a result of an earlier run is known."""

CLUSTERS = f"""
    select
        coalesce(g.delivered_system, '{INPUT}') as source_system,
        g.delivered_id as source_record_id,
        c.cluster_id
    from {GIVEN} as g
    left join link.cluster as c
        on c.source_system = coalesce(g.system, '{INPUT}') and c.source_record_id = g.key
    order by g.file_number, g.line
"""

EDGES = f"""
    select
        coalesce(l.delivered_system, '{INPUT}') as left_source_system,
        l.delivered_id as left_source_record_id,
        coalesce(r.delivered_system, '{INPUT}') as right_source_system,
        r.delivered_id as right_source_record_id,
        e.edge_kind,
        e.edge_name,
        e.match_weight,
        e.vetoed_by
    from link.edge as e
    inner join {GIVEN} as l
        on e.left_source_system = coalesce(l.system, '{INPUT}') and e.left_source_record_id = l.key
    inner join {GIVEN} as r
        on e.right_source_system = coalesce(r.system, '{INPUT}') and e.right_source_record_id = r.key
    order by l.file_number, l.line, r.file_number, r.line, e.edge_name, e.edge_kind
"""


def refuse_unwritable(*targets: Path | None) -> None:
    """Look at the outputs before any work is done.

    Raises:
        LandingFileError: a suffix that is neither Parquet nor CSV, or no folder to write to.
    """
    for target in filter(None, targets):
        if target.suffix.lower() not in SUFFIXES:
            raise LandingFileError(
                f"{target}: the output is Parquet or CSV, by its name. Name it {target.stem}.parquet."
            )
        if not target.parent.is_dir() or target.is_dir():
            raise LandingFileError(
                f"{target}: cannot be written: its folder is missing, or it is a folder itself."
            )


def refuse_to_overwrite(sources: Sequence[Path], *targets: Path | None) -> None:
    """Look at what is there under the names of the outputs.

    Raises:
        LandingFileError: an output is an input, or a file that no linkage wrote.
    """
    inputs = {source.resolve() for source in sources}
    for target in filter(None, targets):
        if target.resolve() in inputs:
            raise LandingFileError(
                f"{target}: stands among the inputs, so it is not written to. The last name is the output: name one "
                "more, such as clusters.csv."
            )
        if target.exists() and not _is_result(target):
            raise LandingFileError(
                f"{target}: exists, and no linkage wrote it. If it is an input, name an output after it, such as "
                "clusters.csv; else name another output, or delete the file first."
            )


def _is_result(path: Path) -> bool:
    """Tell whether a file begins like one that was written here."""
    if path.suffix.lower() == ".csv":
        with path.open("rb") as opened:
            header = opened.readline(MOST_HEADER_BYTES).decode("utf-8", errors="replace").strip().split(",")
    else:
        try:
            header = pyarrow.parquet.read_schema(path).names
        except (pa.ArrowInvalid, OSError):
            return False
    return header in RESULT_COLUMNS


def write_clusters(engine: Engine, target: Path, records: int) -> None:
    """Write source_system, source_record_id and cluster_id, in the order of the input.

    Raises:
        ConservationError: an input row has no cluster, or not one row; nothing is written.
    """
    [(rows, without)] = engine.fetch_all(
        f"select count(*), count(*) filter (where cluster_id is null) from ({CLUSTERS})"
    )
    if rows != records or without:
        raise ConservationError(
            f"{target}: {records} records were read, {rows} linked, {without} of them without a cluster. Nothing is "
            "written. Report this with the list of columns above."
        )
    _write(engine, target, CLUSTERS)


def write_edges(engine: Engine, target: Path) -> None:
    """Write the pairs that were joined, refused or nearly joined, by the ids of the input."""
    _write(engine, target, EDGES)


def _write(engine: Engine, target: Path, query: str) -> None:
    with _whole(target) as unfinished:
        if target.suffix.lower() == ".csv":
            engine.write_csv(unfinished, f"select cast(columns(*) as varchar) from ({query})")
        else:
            pyarrow.parquet.write_table(engine.fetch_arrow(query), unfinished)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Yield a name to write under; the target appears whole, or not at all."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
