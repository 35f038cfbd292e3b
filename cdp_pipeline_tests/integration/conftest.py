"""Fixtures of the integration tests: a night of `cdp run`, and real servers, each started once per session."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from cdp_pipeline.screen import NightProgress
from cdp_pipeline_tests.command import Answer, cdp
from cdp_pipeline_tests.sample_project import SAMPLES
from cdp_pipeline_tests.servers import mariadb, postgresql, s3_server, sftp_server

__all__ = ["mariadb", "postgresql", "s3_server", "sftp_server"]


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
    report = NightProgress.report

    def report_and_note(screen: NightProgress, stage: str, subject: str) -> None:
        report(screen, stage, subject)
        progress.append((stage, subject))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NightProgress, "report", report_and_note)
        answer = cdp("run", "--project", root, "--business-date", "2026-05-04")
    return CommandedNight(root, answer, progress)
