"""Delivered files that may take consents back and cannot be read: whom they name, nobody knows."""

from __future__ import annotations

from cdp_pipeline.night import Night


def unread_refusals(night: Night) -> list[str]:
    """Say of each refused or incomplete file of a layout that carries consent what is wrong with it.

    While there is one, no activation file may leave: a record in quarantine keeps those whom it names out of every
    audience, but nobody can tell whom such a file names. Each reason names the file and the remedy.
    """
    layouts = [name for name, layout in night.project.used_layouts.items() if layout.carries_consent]
    if not night.engine.table_exists("extract.file") or not night.engine.table_exists(
        "validate.unaccounted_file"
    ):
        return []
    return night.engine.fetch_column(UNREAD, [layouts, list(night.project.sources)])


UNREAD = """
select reason from (
    select path, file_id, layout, source_system, refused_because as reason from extract.file
    where refused_because is not null
    union all
    select f.path, f.file_id, f.layout, f.source_system, u.reason
    from validate.unaccounted_file as u join extract.file as f using (file_id)
    where f.file_id not in (select file_id from validate.accepted_file)
)
where list_contains($1, layout) and list_contains($2, source_system)
order by path, file_id, reason
"""
