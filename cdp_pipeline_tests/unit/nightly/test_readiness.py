"""Whether a night may be run, and whether what it built may be published."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.extract.tables import NIGHT
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.readiness import (
    check_date_moves_forward,
    check_something_came,
    check_tables_belong_together,
    check_working_file,
)
from cdp_pipeline.sql_project import ModelGraph, build_model
from cdp_pipeline.sql_project.model import Model, fingerprint_of
from cdp_pipeline.stages import Stage

TODAY = date(2026, 5, 4)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        yield engine


def night_table(version: str = "1") -> ModelGraph:
    def build(night: Night) -> None:
        night.engine.replace_table(
            "extract.night",
            "select cast(? as date) as business_date, cast(? as varchar) as run_id",
            [night.business_date, night.run_id],
        )

    return ModelGraph(
        (Model(Stage.EXTRACT, NIGHT, (), Path("project.yml"), fingerprint_of(version), python=build),)
    )


def build_night(engine: Engine, project: Project, run_id: str = "a") -> Night:
    night = Night(engine, project, TODAY, run_id)
    for model in night_table():
        build_model(night, model)
    return night


def test_a_night_that_has_not_come_yet_is_refused(project: Project) -> None:
    with pytest.raises(NightError, match="lies in the future"):
        check_date_moves_forward(project, datetime.now(UTC).date() + timedelta(days=2))


def test_the_working_file_never_goes_back(engine: Engine, project: Project) -> None:
    build_night(engine, project)
    check_working_file(engine, project, TODAY)
    with pytest.raises(NightError, match="2026-05-03 lies before the night of 2026-05-04"):
        check_working_file(engine, project, TODAY - timedelta(days=1))


def test_another_key_is_refused(engine: Engine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    check_working_file(engine, project, TODAY)
    monkeypatch.setenv("CDP_PROJECT_KEY", "another key of sufficient length")
    with pytest.raises(NightError, match="made with another key than CDP_PROJECT_KEY"):
        check_working_file(engine, project, TODAY)


def test_a_source_is_given_up_only_on_purpose(engine: Engine, project: Project) -> None:
    engine.execute("create table extract.file as select 'old_shop' as source_system")
    with pytest.raises(NightError, match=r"old_shop has delivered records.*retired_sources"):
        check_working_file(engine, project, TODAY)
    settings = project.settings.model_copy(update={"retired_sources": ["old_shop"]})
    check_working_file(engine, dataclasses.replace(project, settings=settings), TODAY)


def test_a_night_without_a_record_is_not_published(engine: Engine) -> None:
    engine.execute("create table validate.conservation (loaded_records bigint)")
    with pytest.raises(NightError, match="no source has delivered a record"):
        check_something_came(engine)
    engine.execute("insert into validate.conservation values (1)")
    check_something_came(engine)


def test_tables_of_one_run_and_project_may_be_published(engine: Engine, project: Project) -> None:
    night = build_night(engine, project)
    assert check_tables_belong_together(night, night_table())


def test_tables_of_several_runs_are_told_apart(engine: Engine, project: Project) -> None:
    build_night(engine, project, run_id="a")
    assert not check_tables_belong_together(Night(engine, project, TODAY, "b"), night_table())


def test_tables_of_another_date_are_never_published_as_this_night(engine: Engine, project: Project) -> None:
    build_night(engine, project)
    tomorrow = Night(engine, project, TODAY + timedelta(days=1), "a")
    with pytest.raises(NightError, match="built for 2026-05-04, not for 2026-05-05"):
        check_tables_belong_together(tomorrow, night_table())


def test_tables_of_an_older_model_are_never_published(engine: Engine, project: Project) -> None:
    night = build_night(engine, project)
    with pytest.raises(NightError, match=r"extract\.night was built by another version of project\.yml"):
        check_tables_belong_together(night, night_table(version="2"))
