"""Values of files whose verdicts are not renewed: read as on the night of their last verdict.

A mapping that condemns what counts must not change it either: `1.500` does not become 1500 while its source is
blocked, nor in a record that stands in for one in quarantine.
"""

from __future__ import annotations

import json

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.contracts.layout import FileFormat, Layout
from cdp_pipeline.night import Night
from cdp_pipeline.validate.cleaned import RECORD, cleaned_from

KEPT_FILES = """(
    select w.file_id from validate.waiting_file as w join validate.judged_file as j using (file_id)
    where j.rules is distinct from w.rules
)"""
"""Files that were judged tonight and keep the verdicts by which they count."""


def note_readings(night: Night, layout: Layout) -> None:
    """Note in `validate.file_reading`, internal to this stage, how files with verdicts of tonight are read.

    One row per file: file_id, source_system, layout and reading, the JSON of the format and the columns' types.
    """
    execute = night.engine.execute
    execute(
        "create table if not exists validate.file_reading"
        " (file_id varchar, source_system varchar, layout varchar, reading varchar)"
    )
    judged = (
        "select file_id, source_system, layout from validate.waiting_file"
        f" where layout = '{layout.layout}' and file_id not in {KEPT_FILES}"
    )
    execute(f"delete from validate.file_reading where file_id in (select file_id from ({judged}))")
    for source in night.project.sources:
        reading = night.project.reading(source, layout.layout).model_dump_json(
            include={"format": True, "columns": {"__all__": {"type", "formats"}}}, exclude_defaults=True
        )
        execute(
            f"insert into validate.file_reading select *, ? from ({judged}) where source_system = ?",
            [reading, source],
        )


def cleaned_as_judged(night: Night, layout: Layout, records: str) -> str:
    """Select raw records as clean text, each as its file was read when it was last judged.

    Grain: one row per given record: source_system, file_id, line and the layout's columns.

    Args:
        records: SQL that selects rows of the layout's raw table.
    """
    readings = {source: night.project.reading(source, layout.layout) for source in night.project.sources}
    noted = night.engine.fetch_all(
        "select distinct source_system, reading from validate.file_reading where layout = ? order by all",
        [layout.layout],
    )
    readings |= {text: _as_noted(readings[source], text) for source, text in noted if source in readings}
    relation = (
        "(select r.*, coalesce(n.reading, r.source_system) as _reading"
        f" from ({records}) as r left join validate.file_reading as n on n.file_id = r.file_id)"
    )
    clean = cleaned_from(relation, layout, kept=(*RECORD, "_reading"), readings=readings, read_by="_reading")
    return f"select {', '.join([*RECORD, *layout.column_names])} from ({clean})"


def _as_noted(layout: Layout, noted: str) -> Layout:
    """Return the layout with the format and the types that were noted; a column that came later is empty anyway."""
    was = json.loads(noted)
    columns = {}
    for name, column in layout.columns.items():
        typed = was.get("columns", {}).get(name, {})
        as_it_was = {
            "type": ColumnType(typed.get("type", ColumnType.TEXT)),
            "formats": typed.get("formats", []),
        }
        columns[name] = column.model_copy(update=as_it_was)
    return layout.model_copy(
        update={"columns": columns, "format": FileFormat.model_validate(was.get("format", {}))}
    )
