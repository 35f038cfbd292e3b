"""Loading the files of one layout into its raw table."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.extract.csv_reader import ParsedFile, parse_csv
from cdp_pipeline.extract.deliveries import read_delivery
from cdp_pipeline.night import Night


@dataclass(frozen=True)
class WaitingFile:
    """A file that lies in the landing folder and is not loaded as its layout now says."""

    file_id: str
    source_system: str
    path: str
    sha256: str
    name_facts: str


def load_layout(night: Night, *, layout: Layout) -> None:
    """Load every file of the layout that waits in the landing folder into `extract.raw_<layout>`.

    The table has one row per record: source_system, file_id, line, then the layout's columns as
    delivered text. A file waits until it is loaded, and again when the layout's columns or format change;
    one that has left the landing folder keeps what it was read as. Loading and its entry in the ledger
    commit together.

    Raises:
        LandingFileError: a file does not fit its layout; nothing of this layout is loaded then.
        ConservationError: records of a file are unaccounted for.
    """
    create_unparsed_record(night)
    _fit_raw_table(night, layout)
    for file in _waiting_files(night, layout):
        night.report_progress("extract", file.path)
        content = read_delivery(night.project.landing, file.path, file.sha256)
        parsed = parse_csv(content, layout, file.path)
        _insert(night, layout, parsed, file)
        _enter_in_ledger(night, layout, parsed, file)


def create_unparsed_record(night: Night) -> None:
    """Create `extract.unparsed_record` in a new working file; loading fills it."""
    night.engine.execute(
        "create table if not exists extract.unparsed_record"
        " (file_id varchar, line bigint, raw_record varchar, reason varchar)"
    )


def reading_of(layout: Layout) -> str:
    """Fingerprint of what decides how a file is read: columns, format and facts from its name."""
    parts = layout.model_dump(mode="json", include={"columns", "format", "facts_from_name"})
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _fit_raw_table(night: Night, layout: Layout) -> None:
    """Create the raw table, or bring the one that is there to the layout's columns and their order."""
    table = f"extract.raw_{layout.layout}"
    wanted = ["source_system", "file_id", "line", *layout.column_names]
    if not night.engine.table_exists(table):
        columns = ", ".join(f"{name} varchar" for name in layout.column_names)
        night.engine.execute(
            f"create table {table} (source_system varchar, file_id varchar, line bigint, {columns})"
        )
        return
    found = list(night.engine.describe(f"from {table}"))
    if found != wanted:
        kept = [name if name in found else f"cast(null as varchar) as {name}" for name in wanted]
        night.engine.replace_table(table, f"select {', '.join(kept)} from {table}")


def _waiting_files(night: Night, layout: Layout) -> list[WaitingFile]:
    rows = night.engine.fetch_all(
        "select f.file_id, f.source_system, min(l.path), f.sha256, f.name_facts from extract.file as f"
        " join extract.landing as l using (file_id)"
        " where f.layout = ? and f.read_as is distinct from ? group by all order by 3, 1",
        [layout.layout, reading_of(layout)],
    )
    return [WaitingFile(*row) for row in rows]


def _insert(night: Night, layout: Layout, parsed: ParsedFile, file: WaitingFile) -> None:
    """Replace the file's records; a file that is read anew has old ones."""
    engine, table = night.engine, f"extract.raw_{layout.layout}"
    facts = json.loads(file.name_facts)
    delivered = ", ".join([*layout.columns, *(quote_literal(facts[name]) for name in layout.fact_names)])
    engine.execute(f"delete from {table} where file_id = ?", [file.file_id])
    engine.execute("delete from extract.unparsed_record where file_id = ?", [file.file_id])
    with engine.arrow_view(parsed.records) as view:
        engine.execute(
            f"insert into {table} select {quote_literal(file.source_system)}, {quote_literal(file.file_id)},"
            f" line, {delivered} from {view}"
        )
    with engine.arrow_view(parsed.unparsed) as view:
        engine.execute(
            "insert into extract.unparsed_record"
            f" select {quote_literal(file.file_id)}, line, raw_record, reason from {view}"
        )


def _enter_in_ledger(night: Night, layout: Layout, parsed: ParsedFile, file: WaitingFile) -> None:
    night.engine.execute(
        "update extract.file set loaded_at = ?, read_as = ?, physical_records = ?, blank_records = ?,"
        " unknown_columns = ?, missing_columns = ? where file_id = ?",
        [
            datetime.now(UTC).replace(tzinfo=None),
            reading_of(layout),
            parsed.physical_records,
            parsed.blank_records,
            ", ".join(parsed.unknown_columns),
            ", ".join(parsed.missing_columns),
            file.file_id,
        ],
    )
