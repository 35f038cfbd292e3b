"""`python -m cdp_pipeline` is the command, where its script is not on the path."""

from __future__ import annotations

import runpy

import pytest


def test_the_package_runs_as_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cdp_pipeline", "admin", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("cdp_pipeline", run_name="__main__")
    assert ended.value.code == 0
    assert "nights" in capsys.readouterr().out
