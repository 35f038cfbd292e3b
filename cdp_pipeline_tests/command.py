"""The `cdp` command run in the process of a test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_pipeline import cli
from cdp_pipeline_tests.sample_project import KEY


@dataclass(frozen=True)
class Answer:
    """What the command printed, with its line breaks made spaces, and its exit status."""

    status: int
    output: str


def cdp(*arguments: str | Path, **environment: str) -> Answer:
    """Run the command in this process, on a screen that is wide enough for paths; no traceback is an answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        for name, value in {"CDP_PROJECT_KEY": KEY, "COLUMNS": "200", **environment}.items():
            patch.setenv(name, value)
        result = CliRunner().invoke(cli.app, [*map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return Answer(result.exit_code, " ".join((result.stdout + result.stderr).split()))
