"""Loading the new files of one layout into its raw table."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.extract.csv_reader import ParsedFile, parse_csv
from cdp_pipeline.extract.deliveries import read_delivery
from cdp_pipeline.night import Night


def load_layout(night: Night, *, layout: Layout) -> None:
    """Append every registered file of the layout that is not loaded yet to `extract.raw_<layout>`.

    The table has one row per record: source_system, file_id, line, then the layout's columns as
    delivered text. Loading and its entry in the ledger commit together.

    Raises:
        LandingFileError: a file does not fit its layout; nothing of this layout is loaded then.
        ConservationError: records of a file are unaccounted for.
    """
    create_unparsed_record(night)
    table = f"extract.raw_{layout.layout}"
    columns = ", ".join(f"{name} varchar" for name in layout.column_names)
    night.engine.execute(
        f"create table if not exists {table} (source_system varchar, file_id varchar, line bigint, {columns})"
    )
    for name in layout.column_names:  # columns that the layout gained since the table was made
        night.engine.execute(f"alter table {table} add column if not exists {name} varchar")
    waiting = night.engine.fetch_all(
        "select file_id, source_system, path, name_facts from extract.file"
        " where layout = ? and loaded_at is null order by path, file_id",
        [layout.layout],
    )
    for file_id, source_system, path, name_facts in waiting:
        night.report_progress("extract", path)
        content = read_delivery(night.project.landing, path)
        parsed = parse_csv(content, layout, path)
        _insert(night, layout, parsed, (source_system, file_id), json.loads(name_facts))
        _enter_in_ledger(night, file_id, parsed)


def create_unparsed_record(night: Night) -> None:
    """Create `extract.unparsed_record` in a new working file; loading fills it."""
    night.engine.execute(
        "create table if not exists extract.unparsed_record"
        " (file_id varchar, line bigint, raw_record varchar, reason varchar)"
    )


def _insert(
    night: Night, layout: Layout, parsed: ParsedFile, origin: tuple[str, str], facts: dict[str, str]
) -> None:
    source_system, file_id = (quote_literal(text) for text in origin)
    delivered = ", ".join([*layout.columns, *(quote_literal(facts[name]) for name in layout.fact_names)])
    with night.engine.arrow_view(parsed.records) as view:
        night.engine.execute(
            f"insert into extract.raw_{layout.layout}"
            f" select {source_system}, {file_id}, line, {delivered} from {view}"
        )
    with night.engine.arrow_view(parsed.unparsed) as view:
        night.engine.execute(
            f"insert into extract.unparsed_record select {file_id}, line, raw_record, reason from {view}"
        )


def _enter_in_ledger(night: Night, file_id: str, parsed: ParsedFile) -> None:
    night.engine.execute(
        "update extract.file set loaded_at = ?, physical_records = ?, blank_records = ?,"
        " unknown_columns = ?, missing_columns = ? where file_id = ?",
        [
            datetime.now(UTC).replace(tzinfo=None),
            parsed.physical_records,
            parsed.blank_records,
            ", ".join(parsed.unknown_columns),
            ", ".join(parsed.missing_columns),
            file_id,
        ],
    )
