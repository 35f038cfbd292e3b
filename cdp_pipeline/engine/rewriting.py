"""Writing a database file anew, so that no byte of what was deleted remains.

DELETE, CHECKPOINT and VACUUM leave the deleted rows in free blocks of the file; a copy of what is left has none.
"""

from __future__ import annotations

import os
from pathlib import Path

from cdp_pipeline.engine.engine import Engine, EngineOptions, quote_literal
from cdp_pipeline.errors import CdpError

ANEW_SUFFIX = ".anew"


def rewrite_database(path: Path, options: EngineOptions | None = None) -> None:
    """Replace a closed database file by a copy of its tables, views and comments, in one step.

    A process killed anywhere leaves the old file or the new one. The copy is readable by whatever could read the file.

    Raises:
        CdpError: another process holds the file, it was not closed, or the copy differs.
    """
    if path.with_name(f"{path.name}.wal").exists():
        raise CdpError(
            f"{path}: {path.name}.wal is left, so the database was not closed. Open and close it first."
        )
    anew = path.with_name(f"{path.name}{ANEW_SUFFIX}")
    remove_rewriting_leftovers(path)
    with Engine.open(options=options) as engine:
        engine.execute(f"attach {quote_literal(str(path))} as before (read_only)")
        version = engine.fetch_value(
            "select tags['storage_version'] from duckdb_databases() where database_name = 'before'"
        ).removesuffix("+")
        engine.execute(f"attach {quote_literal(str(anew))} as after (storage_version '{version}')")
        engine.execute("copy from database before to after")
        differing = engine.fetch_column(DIFFERING) or _tables_of_other_length(engine)
        engine.execute("detach after")
        engine.execute("detach before")
    if differing:
        remove_rewriting_leftovers(path)
        raise CdpError(f"{path}: {differing[0]} differs in the copy. The file is as it was; run again.")
    anew.chmod(path.stat().st_mode & 0o777)
    _sync(anew)
    anew.replace(path)
    _sync(path.parent)


def remove_rewriting_leftovers(path: Path) -> None:
    """Remove what a killed rewriting left beside the file."""
    for name in (f"{path.name}{ANEW_SUFFIX}", f"{path.name}{ANEW_SUFFIX}.wal"):
        path.with_name(name).unlink(missing_ok=True)


COLUMNS = """
    select schema_name || '.' || table_name as name, column_name, column_index, data_type, is_nullable, comment
    from duckdb_columns() where database_name = '{database}' and not internal
    union all
    select schema_name || '.' || view_name, sql, 0, 'view', true, comment
    from duckdb_views() where database_name = '{database}' and not internal
    union all
    select schema_name || '.' || table_name, 'table', 0, 'table', true, comment
    from duckdb_tables() where database_name = '{database}' and not internal
"""

DIFFERING = f"""
with before as ({COLUMNS.format(database="before")}), after as ({COLUMNS.format(database="after")})
select distinct name from ((from before except all from after) union all (from after except all from before))
order by name
"""


def _tables_of_other_length(engine: Engine) -> list[str]:
    tables = engine.fetch_column(
        'select format(\'"{}"."{}"\', schema_name, table_name) from duckdb_tables()'
        " where database_name = 'before' order by 1"
    )
    return [
        table for table in tables if engine.row_count(f"before.{table}") != engine.row_count(f"after.{table}")
    ]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
