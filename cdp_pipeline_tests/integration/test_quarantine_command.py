"""`cdp source quarantine` and `cdp source release` over a published night."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_pipeline.cli import app as command
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.audit import list_events
from cdp_pipeline.control.releases import Released, decide_release, releases_in_force
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.fingerprint import published_unchanged
from cdp_pipeline.nightly.models import read_releases
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.conftest import PublishedNights

pytestmark = pytest.mark.slow


@pytest.fixture
def project(nights: PublishedNights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of its own decisions that shows the sample's second night as published."""
    monkeypatch.setenv("COLUMNS", "250")
    published = tmp_path / "data" / "published"
    published.mkdir(parents=True)
    (published / nights.second.name).symlink_to(nights.second)
    point_current_to(published / nights.second.name)
    return load_project(tmp_path)


@dataclasses.dataclass(frozen=True)
class Record:
    """A record in quarantine."""

    file_id: str
    path: str
    line: int
    rule: str
    raw_record: str


def record_where(project: Project, condition: str) -> Record:
    with Engine.open(project.published / "current" / "identified.duckdb", read_only=True) as engine:
        [row, *_] = engine.fetch_all(
            "select file_id, path, line, rule, raw_record from validate.quarantine"
            f" where {condition} order by path, line"
        )
    return Record(*row)


def source(project: Project, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, ["source", *words, "--project", str(project.root)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, " ".join(result.output.split())


def test_the_list_counts_and_names_records_without_their_values(project: Project) -> None:
    ragged = record_where(project, "rule = 'field_count'")
    exit_code, output = source(project, "quarantine", "list")
    assert exit_code == 0
    assert f"{ragged.path} {ragged.line} 2026-05-04 field_count" in output
    assert ragged.raw_record not in output
    assert max(ragged.raw_record.split(","), key=len) not in output


def test_the_list_is_narrowed_down(project: Project) -> None:
    ragged = record_where(project, "rule = 'field_count'")
    assert ragged.path in source(project, "quarantine", "list", "--rule", "field_count")[1]
    nothing = "Nothing is in quarantine, as far as you asked."
    assert source(project, "quarantine", "list", "--source", "ads")[1] == nothing
    assert source(project, "quarantine", "list", "--business-date", "2026-05-05")[1] == nothing
    assert ragged.path in source(project, "quarantine", "list", "--business-date", "2026-05-04")[1]


def test_a_look_at_a_record_shows_it_and_goes_on_record_without_it(project: Project) -> None:
    ragged = record_where(project, "rule = 'field_count'")
    exit_code, output = source(project, "quarantine", "show", ragged.path, str(ragged.line))
    assert exit_code == 0
    assert " ".join(ragged.raw_record.split()) in output
    [event] = list_events(project)
    assert (event.action, event.subject) == ("quarantine shown", f"{ragged.file_id} line {ragged.line}")


def test_a_released_record_is_in_force_and_can_be_taken_back(project: Project) -> None:
    failing = record_where(
        project, "rule like '%match_regex%' or rule like '%between%' or rule like '%in_set%'"
    )
    exit_code, output = source(
        project, "quarantine", "release", failing.path, str(failing.line), "--reason", "checked"
    )
    assert (exit_code, output[:33]) == (0, "Decision 1: 1 record let in. It t")
    assert releases_in_force(project).to_pylist() == [
        {"decision_id": 1, "file_id": failing.file_id, "line": failing.line, "rule": failing.rule}
    ]
    assert "checked stands" in source(project, "quarantine", "decisions")[1]
    assert source(project, "quarantine", "undo", "1")[0] == 0
    assert releases_in_force(project).num_rows == 0


def test_all_that_a_rule_keeps_out_is_released_at_once(project: Project) -> None:
    failing = record_where(
        project, "rule like '%match_regex%' or rule like '%between%' or rule like '%in_set%'"
    )
    with Engine.open(project.published / "current" / "identified.duckdb", read_only=True) as engine:
        system, records = engine.fetch_all(
            "select any_value(source_system), count(*) from validate.quarantine where rule = ?",
            [failing.rule],
        )[0]
    words = ("--rule", failing.rule, "--source", system, "--reason", "the rule is too strict")
    assert source(project, "quarantine", "release", *words)[0] == 0
    assert releases_in_force(project).num_rows == records


def test_what_could_not_be_read_is_never_released(project: Project) -> None:
    ragged = record_where(project, "rule = 'field_count'")
    exit_code, output = source(
        project, "quarantine", "release", ragged.path, str(ragged.line), "--reason", "checked"
    )
    assert exit_code == 1
    assert "could not be read, so there is nothing to let in" in output
    assert releases_in_force(project).num_rows == 0


def test_mistakes_are_answered_with_the_way_on(project: Project) -> None:
    ragged = record_where(project, "rule = 'field_count'")
    assert "not in quarantine" in source(project, "quarantine", "show", ragged.path, "1")[1]
    assert (
        "keeps no record of shop out"
        in source(project, "quarantine", "release", "--rule", "nope", "--source", "shop", "--reason", "x")[1]
    )
    assert (
        "either FILE and LINE, or --rule and --source"
        in source(project, "quarantine", "release", ragged.path, "--reason", "x")[1]
    )
    assert "no file of shop is held back" in source(project, "release", "shop", "--reason", "x")[1]
    assert "decision 7 does not exist" in source(project, "quarantine", "undo", "7")[1]


def test_a_project_without_a_night_says_so(tmp_path: Path) -> None:
    exit_code, output = source(load_project(tmp_path), "quarantine", "list")
    assert exit_code == 1
    assert "no night was run yet" in output


def test_a_night_goes_by_the_decisions_that_stood_when_it_began(project: Project) -> None:
    decide_release(project, "shop", "1 record", "checked", [Released("f1", 7, "r"), Released("f2")])
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        read_releases(Night(engine, project, read_manifest(project.published / "current").business_date, "r"))
        assert engine.fetch_all("from validate.release order by all") == [
            (1, "f1", 7, "r"),
            (1, "f2", None, None),
        ]


def test_a_night_with_other_decisions_is_not_the_same_night(
    nights: PublishedNights, project: Project
) -> None:
    same = dataclasses.replace(nights.project, root=project.root)
    night = read_manifest(nights.second).business_date
    assert published_unchanged(same, night)
    decide_release(project, "shop", "1 record", "checked", [Released("f1", 7, "r")])
    assert not published_unchanged(same, night)
