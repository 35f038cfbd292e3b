"""Runs of Dagster whose log names somebody who is erased."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.orchestration.erased_runs import forget_runs
from cdp_pipeline.orchestration.event_log import open_instance
from cdp_pipeline.orchestration.home import prepare_dagster_home

ZOE = "zoe@example.org"


@dg.op(config_schema=str)
def tell(context) -> None:  # Dagster cannot read the annotation as text
    context.log.info(context.op_config)


@dg.job
def telling() -> None:
    tell()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return load_project(tmp_path)


def run(project: Project, text: str) -> str:
    with open_instance(prepare_dagster_home(project)) as instance:
        result = telling.execute_in_process(instance=instance, run_config={"ops": {"tell": {"config": text}}})
    return result.run_id


def bytes_of(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_runs_that_name_the_person_go_and_the_others_stay(project: Project) -> None:
    naming, other = run(project, f"wrote to {ZOE.upper()}"), run(project, "wrote to nobody")
    home = prepare_dagster_home(project)
    assert ZOE.encode() in bytes_of(home).lower()

    assert forget_runs(project, [ZOE]) == [naming]

    assert ZOE.encode() not in bytes_of(home).lower()
    with open_instance(home) as instance:
        assert [found.run_id for found in instance.get_runs()] == [other]
        assert instance.all_logs(other)


def test_a_project_without_runs_has_nothing_to_forget(project: Project) -> None:
    assert forget_runs(project, [ZOE]) == []
