"""The landing folder's sensor: waits, starts one night, and leaves known files alone."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.extract.settling import Watch, view_landing
from cdp_pipeline.nightly.fingerprint import landing_inputs
from cdp_pipeline.orchestration.definitions import NIGHTLY, build_definitions
from cdp_pipeline.orchestration.landing_sensor import evaluate
from cdp_pipeline.publish.manifest import MANIFEST_NAME, Manifest

NOON = 1_780_000_000.0
TODAY = date(2026, 5, 4)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "data" / "landing" / "shop").mkdir(parents=True)
    return load_project(tmp_path)


def land(project: Project, name: str, content: str) -> None:
    (project.landing / "shop" / name).write_text(content, encoding="utf-8")


def publish(project: Project, business_date: date) -> None:
    """Leave a published night that holds what lies in the landing folder now."""
    folder = project.published / f"{business_date}-run1"
    folder.mkdir(parents=True)
    manifest = Manifest(
        project="example_retailer",
        business_date=business_date,
        run_id="run1",
        published_at=datetime(2026, 5, 4, tzinfo=UTC),
        project_fingerprint="x",
        inputs=landing_inputs(project),
        files=[],
    )
    (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(), encoding="utf-8")


class Looks:
    """Looks at a project's landing folder, each remembering what the one before saw."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._cursor: str | None = None

    def at(self, seconds: float, today: date = TODAY) -> dg.SensorResult:
        result = evaluate(self._project, self._cursor, NOON + seconds, today)
        self._cursor = result.cursor
        return result


def skipped(result: dg.SensorResult) -> str:
    assert not result.run_requests
    assert isinstance(result.skip_reason, dg.SkipReason)
    return str(result.skip_reason.skip_message)


def test_a_growing_file_is_waited_for_and_then_starts_one_night(project: Project) -> None:
    looks = Looks(project)
    land(project, "orders.csv", "Name")
    assert "unchanged for 0 of 120" in skipped(looks.at(0))
    land(project, "orders.csv", "Name,Total")
    assert "unchanged for 0 of 120" in skipped(looks.at(60))
    assert "unchanged for 60 of 120" in skipped(looks.at(120))
    [request] = looks.at(180).run_requests or []
    job = build_definitions(project).resolve_job_def(NIGHTLY)
    accepted = dg.validate_run_config(job, request.run_config)
    assert accepted["resources"]["night"]["config"]["business_date"] == "2026-05-04"
    assert request.tags["cdp/business_date"] == "2026-05-04"
    assert "Nothing has changed" in skipped(looks.at(240))
    assert "Nothing has changed" in skipped(looks.at(86_400))


def test_new_content_starts_a_night_of_its_own(project: Project) -> None:
    looks = Looks(project)
    land(project, "orders.csv", "Name")
    looks.at(0)
    [first] = looks.at(120).run_requests or []
    land(project, "orders_2.csv", "Name")
    looks.at(180)
    [second] = looks.at(300).run_requests or []
    assert first.run_key != second.run_key


def test_files_that_are_published_start_nothing(project: Project) -> None:
    land(project, "orders.csv", "Name")
    publish(project, TODAY)
    looks = Looks(project)
    looks.at(0)
    assert "part of the night of 2026-05-04" in skipped(looks.at(120))
    assert "Nothing has changed" in skipped(looks.at(180))


def test_new_files_on_the_day_of_a_published_night_start_one(project: Project) -> None:
    land(project, "orders.csv", "Name")
    publish(project, TODAY)
    land(project, "orders_2.csv", "Name,Total")
    looks = Looks(project)
    looks.at(0)
    assert len(looks.at(120).run_requests or []) == 1


def test_files_that_come_after_a_later_night_wait_for_its_day(project: Project) -> None:
    tomorrow = TODAY + timedelta(days=1)
    publish(project, tomorrow)
    land(project, "orders.csv", "Name")
    looks = Looks(project)
    looks.at(0)
    assert "nights only go forward" in skipped(looks.at(120))
    [request] = looks.at(86_400, tomorrow).run_requests or []
    assert request.tags["cdp/business_date"] == "2026-05-05"


def test_new_files_wait_for_the_end_of_a_running_night(project: Project) -> None:
    land(project, "orders.csv", "Name")
    project.warehouse.mkdir(parents=True)
    holder = project.warehouse / "writer.json"
    holder.write_text(json.dumps({"process": os.getpid(), "since": "2026-05-04T03:00:00"}), encoding="utf-8")
    looks = Looks(project)
    looks.at(0)
    assert "A night is running since 2026-05-04T03:00:00" in skipped(looks.at(120))
    holder.unlink()
    assert len(looks.at(180).run_requests or []) == 1


def test_a_damaged_archive_starts_a_night_which_will_say_so(project: Project) -> None:
    publish(project, TODAY)
    (project.landing / "email").mkdir()
    (project.landing / "email" / "audience_export.zip").write_bytes(b"no archive")
    looks = Looks(project)
    looks.at(0)
    assert len(looks.at(120).run_requests or []) == 1


def test_new_files_wait_for_a_run_that_is_about_to_start(project: Project) -> None:
    land(project, "orders.csv", "Name")
    definitions = build_definitions(project)
    sensor = definitions.resolve_sensor_def("landing_folder")
    settled = Watch().look(view_landing(project), 0.0).as_text()
    with dg.DagsterInstance.ephemeral() as instance:

        def requests() -> int:
            context = dg.build_sensor_context(
                instance=instance, cursor=settled, definitions=definitions, sensor_name="landing_folder"
            )
            return len(sensor.evaluate_tick(context).run_requests or [])

        starting = dg.DagsterRun(job_name=NIGHTLY, run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTING)
        instance.add_run(starting)
        assert requests() == 0
        instance.report_run_failed(starting)
        assert requests() == 1


def test_dagster_evaluates_the_sensor_and_it_is_off_until_someone_turns_it_on(project: Project) -> None:
    land(project, "orders.csv", "Name")
    definitions = build_definitions(project)
    sensor = definitions.resolve_sensor_def("landing_folder")
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
    assert [target.job_name for target in sensor.targets] == [NIGHTLY]
    seen = json.dumps({"activity": "", "since": 0.0, "handled": ""})
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance, cursor=seen, definitions=definitions, sensor_name="landing_folder"
        )
        data = sensor.evaluate_tick(context)
    assert "Waiting for 1 files to settle" in str(data.skip_message)
    assert json.loads(str(data.cursor))["activity"]
