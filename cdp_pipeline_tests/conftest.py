"""Fixtures for all tests: the project's key, two published nights of the sample, and a night of `cdp run`."""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.hints import note_project
from cdp_pipeline_tests.command import Answer, cdp
from cdp_pipeline_tests.sample_project import KEY, SAMPLES, open_project, run_night

if TYPE_CHECKING:
    from cdp_pipeline.screen import NightProgress


def pytest_configure() -> None:
    """Make the consoles now and without COLUMNS, or they keep the width that some test sets for itself."""
    os.environ.pop("COLUMNS", None)
    importlib.import_module("cdp_pipeline.screen")


SHORT_FILES = {"extract", "docs", "contracts", "control"}
"""Rooms whose files take seconds. They come last, so that all workers end at about the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not SHORT_FILES.isdisjoint(item.path.parent.parts))


@pytest.fixture(autouse=True)
def no_project_is_named() -> None:
    """Forget the project that a command of an earlier test named: hints would repeat it."""
    note_project("")


@pytest.fixture(autouse=True)
def project_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_PROJECT_KEY", KEY)
    monkeypatch.delenv("CDP_PROJECT", raising=False)
    monkeypatch.delenv("CDP_CONTROL_DATABASE", raising=False)


@dataclass(frozen=True)
class PublishedNights:
    """Both nights of the sample, published one after the other in one project: to be read, or copied.

    Attributes:
        after_first: the folder of the project as it was between the two.
    """

    root: Path

    @property
    def project(self) -> Project:
        return open_project(self.root, 2)

    @property
    def first(self) -> Path:
        return self.root / "data" / "published" / "2026-05-04-first"

    @property
    def second(self) -> Path:
        return self.root / "data" / "published" / "2026-05-05-second"

    @property
    def after_first(self) -> Path:
        return self.root.with_name("after_first")


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> PublishedNights:
    """Built once, by whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    published = PublishedNights(shared / "nights" / "sample")
    published.root.mkdir(parents=True, exist_ok=True)
    with FileLock(shared / "nights.lock"):
        if not published.second.exists():
            run_night(open_project(published.root, 1), 1, run_id="first")
            shutil.copytree(published.root, published.after_first, symlinks=True, dirs_exist_ok=True)
            run_night(published.project, 2, run_id="second")
    return published


@dataclass(frozen=True)
class CommandedNight:
    """A project after `cdp run` on the first night of the sample: to be read, or copied.

    Attributes:
        progress: stage and subject of each step that the run told, in order.
    """

    root: Path
    answer: Answer
    progress: list[tuple[str, str]]


@pytest.fixture(scope="session")
def commanded_night(tmp_path_factory: pytest.TempPathFactory) -> CommandedNight:
    """Built once, by whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    root, told = shared / "commanded_night", shared / "commanded_night.json"
    with FileLock(shared / "commanded_night.lock"):
        if not told.exists():
            night = _run_first_night(root)
            told.write_text(json.dumps([asdict(night.answer), night.progress]), encoding="utf-8")
    answer, progress = json.loads(told.read_text(encoding="utf-8"))
    return CommandedNight(root, Answer(**answer), [(stage, subject) for stage, subject in progress])


def _run_first_night(root: Path) -> CommandedNight:
    shutil.copytree(SAMPLES / "night_1", root / "data" / "landing")
    progress: list[tuple[str, str]] = []
    from cdp_pipeline.screen import NightProgress  # not before pytest_configure made its consoles

    report = NightProgress.report

    def report_and_note(screen: NightProgress, stage: str, subject: str) -> None:
        report(screen, stage, subject)
        progress.append((stage, subject))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NightProgress, "report", report_and_note)
        answer = cdp("run", "--project", root, "--business-date", "2026-05-04")
    return CommandedNight(root, answer, progress)


@dataclass(frozen=True)
class TokenNight:
    """The token world's project after `cdp run` on its first night: to be read, or copied.

    Attributes:
        log: everything that any library logged meanwhile, down to debugging.
    """

    root: Path
    answer: Answer
    log: str


@pytest.fixture(scope="session")
def token_night(tmp_path_factory: pytest.TempPathFactory) -> TokenNight:
    """Built once, by whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    root, told = shared / "token_night", shared / "token_night.json"
    with FileLock(shared / "token_night.lock"):
        if not told.exists():
            from cdp_pipeline_tests import token_world  # its libraries take seconds, and few tests need it

            token_world.write_project(root)
            token_world.deliver(root)
            night = run_listened_to(root, "--business-date", token_world.NIGHTS[1].isoformat())
            told.write_text(json.dumps([asdict(night.answer), night.log]), encoding="utf-8")
    answer, log = json.loads(told.read_text(encoding="utf-8"))
    return TokenNight(root, Answer(**answer), log)


def run_listened_to(root: Path, *options: str) -> TokenNight:
    """Run a night of the project and keep all that is logged."""
    heard = io.StringIO()
    listener = logging.StreamHandler(heard)
    logger, level = logging.getLogger(), logging.getLogger().level
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        answer = cdp("run", "--project", root, *options)
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
    return TokenNight(root, answer, heard.getvalue())
