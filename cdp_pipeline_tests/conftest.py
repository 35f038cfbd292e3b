"""Fixtures for all tests: the project's key, and two published nights of the sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project
from cdp_pipeline_tests.sample_project import KEY, open_project, run_night


@pytest.fixture(autouse=True)
def project_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_PROJECT_KEY", KEY)
    monkeypatch.delenv("CDP_PROJECT", raising=False)
    monkeypatch.delenv("CDP_CONTROL_DATABASE", raising=False)


@dataclass(frozen=True)
class PublishedNights:
    """Both nights of the sample, published one after the other in one project."""

    project: Project
    first: Path
    second: Path


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> PublishedNights:
    root = tmp_path_factory.mktemp("sample")
    first = run_night(open_project(root, 1), 1, run_id="first")
    project = open_project(root, 2)
    return PublishedNights(project, first, run_night(project, 2, run_id="second"))
