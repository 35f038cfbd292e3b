"""What the UI shows is made once per version of what it is made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.orchestration.ui_cache import FOLDER, UiCache


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", "")
    return tmp_path / ".dagster_home" / FOLDER


@pytest.fixture
def cache(tmp_path: Path, home: Path) -> UiCache:
    return UiCache(load_project(tmp_path))


def never() -> None:
    raise AssertionError("it was made again")


def test_a_value_is_made_once_and_again_when_its_fingerprint_changes(cache: UiCache) -> None:
    assert cache.get("chart", "v1", lambda: {"a": [1]}) == {"a": [1]}
    assert cache.get("chart", "v1", never) == {"a": [1]}
    assert cache.get("chart", "v2", lambda: {"a": [2]}) == {"a": [2]}
    assert cache.get("chart", "v2", never) == {"a": [2]}


def test_a_damaged_file_is_made_anew(cache: UiCache, home: Path) -> None:
    cache.get("chart", "v1", lambda: 1)
    (home / "chart.json").write_text('{"fingerprint": "v1"', encoding="utf-8")
    assert cache.get("chart", "v1", lambda: 2) == 2
    assert cache.get("chart", "v1", never) == 2


def test_what_cannot_be_made_is_left_out_and_logged(cache: UiCache, caplog: pytest.LogCaptureFixture) -> None:
    assert cache.get("chart", "v1", never) is None
    assert "chart is not shown in the UI: it was made again" in caplog.text
    assert cache.get("chart", "v1", lambda: 3) == 3


def test_a_home_that_cannot_be_written_to_keeps_nothing(cache: UiCache, home: Path) -> None:
    home.parent.mkdir()
    home.write_text("a file in the way", encoding="utf-8")
    assert cache.get("chart", "v1", lambda: 4) == 4


def test_what_is_kept_is_private(cache: UiCache, home: Path) -> None:
    cache.get("chart", "v1", lambda: 5)
    assert home.stat().st_mode & 0o077 == 0
