"""Runs whose process was killed are marked as failed by the next one, those of other projects left alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.orchestration.definitions import NIGHTLY
from cdp_pipeline.orchestration.night_resource import fail_dead_runs
from cdp_pipeline.orchestration.run_facts import night_tags

FAILED, STARTED = dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED


def project_named(root: Path, name: str) -> Project:
    (root / name / "config").mkdir(parents=True)
    settings = root / name / "config" / "project.yml"
    settings.write_text(f"name: {name}\ntitle: A shop\n", encoding="utf-8")
    return load_project(root / name)


def start_run(instance: dg.DagsterInstance, project: Project) -> str:
    tags = night_tags(project, date(2026, 5, 4))
    run = dg.DagsterRun(job_name=NIGHTLY, run_id=str(uuid4()), status=STARTED, tags=tags)
    return instance.add_run(run).run_id


@pytest.mark.parametrize(("owner", "becomes"), [("moon_shop", FAILED), ("sun_shop", STARTED)])
def test_a_started_run_is_dead_only_if_it_is_of_the_project_whose_lock_is_held(
    tmp_path: Path, owner: str, becomes: dg.DagsterRunStatus
) -> None:
    projects = {name: project_named(tmp_path, name) for name in ("moon_shop", "sun_shop")}
    with dg.DagsterInstance.ephemeral() as instance:
        other = start_run(instance, projects[owner])
        own = start_run(instance, projects["moon_shop"])
        fail_dead_runs(instance, projects["moon_shop"], own)
        found = {run.run_id: run.status for run in instance.get_runs()}
        assert (found[other], found[own]) == (becomes, STARTED)
