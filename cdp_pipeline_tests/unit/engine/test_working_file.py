"""One process at a time has the working file: a second night is refused at once, readers wait and are waited for."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import EngineError, Say, open_working_file, read_working_file
from cdp_pipeline.engine import working_file as locking
from cdp_pipeline.engine.working_file import reserved_working_file, writer_lock
from cdp_pipeline.errors import NightError

BUSY = rf"another night is running \(process {os.getpid()}, since 20"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    with open_working_file(load_project(tmp_path)) as engine:
        engine.execute("create table link.cluster as select 1 as cluster_id")
    return load_project(tmp_path)


def test_a_reservation_keeps_other_nights_away_and_lets_the_own_night_in_once_at_a_time(
    project: Project,
) -> None:
    with reserved_working_file(project):
        with (
            open_working_file(project),
            pytest.raises(NightError, match=BUSY),
            writer_lock(project.warehouse),
        ):
            pass
        with open_working_file(project):
            pass
    with writer_lock(project.warehouse):
        pass


def test_a_reservation_is_refused_while_a_night_runs(project: Project) -> None:
    with (
        open_working_file(project),
        pytest.raises(NightError, match=BUSY),
        reserved_working_file(project),
    ):
        pass


def test_a_reservation_begins_no_project(tmp_path: Path) -> None:
    with reserved_working_file(load_project(tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


@contextmanager
def held_until_somebody_waits(warehouse: Path, said: list[str], reader: str = "") -> Iterator[Say]:
    """Hold the lock in a thread until it is told that somebody waits; what was told is kept in `said`."""
    is_held, is_awaited = threading.Event(), threading.Event()

    def hold() -> None:
        with writer_lock(warehouse, reader):
            is_held.set()
            is_awaited.wait(30)

    def say(line: str) -> None:
        said.append(line)
        is_awaited.set()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        is_held.wait(30)
        yield say
    finally:
        is_awaited.set()
        thread.join()


def test_a_reader_waits_for_the_night_and_cannot_write(project: Project) -> None:
    said: list[str] = []
    with (
        held_until_somebody_waits(project.warehouse, said) as say,
        read_working_file(project, "cdp link train", say) as engine,
    ):
        assert engine.fetch_column("select cluster_id from link.cluster") == [1]
        with pytest.raises(EngineError):
            engine.execute("drop table link.cluster")
    [line] = said
    assert line.startswith(f"{project.warehouse}: a night is running (process {os.getpid()}")
    assert line.endswith("Waiting for it to end; Ctrl-C ends the waiting.")


def test_a_night_waits_for_a_reader_by_name(project: Project) -> None:
    said: list[str] = []
    with (
        held_until_somebody_waits(project.warehouse, said, "cdp link train") as say,
        writer_lock(project.warehouse, say=say),
    ):
        pass
    assert [line.partition(" (")[0] for line in said] == [
        f"{project.warehouse}: cdp link train reads the working file"
    ]


def test_a_night_begins_when_a_reader_ends_between_its_try_and_its_question(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, ask = FileLock(project.warehouse / "writer.lock"), locking._facts

    def end_and_ask(holder: Path) -> dict[str, str]:
        reader.release()
        return ask(holder)

    monkeypatch.setattr(locking, "_facts", end_and_ask)
    reader.acquire()
    with writer_lock(project.warehouse):
        assert not reader.is_locked


def test_a_night_does_not_wait_for_ever(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "PATIENCE_SECONDS", 0)
    with (
        read_working_file(project, "cdp link train"),
        pytest.raises(NightError, match="cdp link train reads the working file"),
        writer_lock(project.warehouse),
    ):
        pass


def test_what_a_killed_process_left_of_itself_keeps_nobody_out(project: Project) -> None:
    left = {"process": 1, "since": "2026-05-04T03:00:00+00:00", "reader": ""}
    (project.warehouse / "writer.json").write_text(json.dumps(left), encoding="utf-8")
    with writer_lock(project.warehouse):
        pass
