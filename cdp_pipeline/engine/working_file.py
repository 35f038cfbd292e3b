"""The pipeline's private database, and the lock by which one process at a time has it: a night, or a reader."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine.engine import Engine, EngineOptions
from cdp_pipeline.errors import NightError
from cdp_pipeline.stages import Stage

Say = Callable[[str], None]

PRIVATE_UMASK = 0o077
PRIVATE_FOLDER = 0o700

SECONDS_BETWEEN_TRIES = 0.5

PATIENCE_SECONDS = 900
"""A night waits so long for a command that reads; one that was stopped with Ctrl-Z must not stop nights for ever."""

TRIES_TO_READ_THE_HOLDER = 10
"""Between taking the lock and saying who has it, a process needs a moment."""

_reserved: set[Path] = set()
"""Folders whose lock this process has taken for the night that it opens next."""


def say_nothing(_: str) -> None:
    """Tell nobody."""


@contextmanager
def open_working_file(project: Project) -> Iterator[Engine]:
    """Open `work.duckdb` as its only writer; schemas of all stages exist then.

    Raises:
        NightError: another process is writing.
    """
    with writer_lock(project.warehouse), Engine.open(project.working_file, _options(project)) as engine:
        engine.create_schemas(list(Stage))
        yield engine


@contextmanager
def read_working_file(project: Project, command: str, say: Say = say_nothing) -> Iterator[Engine]:
    """Open `work.duckdb`, which must be there, to read; while a night runs, wait for it to end.

    Args:
        command: who reads, in words for whom it keeps waiting.
        say: told once that there is something to wait for.
    """
    with (
        writer_lock(project.warehouse, command, say),
        Engine.open(project.working_file, _options(project), read_only=True) as engine,
    ):
        yield engine


def _options(project: Project) -> EngineOptions:
    settings = project.settings.engine
    return EngineOptions(settings.threads, settings.memory_limit, project.warehouse / "spill")


@contextmanager
def reserved_working_file(project: Project, say: Say = say_nothing) -> Iterator[None]:
    """Take the writer's lock now for the night that this process opens later, after slow imports.

    In a project without a warehouse no night runs, and none is made: the night may yet be refused.

    Raises:
        NightError: another night is running.
    """
    if not project.warehouse.is_dir():
        yield
        return
    with writer_lock(project.warehouse, say=say):
        _reserved.add(project.warehouse)
        try:
            yield
        finally:
            _reserved.discard(project.warehouse)


@contextmanager
def writer_lock(warehouse: Path, reader: str = "", say: Say = say_nothing) -> Iterator[None]:
    """Hold the writer's lock; the operating system frees it when the process dies.

    A reader waits for whoever has it. A night waits for a reader, but not for another night.

    Args:
        reader: the command that only reads; empty for a night.
        say: told once for whom it waits.

    Raises:
        NightError: names the process that holds it, and since when.
    """
    if warehouse in _reserved:
        _reserved.remove(warehouse)  # one goes by it at a time
        try:
            yield
        finally:
            _reserved.add(warehouse)
        return
    os.umask(PRIVATE_UMASK)
    warehouse.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    holder, lock = warehouse / "writer.json", FileLock(warehouse / "writer.lock", timeout=0)
    _acquire(lock, holder, reader, say)
    try:
        started = datetime.now(UTC).isoformat(timespec="seconds")
        facts = {"process": os.getpid(), "since": started, "reader": reader}
        holder.write_text(json.dumps(facts), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, holder: Path, reader: str, say: Say) -> None:
    """Take the lock, perhaps after waiting for it."""
    until, has_said, was_nobody = time.monotonic() + PATIENCE_SECONDS, False, False
    while True:
        try:
            lock.acquire()
        except Timeout:
            facts = _facts(holder)
        else:
            return
        if not facts and not was_nobody:  # whoever had it may have ended since
            was_nobody = True
            continue
        who = f"{holder.parent}: {_describe(facts, 'a' if reader else 'another')}"
        if not reader and (not facts.get("reader") or time.monotonic() > until):
            raise NightError(
                f"{who}. Wait for it to end; readers of the published night are not affected."
            ) from None
        if not has_said:
            say(f"{who}. Waiting for it to end; Ctrl-C ends the waiting.")
            has_said = True
        time.sleep(SECONDS_BETWEEN_TRIES)


def _facts(holder: Path) -> dict[str, str]:
    """Return what the process that has the lock says of itself."""
    for _ in range(TRIES_TO_READ_THE_HOLDER):
        try:
            return dict(json.loads(holder.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            time.sleep(0.02)
    return {}


def _describe(facts: dict[str, str], article: str) -> str:
    reader = facts.get("reader")
    what = f"{reader} reads the working file" if reader else f"{article} night is running"
    return f"{what} (process {facts['process']}, since {facts['since']})" if facts else what
