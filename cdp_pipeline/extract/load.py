"""Loading the files of one layout into its raw table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cdp_pipeline.contracts.layout import PLACE_OF_RECORD, WHOSE_RECORD, Layout
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, Sensitivity, TableContract
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.containers import opened
from cdp_pipeline.extract.drift import note_columns
from cdp_pipeline.extract.erased import ERASED_TABLE, ErasureFilter, create_erased_record, filter_of
from cdp_pipeline.extract.readers import (
    Batch,
    FileKind,
    FileReading,
    kind_of,
    library_errors_in_words,
    open_reading,
)
from cdp_pipeline.extract.readers.columns import MissingColumnError
from cdp_pipeline.extract.readers.delimited import RAGGED_RULE
from cdp_pipeline.extract.spool import remove_leftovers
from cdp_pipeline.night import Night

UNPARSED_RECORD = TableContract(
    model="unparsed_record",
    description="Records that could not be taken apart: other fields than the header, no text, cut off, no JSON.",
    grain="one row per file and line",
    owner=DATA_ENGINEERING,
    key=["file_id", "line"],
    columns=[
        ColumnContract(name="file_id", type="VARCHAR", description="File that holds the record."),
        ColumnContract(
            name="line",
            type="BIGINT",
            description="Line of the file, from 1; of a workbook or Parquet the row.",
        ),
        ColumnContract(
            name="raw_record",
            type="VARCHAR",
            description="The record as delivered.",
            sensitivity=Sensitivity.DIRECT,
        ),
        ColumnContract(name="rule", type="VARCHAR", description="Short name of what is wrong with it."),
        ColumnContract(name="reason", type="VARCHAR", description="Why it could not be parsed."),
    ],
)


@dataclass(frozen=True)
class WaitingFile:
    """A file that lies in the landing folder and is not loaded as its layout now says."""

    file_id: str
    source_system: str
    path: str
    sha256: str
    name_facts: str
    was_loaded: bool

    @property
    def provisional(self) -> WaitingFile:
        """The file under the name that its records bear until all of it is read anew."""
        return replace(self, file_id=f"{self.file_id} anew") if self.was_loaded else self


def raw_table_contract(layout: Layout) -> TableContract:
    """Describe the raw table of a layout: the delivered text, with file and line."""
    return TableContract(
        model=f"raw_{layout.layout}",
        description=f"{layout.title}: records as delivered, quarantined ones included.",
        grain="one row per file and line",
        owner=DATA_ENGINEERING,
        key=["file_id", "line"],
        columns=[
            *PLACE_OF_RECORD,
            *layout.column_contracts,
        ],
    )


def load_layout(night: Night, *, layout: Layout) -> None:
    """Load every file of the layout that waits in the landing folder into `extract.raw_<layout>`.

    The table has one row per record: source_system, file_id, line, then the layout's columns as
    delivered text. A file waits until it is loaded, and again when the layout's columns or format change;
    one that has left the landing folder keeps what it was read as. Loading and its entry in the ledger
    commit together. A file that cannot be read is refused: nothing of it is loaded, and the ledger says why. One
    that was loaded before and cannot be read anew keeps the records that it has.
    """
    remove_leftovers(night.project.warehouse)
    create_unparsed_record(night)
    create_erased_record(night)
    _fit_raw_table(night, layout)
    for file in _waiting_files(night, layout):
        night.report_progress("extract", file.path)
        try:
            _load(night, night.project.reading(file.source_system, layout.layout), file)
        except (LandingFileError, ConservationError) as error:
            _forget_records(night, layout, file.provisional)
            _refuse(night, file, str(error))
            # One without any column has no header: its first line may be a person's data.
            if isinstance(error, MissingColumnError) and error.columns.positions and not file.was_loaded:
                note_columns(night, layout, error.columns, file.file_id)


def _load(night: Night, layout: Layout, file: WaitingFile) -> None:
    """Load the file's records; those of a file that is read anew take the place of its old ones at the end."""
    erasure = filter_of(night, layout, file.source_system, file.provisional.file_id)
    with opened(night.project, file.path, file.sha256) as content:
        with library_errors_in_words(file.path):
            kind, reading = kind_of(content, file.path), open_reading(content, layout, file.path)
            batches = reading.batches()
        while batch := _next_batch(batches, file):
            _insert(night, layout, batch, file.provisional, erasure)
    if erasure:
        erasure.close()
    if file.was_loaded:
        _take_the_place_of_the_old(night, layout, file)
    _enter_in_ledger(night, layout, reading, file, kind)
    note_columns(night, layout, reading.columns, file.file_id)


def _next_batch(batches: Iterator[Batch], file: WaitingFile) -> Batch | None:
    with library_errors_in_words(file.path):
        return next(batches, None)


def create_unparsed_record(night: Night) -> None:
    """Create `extract.unparsed_record` in a new working file; loading fills it.

    One of an older version names no rule: that knew only records with too few or too many fields.
    """
    table = "extract.unparsed_record"
    night.engine.execute(f"create table if not exists {table} ({UNPARSED_RECORD.column_definitions})")
    if "rule" not in night.engine.describe(f"from {table}"):
        night.engine.replace_table(
            table, f"select file_id, line, raw_record, '{RAGGED_RULE}' as rule, reason from {table}"
        )


def reading_of(layout: Layout) -> str:
    """Fingerprint of what decides how a file is read: columns, format and facts from its name."""
    parts = layout.model_dump(
        mode="json",
        include={"columns", "format", "facts_from_name"},
        exclude={"columns": {"__all__": set(WHOSE_RECORD)}},
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _fit_raw_table(night: Night, layout: Layout) -> None:
    """Create the raw table, or bring the one that is there to the layout's columns and their order."""
    table, contract = f"extract.raw_{layout.layout}", raw_table_contract(layout)
    if not night.engine.table_exists(table):
        night.engine.execute(f"create table {table} ({contract.column_definitions})")
        return
    found = list(night.engine.describe(f"from {table}"))
    if found != contract.column_names:
        kept = [
            name if name in found else f"cast(null as varchar) as {name}" for name in contract.column_names
        ]
        night.engine.replace_table(table, f"select {', '.join(kept)} from {table}")


def _waiting_files(night: Night, layout: Layout) -> list[WaitingFile]:
    """List files whose source writes the layout otherwise than they were read, those refused before among them."""
    systems = [source.source for source, _ in night.project.deliveries_of(layout.layout)]
    rows = night.engine.fetch_all(
        "select f.file_id, f.source_system, min(l.path), f.sha256, f.name_facts, f.loaded_at is not null, f.read_as"
        " from extract.file as f"
        " join extract.landing as l using (file_id)"
        " where f.layout = ? and list_contains(?, f.source_system) and l.refused_because is null"
        " and f.superseded_on is null group by all order by 3, 1",
        [layout.layout, systems],
    )
    return [
        WaitingFile(*row)
        for *row, read_as in rows
        if read_as != reading_of(night.project.reading(row[1], layout.layout))
    ]


def _forget_records(night: Night, layout: Layout, file: WaitingFile) -> None:
    for table in _tables_of_records(layout):
        night.engine.execute(f"delete from {table} where file_id = ?", [file.file_id])


def _tables_of_records(layout: Layout) -> tuple[str, ...]:
    return (f"extract.raw_{layout.layout}", "extract.unparsed_record", ERASED_TABLE)


def _take_the_place_of_the_old(night: Night, layout: Layout, file: WaitingFile) -> None:
    _forget_records(night, layout, file)
    for table in _tables_of_records(layout):
        night.engine.execute(
            f"update {table} set file_id = ? where file_id = ?", [file.file_id, file.provisional.file_id]
        )


def _insert(
    night: Night, layout: Layout, batch: Batch, file: WaitingFile, erasure: ErasureFilter | None
) -> None:
    """Enter a batch, without the records of erased people: they must not get into the file for a moment."""
    engine, table = night.engine, f"extract.raw_{layout.layout}"
    facts: dict[str, str | None] = json.loads(file.name_facts)
    delivered = ", ".join([*layout.columns, *(_constant(facts[name]) for name in layout.fact_names)])
    kept = erasure.kept_lines if erasure else "true"
    with engine.arrow_view(batch.records) as view:
        if erasure:
            erasure.note_records(view)
        engine.execute(
            f"insert into {table} select {quote_literal(file.source_system)}, {quote_literal(file.file_id)},"
            f" line, {delivered} from {view} where {kept}"
        )
    if batch.unparsed.num_rows:
        with engine.arrow_view(batch.unparsed) as view:
            if erasure:
                erasure.note_unparsed(view)
            engine.execute(
                "insert into extract.unparsed_record"
                f" select {quote_literal(file.file_id)}, line, raw_record, rule, reason from {view} where {kept}"
            )


def _constant(text: str | None) -> str:
    return "null" if text is None else quote_literal(text)


def _enter_in_ledger(
    night: Night, layout: Layout, reading: FileReading, file: WaitingFile, kind: FileKind
) -> None:
    night.engine.execute(
        "update extract.file set loaded_at = ?, read_as = ?, physical_records = ?, blank_records = ?,"
        " unknown_columns = ?, missing_columns = ?, file_kind = ?, refused_because = null where file_id = ?",
        [
            datetime.now(UTC).replace(tzinfo=None),
            reading_of(layout),
            reading.physical_records,
            reading.blank_records,
            ", ".join(reading.columns.unknown()),
            ", ".join(reading.columns.missing(layout)),
            kind,
            file.file_id,
        ],
    )


def _refuse(night: Night, file: WaitingFile, why: str) -> None:
    """Note the refusal; the file waits on, since a corrected mapping may read it."""
    night.engine.execute("update extract.file set refused_because = ? where file_id = ?", [why, file.file_id])
