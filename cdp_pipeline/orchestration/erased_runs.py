"""Dagster's storage without the runs whose log names somebody who is erased.

No run should: events hold ids and counts, never data. Should one do all the same, the whole run goes, by Dagster's own
means, and its files are written anew.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import quote_identifier
from cdp_pipeline.orchestration.event_log import open_instance
from cdp_pipeline.orchestration.home import dagster_home

RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def forget_runs(project: Project, values: Collection[str]) -> list[str]:
    """Delete the runs that name one of the values, and return their ids, in order.

    Only the storage below Dagster's home is looked through; one that its settings name is its administrator's.
    """
    home = dagster_home(project)
    if not home.is_dir() or not values:
        return []
    runs = sorted({run for path in home.rglob("*") if path.is_file() for run in _runs_in(path, values)})
    if not runs:
        return []
    with open_instance(home) as instance:
        for run in runs:
            if instance.has_run(run):
                instance.delete_run(run)
    for run in runs:
        for path in [*home.rglob(run), *home.rglob(f"{run}.db*")]:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in home.rglob("*.db"):
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("pragma wal_checkpoint(truncate)")
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")
    return runs


def _runs_in(path: Path, values: Collection[str]) -> Iterator[str]:
    """Yield the runs that a file tells of together with one of the values."""
    if path.suffix == ".db":
        yield from _runs_in_database(path, values)
        return
    text = path.read_bytes().lower()
    if any(value.lower().encode() in text for value in values):
        yield from RUN_ID.findall(path.as_posix())


def _runs_in_database(path: Path, values: Collection[str]) -> Iterator[str]:
    spelled = [value.lower() for value in values]
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            cursor = connection.execute(f"select * from {quote_identifier(table)}")
            names = [column[0] for column in cursor.description]
            if "run_id" not in names:
                continue
            at = names.index("run_id")
            for row in cursor:
                text = " ".join(map(str, row)).lower()
                if row[at] and any(value in text for value in spelled):
                    yield str(row[at])
