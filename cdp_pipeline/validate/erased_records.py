"""What this stage keeps of delivered records, without those of erased people.

Call these before the rows of raw tables and of quarantine are deleted by file and line.
"""

from __future__ import annotations

from collections.abc import Mapping

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.delivered_identity import identities_in_text, identities_of, places_of
from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.validate.record_history import TABLE as RECORD_HISTORY


def forget_history(
    engine: Engine, layouts: Mapping[str, Layout], countries: Mapping[str, str], known: str
) -> int:
    """Delete from `validate.record_history` how the records of people looked; returns the rows deleted.

    The delivered file may be gone for long, so the versions themselves are searched.

    Args:
        known: query of the people's identities (`cdp_pipeline.delivered_identity`).
    """
    if not engine.table_exists(RECORD_HISTORY):
        return 0
    deleted = 0
    for layout in layouts.values():
        found = identities_of(layout, f"({_versions_of(layout)})", countries)
        if found:
            deleted += int(
                engine.fetch_value(
                    f"delete from {RECORD_HISTORY} where layout = $1 and rowid in"
                    f" (select line from ({places_of(found, known)}))",
                    [layout.layout],
                )
            )
    return deleted


def _versions_of(layout: Layout) -> str:
    """Return a query of a layout's versions as delivered records; their line is the row of the history."""
    columns = ", ".join(
        f"unnest(case when json_type(record) = 'ARRAY' then json_extract_string(record, '$[*].{name}')"
        f" else [json_extract_string(record, '$.{name}')] end) as {name}"
        for name in layout.columns
    )
    return (
        f"select source_system, 'history' as file_id, rowid as line, {columns} from {RECORD_HISTORY}"
        f" where layout = {quote_literal(layout.layout)}"
    )


def forget_quarantined(
    engine: Engine, layouts: Mapping[str, Layout], countries: Mapping[str, str], known: str
) -> int:
    """Delete records of people from `validate.quarantine`, also those of files that are gone; returns the rows."""
    if not engine.table_exists("validate.quarantine"):
        return 0
    deleted = 0
    for layout in layouts.values():
        records = (
            "(select source_system, file_id, line, raw_record from validate.quarantine"
            f" where layout = {quote_literal(layout.layout)})"
        )
        found = identities_in_text(layout, records, countries)
        if found:
            deleted += int(
                engine.fetch_value(
                    "delete from validate.quarantine where (file_id, line) in"
                    f" (select (file_id, line) from ({places_of(found, known)}))"
                )
            )
    return deleted


def lessen_judged_counts(engine: Engine, lines: str) -> None:
    """Take the people's records out of the counts that files keep of their judgement when their records are dropped.

    Args:
        lines: query of file_id and line.
    """
    if not engine.table_exists("validate.judged_file"):
        return
    raw_tables = engine.fetch_column(
        "select format('extract.\"{}\"', table_name) from duckdb_tables()"
        " where schema_name = 'extract' and (starts_with(table_name, 'raw_') or table_name = 'unparsed_record')"
        " and database_name = current_database() order by 1"
    )
    there = " union all ".join(f"select file_id, line from {table}" for table in raw_tables)
    engine.execute(
        f"""
        update validate.judged_file as j set
            loaded_records = j.loaded_records - gone.loaded,
            quarantined_records = j.quarantined_records - gone.quarantined
        from (
            select file_id, count(*) filter (q.line is null) as loaded, count(q.line) as quarantined
            from (select distinct file_id, line from ({there})) as delivered
            semi join ({lines}) as erased(file_id, line) using (file_id, line)
            left join (select file_id, line from validate.quarantine) as q using (file_id, line)
            group by file_id
        ) as gone
        where gone.file_id = j.file_id
        """
    )
