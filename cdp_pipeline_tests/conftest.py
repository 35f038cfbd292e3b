"""Fixtures for all tests: the project's key, and two published nights of the sample."""

from __future__ import annotations

import importlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from cdp_pipeline.contracts.project import Project
from cdp_pipeline_tests.sample_project import KEY, open_project, run_night


def pytest_configure() -> None:
    """Make the consoles now and without COLUMNS, or they keep the width that some test sets for itself."""
    os.environ.pop("COLUMNS", None)
    importlib.import_module("cdp_pipeline.screen")


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
