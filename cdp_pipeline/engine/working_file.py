"""The pipeline's private database and the lock that lets one night at a time write it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine.engine import Engine, EngineOptions
from cdp_pipeline.errors import NightError
from cdp_pipeline.stages import Stage

PRIVATE_UMASK = 0o077
PRIVATE_FOLDER = 0o700


@contextmanager
def open_working_file(project: Project) -> Iterator[Engine]:
    """Open `work.duckdb` as its only writer; schemas of all stages exist then.

    Raises:
        NightError: another process is writing.
    """
    os.umask(PRIVATE_UMASK)
    project.warehouse.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    with writer_lock(project.warehouse):
        settings = project.settings.engine
        options = EngineOptions(settings.threads, settings.memory_limit, project.warehouse / "spill")
        with Engine.open(project.working_file, options) as engine:
            engine.create_schemas(list(Stage))
            yield engine


@contextmanager
def writer_lock(warehouse: Path) -> Iterator[None]:
    """Hold the writer's lock; the operating system frees it when the process dies.

    Raises:
        NightError: names the process that holds it, and since when.
    """
    holder = warehouse / "writer.json"
    lock = FileLock(warehouse / "writer.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise NightError(
            f"{warehouse}: another night is running{_describe(holder)}. Wait for it to end; readers of the "
            "published night are not affected."
        ) from None
    try:
        started = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(json.dumps({"process": os.getpid(), "since": started}), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _describe(holder: Path) -> str:
    try:
        facts = json.loads(holder.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return f" (process {facts['process']}, since {facts['since']})"
