"""The publish protocol: readers see the old night or the new one, never half of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.errors import NightError
from cdp_pipeline.publish.night_folder import (
    current_night,
    finish_building,
    point_current_to,
    published_nights,
    start_building,
    sweep,
)


def publish(published: Path, name: str) -> Path:
    folder = start_building(published, name)
    (folder / "content").write_text(name, encoding="utf-8")
    return finish_building(folder, name)


def test_a_finished_night_becomes_current(tmp_path: Path) -> None:
    publish(tmp_path, "2026-05-04-a")
    publish(tmp_path, "2026-05-05-b")
    assert (tmp_path / "current" / "content").read_text(encoding="utf-8") == "2026-05-05-b"
    assert [folder.name for folder in published_nights(tmp_path)] == ["2026-05-04-a", "2026-05-05-b"]


def test_an_unfinished_night_is_not_published_and_is_swept_away(tmp_path: Path) -> None:
    first = publish(tmp_path, "2026-05-04-a")
    start_building(tmp_path, "b")
    assert current_night(tmp_path) == first
    assert sweep(tmp_path, keep_nights=2) == [".building-b"]
    assert current_night(tmp_path) == first


def test_a_database_that_was_not_closed_is_never_published(tmp_path: Path) -> None:
    folder = start_building(tmp_path, "a")
    (folder / "identified.duckdb.wal").touch()
    with pytest.raises(NightError, match=r"identified\.duckdb\.wal is left"):
        finish_building(folder, "2026-05-04-a")
    assert current_night(tmp_path) is None


def test_the_janitor_keeps_the_newest_nights_and_the_current_one(tmp_path: Path) -> None:
    nights = [publish(tmp_path, f"2026-05-0{day}-a") for day in range(1, 6)]
    point_current_to(nights[0])
    assert sweep(tmp_path, keep_nights=2) == ["2026-05-02-a", "2026-05-03-a"]
    assert [folder.name for folder in published_nights(tmp_path)] == [
        "2026-05-01-a",
        "2026-05-04-a",
        "2026-05-05-a",
    ]


def test_published_folders_are_private(tmp_path: Path) -> None:
    folder = publish(tmp_path / "published", "2026-05-04-a")
    assert folder.stat().st_mode & 0o077 == 0
