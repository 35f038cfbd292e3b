"""Which record is current: of all that count, each key's newest.

Newest is what does not depend on the order in which files came: the record's own version, then the date of the
export, then the file's name, and of several contents of one name the last.
"""

from __future__ import annotations

from cdp_pipeline.contracts.layout import Layout, LinesPerKey
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.night import Night
from cdp_pipeline.validate.cleaned import cleaned
from cdp_pipeline.validate.judgement import waiting_records
from cdp_pipeline.validate.superseding import drop_superseded, mark_superseded

AGE = """
    select file_id, exported_on, path, replaced_on
    from extract.delivery
    qualify
        row_number() over (
            partition by file_id order by exported_on desc, path desc, replaced_on desc nulls first
        ) = 1
"""
"""How new a content is: the newest of its deliveries says it."""


def accept_layout(night: Night, *, layout: Layout) -> None:
    """Rebuild `validate.<layout>`, the current version of every accepted record.

    Of sources that deliver snapshots only the newest one counts; what that lacks is gone.
    """
    mark_superseded(night, layout)
    night.engine.replace_table(
        f"validate.{layout.layout}", _current_records(night.project, layout, _counting_records(night, layout))
    )
    night.engine.execute(f"drop table if exists {waiting_records(layout)}")
    drop_superseded(night, layout)


def _counting_records(night: Night, layout: Layout) -> str:
    """Select the clean records of all files that count; those that were judged tonight are clean already."""
    counting = (
        "select file_id from validate.accepted_file semi join"
        " (select file_id from extract.file where superseded_on is null and dropped_on is null) using (file_id)"
    )
    judged = waiting_records(layout)
    if not night.engine.table_exists(judged):
        return cleaned(night.project, layout, counting)
    columns = ", ".join(["source_system", "file_id", "line", *layout.column_names])
    others = f"{counting} anti join (select file_id from validate.waiting_file) using (file_id)"
    return (
        f"select {columns} from {judged} semi join ({counting}) using (file_id)"
        f" union all {cleaned(night.project, layout, others)}"
    )


def _current_records(project: Project, layout: Layout, counting_records: str) -> str:
    """Select accepted records, of several deliveries of a key the newest.

    Records of sources that the project no longer lists are left out.
    A key with several lines (an order) is taken whole from the newest delivery that holds it.
    """
    key = ", ".join(f"c.{name}" for name in layout.key)
    version = ""
    if layout.version_column:  # as a time first: 10:30+02:00 is earlier than 09:00Z, its text is not
        text = f"c.{layout.version_column}"
        version = f"try_cast({text} as timestamptz) desc nulls last, {text} desc nulls last, "
    newest = f"{version}a.exported_on desc, a.path desc, a.replaced_on desc nulls first, c.file_id"
    if layout.lines_per_key is LinesPerKey.ONE:
        rank = f"row_number() over (partition by c.source_system, {key} order by {newest}, c.line desc)"
    else:
        rank = f"dense_rank() over (partition by c.source_system, {key} order by {newest})"
    columns = ", ".join(f"c.{name}" for name in layout.column_names)
    systems = ", ".join(quote_literal(source) for source in project.sources)
    return (
        f"with age as ({AGE}), counting as ({counting_records})"
        f" select c.source_system, c.file_id, c.line, a.exported_on as delivered_on, {columns}"
        " from counting as c join age as a on a.file_id = c.file_id"
        " anti join validate.quarantine as q on q.file_id = c.file_id and q.line = c.line"
        f" where c.source_system in ({systems})"
        f" qualify {rank} = 1 order by c.file_id, c.line"
    )
