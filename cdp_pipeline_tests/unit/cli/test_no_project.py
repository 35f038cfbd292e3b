"""Commands that look at a project refuse a folder that is none, and leave nothing there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline_tests.command import cdp

COMMANDS = {
    "status": ["status"],
    "explain": ["explain", "c_1"],
    "review": ["link", "review", "--list"],
    "values": ["link", "values"],
    "decisions": ["link", "decisions"],
    "decide": ["link", "decide", "a/b/c", "a/b/d", "--same", "--reason", "checked"],
    "compare": ["link", "compare"],
    "train": ["link", "train"],
    "evaluate": ["link", "evaluate"],
    "quarantine": ["source", "quarantine", "list"],
    "nights": ["admin", "nights"],
    "audit": ["admin", "audit"],
    "rollback": ["admin", "rollback"],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_folder_that_is_no_project_is_refused_and_left_as_it_is(words: list[str], tmp_path: Path) -> None:
    answer = cdp(*words, "--project", tmp_path)
    assert answer.status == 1
    assert f"{tmp_path} is no project: it has no config, and no night was run there." in answer.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sign", ["config", "data/landing", "data/published", "data/warehouse"])
def test_a_project_before_its_first_night_is_one(sign: str, tmp_path: Path) -> None:
    (tmp_path / sign).mkdir(parents=True)
    answer = cdp("link", "values", "--project", tmp_path)
    assert "no night is published yet. Run one first: cdp run" in answer.output
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
