"""A whole night on which one source delivers a broken file: the others go on, and everybody is told."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from cdp_pipeline.cli import app
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.audit import list_events
from cdp_pipeline.engine import Engine
from cdp_pipeline.orchestration.checks import SOURCES_CHECK
from cdp_pipeline.orchestration.home import prepare_dagster_home
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.sample_project import KEY, SAMPLES

pytestmark = pytest.mark.slow

THIRD_NIGHT = date(2026, 5, 6)
BROKEN = "crm/contacts_2026-05-06.csv"


@dataclass(frozen=True)
class BlockedNight:
    """The sample's third night, with a contact export whose id column is gone."""

    project: Project
    before: Path
    folder: Path
    screen: str

    def rows(self, folder: Path, sql: str) -> list[tuple[object, ...]]:
        with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
            return engine.fetch_all(sql)


@pytest.fixture(scope="module")
def night(nights: PublishedNights, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockedNight]:
    root = tmp_path_factory.mktemp("blocked")
    shutil.copytree(nights.project.root / "data", root / "data", symlinks=True)
    landing = root / "landing"
    shutil.copytree(SAMPLES / "night_3", landing)
    text = (landing / BROKEN).read_text(encoding="utf-8")
    (landing / BROKEN).write_text(text.replace("Id,", "Kennung,", 1), encoding="utf-8")
    words = ["run", "--project", str(root), "--landing", str(landing), "--business-date", str(THIRD_NIGHT)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDP_PROJECT_KEY", KEY)
        patch.setenv("COLUMNS", "900")  # the longest reason on one line
        patch.delenv("DAGSTER_HOME", raising=False)
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        project = load_project(root, landing=landing)
        folder = current_night(project.published)
        assert folder is not None
        yield BlockedNight(project, nights.second, folder, " ".join(result.output.split()))


def test_the_night_holds_the_sources_last_good_data_and_the_others_new(night: BlockedNight) -> None:
    contacts = "select * from standardise.customer_record where source_system = 'crm' order by all"
    assert night.rows(night.folder, contacts) == night.rows(night.before, contacts)
    came = dict(
        night.rows(
            night.folder,
            "select source_system, count(*) from validate.accepted_file join extract.file using (file_id)"
            f" where accepted_on = '{THIRD_NIGHT}' group by 1",
        )
    )
    assert "crm" not in came
    assert {"shop", "till", "consent", "email"} <= set(came)
    purchases = "select count(*) from standardise.purchase where source_system = 'shop'"
    assert night.rows(night.folder, purchases) > night.rows(night.before, purchases)


def test_no_record_of_the_other_sources_is_lost(night: BlockedNight) -> None:
    [(files, whole)] = night.rows(
        night.folder,
        "select count(*), count(*) filter (physical_records = loaded_records + quarantined_records + blank_records)"
        " from validate.conservation where state <> 'refused'",
    )
    assert files == whole
    assert night.rows(night.folder, "select path from validate.conservation where state = 'refused'") == [
        (BROKEN,)
    ]


def test_the_screen_says_so_first(night: BlockedNight) -> None:
    assert "Source crm is blocked; the night holds its last good data, of 2026-05-05." in night.screen
    assert BROKEN in night.screen


def test_no_activation_file_leaves_while_a_file_that_may_take_consents_back_cannot_be_read(
    night: BlockedNight,
) -> None:
    assert list((night.before / "activations").iterdir())
    assert list((night.folder / "activations").iterdir()) == []
    [why] = read_manifest(night.folder).activations_held_back
    assert why.startswith(BROKEN)
    assert (
        f"Activation files are held back: a file that may take consents back cannot be read. {why}"
        in night.screen.replace(f" --project {night.project.root}", "")
    )
    assert "Activation files are held back" in (night.folder / "report.html").read_text(encoding="utf-8")
    held = ("activation files held back", night.folder.name)
    assert held in {(event.action, event.subject) for event in list_events(night.project)}


def test_status_says_so_and_ends_with_1(night: BlockedNight) -> None:
    os.environ["CDP_PROJECT_KEY"] = KEY
    words = ["status", "--project", str(night.project.root), "--landing", str(night.project.landing)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert "source crm is blocked" in result.output.splitlines()[0]


def test_report_manifest_and_audit_trail_say_so(night: BlockedNight) -> None:
    report = (night.folder / "report.html").read_text(encoding="utf-8")
    assert "Blocked: " in report
    assert BROKEN in report
    manifest = read_manifest(night.folder)
    assert list(manifest.blocked_sources) == ["crm"]
    assert BROKEN in manifest.blocked_sources["crm"]
    assert json.loads((night.folder / "manifest.json").read_text(encoding="utf-8"))["blocked_sources"]
    events = {(event.action, event.subject) for event in list_events(night.project)}
    assert ("source blocked", f"{night.folder.name} crm") in events


def test_dagster_shows_a_failed_check_that_stops_nothing(night: BlockedNight) -> None:
    home = prepare_dagster_home(night.project)
    key = dg.AssetKey(["validate", "source_night"])
    with dg.DagsterInstance.from_config(str(home)) as instance:
        [record] = instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(key, SOURCES_CHECK), limit=1
        )
        event = instance.get_latest_materialization_event(key)
    assert record.event is not None
    evaluation = record.event.dagster_event.asset_check_evaluation_data
    assert (evaluation.passed, evaluation.severity, evaluation.blocking) == (
        False,
        dg.AssetCheckSeverity.ERROR,
        False,
    )
    assert f"crm is blocked: {BROKEN}" in evaluation.description
    assert event is not None
    assert event.asset_materialization.metadata["blocked_sources"].value == 1
