"""The last night as the working file holds it, for commands that read more than is published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine, Say, read_working_file
from cdp_pipeline.errors import NightError


@contextmanager
def open_last_night(project: Project, needed_table: str, command: str, say: Say) -> Iterator[Engine]:
    """Open the working file to read; while a night runs, wait for it to end.

    Args:
        needed_table: without which the command has nothing to read.
        command: who reads; a night that begins meanwhile waits for it by this name.
        say: told once that there is something to wait for.

    Raises:
        NightError: no night has got so far yet.
    """
    if not project.working_file.exists():
        raise NightError(f"{project.root}: no night has run yet. Run one first: cdp run.")
    with read_working_file(project, command, say) as engine:
        if not engine.table_exists(needed_table):
            raise NightError(f"{project.working_file}: no night has linked yet. Run one first: cdp run.")
        yield engine
