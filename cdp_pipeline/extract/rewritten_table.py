"""The night's part in erasures that stick: what was delivered again is rewritten again, and the ledger says so."""

from __future__ import annotations

import logging
from collections import defaultdict

import pyarrow as pa

from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.extract.deliveries import find_deliveries
from cdp_pipeline.extract.rewriting.landing import RewrittenLanding, rewrite_landing
from cdp_pipeline.extract.rewritten_files import read_rewritten
from cdp_pipeline.night import Night

REWRITTEN_FILE = TableContract(
    model="rewritten_file",
    description="Delivered contents out of which records of erased people were taken, and those that still hold some.",
    grain="one row per content that was replaced, or that could not be",
    owner=DATA_ENGINEERING,
    columns=[
        ColumnContract(name="path", type="VARCHAR", description="Name as delivered; ZIP members after !."),
        ColumnContract(
            name="delivered_sha256",
            type="VARCHAR",
            description="SHA-256 of what was delivered, as in the ledger.",
        ),
        ColumnContract(name="sha256", type="VARCHAR", description="SHA-256 of what took its place."),
        ColumnContract(name="records", type="BIGINT", description="Records that it lacks."),
        ColumnContract(name="rewritten_at", type="TIMESTAMP", description="When it was rewritten, UTC."),
        ColumnContract(
            name="not_rewritten_because",
            type="VARCHAR",
            description="Why it still holds such records; null where it was rewritten.",
        ),
    ],
)

ROWS = pa.schema(
    {
        "path": pa.string(),
        "delivered_sha256": pa.string(),
        "sha256": pa.string(),
        "records": pa.int64(),
        "rewritten_at": pa.timestamp("us"),
        "not_rewritten_because": pa.string(),
    }
)


def build_rewritten_file(night: Night) -> None:
    """Take out of the landing folder what loading kept out of the tables, and say what was ever rewritten.

    A file that cannot be rewritten is named and stops nothing: its records stay out of the tables all the same.
    """
    done = rewrite_landing(night.project, erased_lines(night))
    for failure in done.failures.values():
        logging.getLogger(__name__).warning("%s", failure)
    note_rewritten(night, done)


def erased_lines(night: Night) -> dict[str, list[int]]:
    """Return the lines of erased people's records by file id, as `extract.erased_record` has them."""
    lines: defaultdict[str, list[int]] = defaultdict(list)
    if not night.engine.table_exists("extract.erased_record"):
        return lines
    for file_id, line in night.engine.fetch_all(
        "select file_id, line from extract.erased_record order by all"
    ):
        lines[file_id].append(line)
    return lines


def note_rewritten(night: Night, done: RewrittenLanding) -> None:
    """Build `extract.rewritten_file`, and enter in the ledger when each file was rewritten and how large it is now."""
    rows = [
        {
            "path": entry.path,
            "delivered_sha256": entry.delivered,
            "sha256": entry.after,
            "records": len(entry.lines),
            "rewritten_at": entry.rewritten_at.replace(tzinfo=None),
        }
        for entry in read_rewritten(night.project).entries
    ]
    rows += [{"path": path, "not_rewritten_because": why} for path, why in done.failures.items()]
    execute = night.engine.execute
    with night.engine.arrow_view(pa.Table.from_pylist(rows, ROWS)) as view:
        night.engine.replace_table("extract.rewritten_file", f"from {view} order by all")
    execute(
        "update extract.file as f set rewritten_at = r.rewritten_at from ("
        "select delivered_sha256, max(rewritten_at) as rewritten_at from extract.rewritten_file group by all"
        ") as r where r.delivered_sha256 = f.sha256"
    )
    paths = {entry.path for entry in done.rewritten}
    for delivery in find_deliveries(night.project) if paths else ():
        if delivery.path in paths:  # who compares sizes must not take it for a new file
            execute(
                "update extract.delivery set size_bytes = ? where path = ? and file_id = ? and replaced_on is null",
                [delivery.size_bytes, delivery.path, delivery.file_id],
            )
