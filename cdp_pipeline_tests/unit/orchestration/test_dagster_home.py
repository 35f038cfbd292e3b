"""Dagster's home lies inside the project, private, with telemetry off."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.orchestration.home import prepare_dagster_home


@pytest.fixture(autouse=True)
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")


def test_the_home_is_made_inside_the_project(tmp_path: Path) -> None:
    home = prepare_dagster_home(load_project(tmp_path))
    assert home == tmp_path / ".dagster_home"
    assert home.stat().st_mode & 0o077 == 0


def test_telemetry_is_off(tmp_path: Path) -> None:
    home = prepare_dagster_home(load_project(tmp_path))
    settings = yaml.safe_load((home / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["telemetry"] == {"enabled": False}
    with DagsterInstance.from_config(str(home)) as instance:
        assert instance.telemetry_enabled is False


def test_runs_whose_process_died_are_reaped(tmp_path: Path) -> None:
    home = prepare_dagster_home(load_project(tmp_path))
    with DagsterInstance.from_config(str(home)) as instance:
        assert instance.run_monitoring_enabled


def test_a_home_that_the_environment_names_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "shared"))
    (tmp_path / "project").mkdir()
    assert prepare_dagster_home(load_project(tmp_path / "project")) == tmp_path / "shared"
    assert not (tmp_path / "project" / ".dagster_home").exists()


def test_settings_that_people_changed_stay(tmp_path: Path) -> None:
    home = prepare_dagster_home(load_project(tmp_path))
    own = "telemetry: {enabled: false}\nrun_queue: {max_concurrent_runs: 1}\n"
    (home / "dagster.yaml").write_text(own, encoding="utf-8")
    prepare_dagster_home(load_project(tmp_path))
    assert (home / "dagster.yaml").read_text(encoding="utf-8") == own
