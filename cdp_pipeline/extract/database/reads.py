"""The ledger of reads: what was read from which database, how far, and what could not be read.

A watermark counts only once the file of its read has been entered in the ledger of files, in the same night; until
then, and when the file is lost before its records are accepted, the rows are read again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.errors import CdpError
from cdp_pipeline.extract.database.kept_reads import label_of, place_of, remove_all_but
from cdp_pipeline.extract.database.reading import Read, read_database
from cdp_pipeline.extract.database.relation import Relation, fingerprint_of, is_read_now, relations
from cdp_pipeline.extract.database.watermark import Watermark
from cdp_pipeline.extract.retrying import retried
from cdp_pipeline.night import Night

SOURCE_AND_LAYOUT = [
    ColumnContract(name="source_system", type="VARCHAR", description="Source whose database was read."),
    ColumnContract(name="layout", type="VARCHAR", description="Layout by which its rows are read."),
]
HOW_FAR = [
    ColumnContract(name="watermark", type="VARCHAR", description="Greatest value read so far; null: none."),
    ColumnContract(
        name="watermark_type",
        type="VARCHAR",
        description="timestamp, timestamp with time zone, date, integer, decimal or text.",
    ),
    ColumnContract(name="extracted_at", type="TIMESTAMP", description="When the read ended, UTC."),
]

DATABASE_READ = TableContract(
    model="database_read",
    description="Reads from databases: those that brought rows, and those that failed.",
    grain="one row per source, layout and read",
    owner=DATA_ENGINEERING,
    key=["source_system", "layout", "number"],
    publish=["identified", "analyst"],
    columns=[
        *SOURCE_AND_LAYOUT,
        ColumnContract(name="number", type="BIGINT", description="Reads of the source and layout, from 1."),
        ColumnContract(
            name="path", type="VARCHAR", description="Name of what was read, as in the ledger of files."
        ),
        ColumnContract(name="read_on", type="DATE", description="Business date of the night that read."),
        ColumnContract(name="records", type="BIGINT", description="Rows that were read."),
        *HOW_FAR,
        ColumnContract(name="read_as", type="VARCHAR", description="Fingerprint of what was asked for."),
        ColumnContract(name="sha256", type="VARCHAR", description="SHA-256 of the file of its rows."),
        ColumnContract(
            name="is_spooled",
            type="BOOLEAN",
            description="The file is kept: its records are not accepted yet.",
        ),
        ColumnContract(
            name="refused_because",
            type="VARCHAR",
            description="Why nothing could be read; null where it was.",
        ),
    ],
)

WATERMARK = TableContract(
    model="watermark",
    description="How far each database has been read; the next night begins there, less the lookback.",
    grain="one row per source and layout that has a watermark",
    owner=DATA_ENGINEERING,
    key=["source_system", "layout"],
    publish=["identified", "analyst"],
    columns=[
        *SOURCE_AND_LAYOUT,
        *HOW_FAR,
        ColumnContract(name="path", type="VARCHAR", description="Read that came this far."),
    ],
)

ENTERED = """
    select r.* from extract.database_read as r
    semi join extract.delivery as d on d.path = r.path and d.source_system = r.source_system and d.layout = r.layout
    where r.refused_because is null
    qualify row_number() over (partition by r.source_system, r.layout order by r.number desc) = 1
"""
"""The last read of each source and layout whose file stands in the ledger."""


def build_database_read(night: Night) -> None:
    """Read every database of the project into the spool, and note in `extract.database_read` what came.

    A database that cannot be read refuses its source for this night; the others are read all the same.
    """
    night.engine.execute(
        f"create table if not exists extract.database_read ({DATABASE_READ.column_definitions})"
    )
    _forget_lost(night)
    _remove_accepted(night)
    for relation in relations(night.project):
        _remove_unknown(night, relation)
        _read(night, relation)


def build_watermark(night: Night) -> None:
    """Rebuild `extract.watermark` from the reads whose files were entered."""
    columns = ", ".join(column.name for column in WATERMARK.columns)
    night.engine.replace_table(
        "extract.watermark",
        f"select {columns} from ({ENTERED}) where watermark is not null order by source_system, layout",
    )


def enter_refused_reads(night: Night) -> None:
    """Add to `extract.landing` what could not be read tonight, so that the ledger says why, as of any file."""
    if not night.engine.table_exists("extract.database_read"):
        return
    refused = night.engine.fetch_all(
        "select source_system, layout, path, refused_because from extract.database_read"
        " where refused_because is not null and read_on = ? order by path",
        [night.business_date],
    )
    for source_system, layout, path, why in refused:
        if not is_read_now(night.project, source_system, layout):
            continue
        sha256 = hashlib.sha256(str(path).encode()).hexdigest()
        file_id = hashlib.sha256(f"{source_system}\0{layout}\0{path}".encode()).hexdigest()[:16]
        night.engine.execute(
            "insert into extract.landing by name select ? as path, ? as container, ? as file_id, ? as source_system,"
            " ? as layout, ? as sha256, 0 as size_bytes, '{}' as name_facts, false as is_snapshot,"
            " ? as refused_because",
            [path, path, file_id, source_system, layout, sha256, why],
        )


def _forget_lost(night: Night) -> None:
    """Forget reads whose file has gone before its records were accepted, so that they are read again."""
    spooled = "select path from extract.database_read where is_spooled"
    for path in night.engine.fetch_column(spooled):
        if not place_of(night.project, path).exists():
            night.engine.execute("delete from extract.database_read where path = ? and is_spooled", [path])


def _remove_accepted(night: Night) -> None:
    """Remove files whose records came to count on an earlier night; others are kept, as files lie on.

    What an earlier run of this night accepted waits for this run's verdict, and is withdrawn if it has gone.
    """
    if not night.engine.table_exists("validate.accepted_file"):
        return
    accepted = (
        "select path from extract.database_read semi join (select path from extract.delivery semi join"
        " (from validate.accepted_file where accepted_on < ?) using (file_id)) using (path) where is_spooled"
    )
    for path in night.engine.fetch_column(accepted, [night.business_date]):
        place_of(night.project, path).unlink(missing_ok=True)
        night.engine.execute("update extract.database_read set is_spooled = false where path = ?", [path])


def _remove_unknown(night: Night, relation: Relation) -> None:
    known = night.engine.fetch_column(
        "select path from extract.database_read where source_system = ? and layout = ? and is_spooled",
        relation.names,
    )
    folder = night.project.database_spool / relation.source.source / relation.file.layout
    remove_all_but(folder, {place_of(night.project, path) for path in known})


def _read(night: Night, relation: Relation) -> None:
    night.report_progress("extract", relation.database.table or relation.file.layout)
    night.engine.execute(
        "delete from extract.database_read where source_system = ? and layout = ? and read_on = ?"
        " and refused_because is not null",
        [*relation.names, night.business_date],
    )
    layout = night.project.reading(relation.source.source, relation.file.layout)
    asked_for = fingerprint_of(relation, layout)
    before = _last(night, relation, asked_for)
    number = _next_number(night, relation)
    # A list of everything that is read again on its day takes the place of the first; an increment comes on top.
    is_snapshot = relation.file.delivery is Delivery.SNAPSHOT
    name = f"{night.business_date}" if is_snapshot else f"{night.business_date}-{number:06}"
    label = label_of(relation.source.source, relation.file.layout, name)
    target = place_of(night.project, label)
    after = before.watermark if before else None
    try:
        found = retried(
            night.project.settings.retry,
            lambda: read_database(
                relation.database, layout, label, target, after=after, zone=relation.source.zone
            ),
        )
    except CdpError as error:
        _enter(night, relation, number, label, asked_for, None, str(error))
        return
    _remove_outdated(night, relation, label, asked_for)
    if not is_snapshot and (not found.records or (before and found.sha256 == before.sha256)):
        target.unlink(missing_ok=True)  # nothing new: only the rows of the lookback, which are loaded
        return
    _enter(night, relation, number, label, asked_for, found, None)


def _remove_outdated(night: Night, relation: Relation, label: str, asked_for: str) -> None:
    """Remove what waits for its acceptance and was read otherwise, such as with another decimal mark.

    Everything has just been read anew.
    """
    outdated = night.engine.fetch_column(
        "select path from extract.database_read where source_system = ? and layout = ? and is_spooled"
        " and read_as <> ? and path <> ?",
        [*relation.names, asked_for, label],
    )
    for path in outdated:
        place_of(night.project, path).unlink(missing_ok=True)
        night.engine.execute("update extract.database_read set is_spooled = false where path = ?", [path])


@dataclass(frozen=True)
class LastRead:
    """The last read of a source and layout that was entered."""

    watermark: Watermark | None
    sha256: str


def _last(night: Night, relation: Relation, asked_for: str) -> LastRead | None:
    """Return the last read, if it asked for the same; else everything is to be read again."""
    if not night.engine.table_exists("extract.delivery"):
        return None
    for text, kind, sha256 in night.engine.fetch_all(
        f"select watermark, watermark_type, sha256 from ({ENTERED})"
        " where source_system = ? and layout = ? and read_as = ?",
        [*relation.names, asked_for],
    ):
        return LastRead(Watermark(text, kind) if text is not None else None, sha256)
    return None


def _next_number(night: Night, relation: Relation) -> int:
    return int(
        night.engine.fetch_value(
            "select coalesce(max(number), 0) + 1 from extract.database_read where source_system = ? and layout = ?",
            relation.names,
        )
    )


def _enter(
    night: Night,
    relation: Relation,
    number: int,
    label: str,
    asked_for: str,
    found: Read | None,
    refused_because: str | None,
) -> None:
    """Note a read; one of the same name, which its file has replaced, is forgotten."""
    night.engine.execute("delete from extract.database_read where path = ?", [label])
    watermark = found.watermark if found else None
    row = {
        "source_system": relation.source.source,
        "layout": relation.file.layout,
        "number": number,
        "path": label,
        "read_on": night.business_date,
        "records": found.records if found else None,
        "watermark": watermark.text if watermark else None,
        "watermark_type": watermark.type if watermark else None,
        "extracted_at": datetime.now(UTC).replace(tzinfo=None),
        "read_as": asked_for,
        "sha256": found.sha256 if found else None,
        "is_spooled": found is not None,
        "refused_because": refused_because,
    }
    marks = ", ".join("?" for _ in row)
    night.engine.execute(
        f"insert into extract.database_read ({', '.join(row)}) values ({marks})", list(row.values())
    )
