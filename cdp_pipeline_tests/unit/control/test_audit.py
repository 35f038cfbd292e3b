"""The audit trail: in SQLite beside the project, or wherever the environment says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from cdp_pipeline.cli import app
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.audit import list_events, record_event


def folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def test_events_are_kept_newest_first_in_sqlite_beside_the_project(tmp_path: Path) -> None:
    project = load_project(tmp_path)
    record_event(project, "published", "2026-05-04-one")
    record_event(project, "published", "2026-05-05-two")
    assert [(event.action, event.subject) for event in list_events(project)] == [
        ("published", "2026-05-05-two"),
        ("published", "2026-05-04-one"),
    ]
    assert [event.subject for event in list_events(project, limit=1)] == ["2026-05-05-two"]
    assert (tmp_path / "data" / "control.sqlite").is_file()


def test_an_event_bears_the_time_in_utc(tmp_path: Path) -> None:
    project = load_project(tmp_path)
    record_event(project, "published", "one")
    [event] = list_events(project)
    age = datetime.now(UTC) - event.occurred_at.replace(tzinfo=UTC)
    assert timedelta(0) <= age < timedelta(minutes=5)


def test_the_command_line_lists_events(tmp_path: Path) -> None:
    record_event(load_project(tmp_path), "published", "2026-05-04-abc")
    answer = CliRunner().invoke(app, ["admin", "audit", "--project", str(tmp_path)])
    assert answer.exit_code == 0
    assert "published  2026-05-04-abc" in answer.output


def test_a_project_without_events_has_none(tmp_path: Path) -> None:
    assert list_events(load_project(tmp_path)) == []


def test_the_environment_names_another_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    monkeypatch.setenv("CDP_CONTROL_DATABASE", url)
    project = load_project(folder(tmp_path / "project"))
    record_event(project, "rolled back", "two → one")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("select action, subject from audit_event")).all()
    engine.dispose()
    assert rows == [("rolled back", "two → one")]
    assert not (tmp_path / "project" / "data").exists(), "the default place stays untouched"


def test_projects_that_share_a_database_append_to_one_trail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDP_CONTROL_DATABASE", f"sqlite:///{tmp_path / 'shared.sqlite'}")
    record_event(load_project(folder(tmp_path / "a")), "published", "a")
    record_event(load_project(folder(tmp_path / "b")), "published", "b")
    assert [event.subject for event in list_events(load_project(folder(tmp_path / "a")))] == ["b", "a"]
