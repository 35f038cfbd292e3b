"""A whole night as Dagster runs it: what it keeps, what it must not keep, and what stops it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine, open_working_file
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.nightly.run_record import Outcome
from cdp_pipeline.nightly.status import project_status
from cdp_pipeline.orchestration.assets import PUBLISHED_NIGHT, asset_key
from cdp_pipeline.orchestration.checks import KEY_CHECK, check_name
from cdp_pipeline.orchestration.definitions import build_definitions
from cdp_pipeline.orchestration.figures import SHOWN_ROWS
from cdp_pipeline.orchestration.home import prepare_dagster_home
from cdp_pipeline.orchestration.run import run_night
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.conftest import CommandedNight
from cdp_pipeline_tests.sample_project import NIGHTS, open_project

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parent.parent.parent
IMPOSSIBLE = (
    "model: impossible\ndescription: x\ngrain: one row\nowner: team:tests\n"
    "columns: [{name: a, type: INTEGER, description: x}]\n"
    "expectations:\n"
    "  - {type: expect_column_values_to_be_between, kwargs: {column: a, min_value: 2}}\n"
)


@dataclass(frozen=True)
class DagsterNight:
    """The first night of the sample, run by Dagster, which `cdp run` started."""

    project: Project
    folder: Path
    home: Path
    progress: list[tuple[str, str]]


@pytest.fixture(scope="module")
def night(commanded_night: CommandedNight) -> DagsterNight:
    root = commanded_night.root
    project = open_project(root, landing=root / "data" / "landing")
    folder = current_night(project.published)
    assert folder is not None, commanded_night.answer.output
    return DagsterNight(project, folder, root / ".dagster_home", commanded_night.progress)


@pytest.fixture
def copied(night: DagsterNight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the project after its first night, with a home of its own."""
    shutil.copytree(night.project.root / "data", tmp_path / "data", symlinks=True)
    monkeypatch.setenv("DAGSTER_HOME", "")
    return open_project(tmp_path)


def add_impossible_model(project: Project, stage: Stage, sql: str = "select 1 as a") -> None:
    folder = project.root / "dbt_like_sql" / stage
    folder.mkdir(parents=True)
    (folder / "impossible.yml").write_text(IMPOSSIBLE, encoding="utf-8")
    (folder / "impossible.sql").write_text(sql, encoding="utf-8")


def stored_bytes(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def personal_values(folder: Path) -> list[str]:
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        return engine.fetch_column(
            "select distinct contact_value from standardise.contact_point"
            " where contact_value is not null order by 1"
        )


def ignore_progress(_stage: str, _subject: str) -> None:
    """Listen to nothing."""


def test_plain_dagster_loads_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    dagster = Path(sys.executable).parent / "dagster"
    loaded = subprocess.run(
        [dagster, "definitions", "validate", "-w", "workspace.yaml"],
        cwd=REPOSITORY,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path / "home"), "CDP_PROJECT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    output = loaded.stdout + loaded.stderr
    assert loaded.returncode == 0, output
    assert "All code locations passed validation" in output


def test_the_run_publishes_the_night(night: DagsterNight) -> None:
    assert night.folder == current_night(night.project.published)
    assert night.folder.name.startswith("2026-05-04-")


def test_progress_is_told_for_every_model_in_the_order_of_the_night(night: DagsterNight) -> None:
    told = {subject for _, subject in night.progress}
    assert {model.name for model in load_graph(night.project)} <= told
    assert night.progress[-1] == ("publish", "report")


def test_the_row_count_of_every_table_is_kept(night: DagsterNight) -> None:
    with (
        dg.DagsterInstance.from_config(str(night.home)) as instance,
        open_working_file(night.project) as engine,
    ):
        for model in load_graph(night.project).tables:
            event = instance.get_latest_materialization_event(asset_key(model.full_name))
            assert event is not None, model.full_name
            kept = event.asset_materialization.metadata["dagster/row_count"].value
            assert kept == engine.row_count(model.full_name), model.full_name


def test_counting_a_table_again_at_the_end_makes_nothing_look_out_of_date(night: DagsterNight) -> None:
    with dg.DagsterInstance.from_config(str(night.home)) as instance:
        counted = instance.get_latest_materialization_event(asset_key("validate.result"))
        reader = instance.get_latest_materialization_event(asset_key("validate.quarantine"))
    assert counted is not None
    assert counted.step_key == "publish__published_night"
    read = reader.asset_materialization.tags["dagster/input_data_version/validate/result"]
    assert counted.asset_materialization.tags["dagster/data_version"] == read


def kept_metadata(night: DagsterNight, key: dg.AssetKey) -> dict[str, dg.MetadataValue]:
    with dg.DagsterInstance.from_config(str(night.home)) as instance:
        event = instance.get_latest_materialization_event(key)
    assert event is not None
    return dict(event.asset_materialization.metadata)


def table_of(night: DagsterNight, table: str, label: str) -> list[dict[str, object]]:
    return [dict(record.data) for record in kept_metadata(night, asset_key(table))[label].records]


def test_the_published_night_names_its_folder(night: DagsterNight) -> None:
    metadata = {name: entry.value for name, entry in kept_metadata(night, PUBLISHED_NIGHT).items()}
    assert metadata["folder"] == str(night.folder)
    assert metadata["business_date"] == "2026-05-04"
    assert metadata["report"] == str(night.folder / "report.html")
    assert metadata["rows_published"] > 1_000


def test_seconds_and_the_nights_records_are_kept_as_numbers_to_plot(night: DagsterNight) -> None:
    metadata = kept_metadata(night, asset_key("validate.shopify_orders"))
    with Engine.open(night.folder / "identified.duckdb", read_only=True) as engine:
        [counted] = engine.fetch_all(
            "select sum(physical_records)::bigint, sum(quarantined_records)::bigint from validate.conservation"
            " where layout = 'shopify_orders'"
        )
    assert (metadata["records_delivered"].value, metadata["records_quarantined"].value) == counted
    assert 0 < metadata["seconds"].value < 600


def test_tables_show_counts_where_looking_beats_reading(night: DagsterNight) -> None:
    with Engine.open(night.folder / "identified.duckdb", read_only=True) as engine:
        sizes = engine.fetch_all("select segment, member_count from segment.segment_size order by 1")
        delivered = engine.fetch_value("select sum(physical_records)::bigint from validate.conservation")
        quarantined = engine.row_count("validate.quarantine")
        left_out = engine.row_count("activate.audience_exclusion")
        records = engine.row_count("link.customer_source_record")
        edges = engine.row_count("link.edge")
    shown = table_of(night, "segment.segment_size", "segments")
    assert [(row["segment"], row["members"]) for row in shown] == sizes
    totals = {
        ("validate.conservation", "records_by_source", "delivered"): delivered,
        ("validate.quarantine", "records_by_rule", "records"): quarantined,
        ("activate.audience_exclusion", "left_out_by_reason", "customers"): left_out,
        ("link.cluster", "cluster_sizes", "records"): records,
        ("link.edge", "edges_by_name", "edges"): edges,
    }
    for (table, label, column), total in totals.items():
        rows = table_of(night, table, label)
        counted = sum(int(str(row[column])) for row in rows)
        assert counted == total if len(rows) < SHOWN_ROWS else counted < total, table


def test_the_segments_are_drawn(night: DagsterNight) -> None:
    chart = kept_metadata(night, asset_key("segment.segment_size"))["segment_sizes_chart"]
    assert str(chart.value).startswith("![Segment sizes](data:image/png;base64,iVBOR")


def test_the_run_says_what_it_ran_on(night: DagsterNight) -> None:
    with dg.DagsterInstance.from_config(str(night.home)) as instance:
        tags = only_run(instance).tags
    assert tags["cdp/project"] == "example_retailer"
    assert tags["cdp/landing"] == str(night.project.landing)
    assert len(tags["cdp/project_fingerprint"]) == 12


def test_the_outcome_is_on_record_for_those_who_ask(night: DagsterNight) -> None:
    status = project_status(night.project)
    assert status.last_run is not None
    assert (status.last_run.outcome, status.last_run.failure) == (Outcome.SUCCEEDED, None)
    assert status.last_run.is_whole_night
    assert status.last_run.business_date == NIGHTS[1]
    assert status.published is not None
    assert status.published.folder == night.folder
    assert status.published.due_at is not None
    assert not status.is_overdue
    assert status.landing.waiting == []
    assert {source.source_system for source in status.published.sources} <= set(night.project.sources)
    assert {segment.segment for segment in status.published.segments} == set(night.project.segments)


def test_tables_that_are_repaired_from_the_ui_join_the_night_in_the_working_file(copied: Project) -> None:
    repaired = asset_key("segment.segment_size")
    home = prepare_dagster_home(copied)
    job = build_definitions(copied).resolve_job_def("nightly")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        result = job.execute_in_process(instance=instance, asset_selection=[repaired])
        tags = instance.get_run_by_id(result.run_id).tags
    assert result.success
    assert tags["cdp/business_date"] == "2026-05-04"
    status = project_status(copied)
    assert status.last_run is not None
    assert (status.last_run.is_whole_night, status.last_run.business_date) == (False, NIGHTS[1])


def test_every_check_is_kept_with_its_verdict(night: DagsterNight) -> None:
    with dg.DagsterInstance.from_config(str(night.home)) as instance:
        evaluated = instance.all_logs(
            only_run(instance).run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        )
    verdicts = [entry.get_dagster_event().event_specific_data for entry in evaluated]
    kept = {verdict.asset_check_key: verdict for verdict in verdicts}
    declared = {
        dg.AssetCheckKey(asset_key(model.full_name), check_name(spec))
        for model in load_graph(night.project).tables
        for spec in model.contract.expectations
    }
    assert declared <= set(kept)
    assert [key for key, verdict in kept.items() if verdict.blocking and not verdict.passed] == []
    key_check = kept[dg.AssetCheckKey(asset_key("golden.golden_profile"), KEY_CHECK)]
    assert key_check.metadata["evaluated_rows"].value > 100
    failed_at_the_door = [key for key, verdict in kept.items() if not verdict.passed]
    assert failed_at_the_door, "the sample holds rows that break rules of the first gate"
    assert {kept[key].severity for key in failed_at_the_door} == {dg.AssetCheckSeverity.WARN}


def only_run(instance: dg.DagsterInstance) -> dg.DagsterRun:
    [run] = instance.get_runs()
    assert run.tags["cdp/business_date"] == "2026-05-04"
    return run


def test_no_address_or_number_of_a_person_reaches_dagsters_storage(night: DagsterNight) -> None:
    content, values = stored_bytes(night.home), personal_values(night.folder)
    assert b"golden_profile" in content, "what Dagster keeps can be found by its bytes"
    assert len(values) > 100
    assert [value for value in values if value.encode() in content] == []


def test_dagsters_storage_is_private(night: DagsterNight) -> None:
    assert night.home.stat().st_mode & 0o077 == 0


def test_a_failing_check_blocks_the_publication_in_words_of_ours(copied: Project) -> None:
    before = current_night(copied.published)
    add_impossible_model(copied, Stage.ACTIVATE)
    with pytest.raises(NightError) as error:
        run_night(copied, NIGHTS[1], from_stage=Stage.ACTIVATE, report=ignore_progress)
    message = str(error.value)
    assert "activate.impossible" in message
    assert "a_is_below_minimum" in message
    assert "Traceback" not in message
    assert "dagster" not in message.lower()
    assert current_night(copied.published) == before
    assert [path.name for path in copied.published.glob(".building-*")] == []
    status = project_status(copied)
    assert status.problems == ["the last run failed"]
    assert status.last_run is not None
    assert status.last_run.failure == message


def test_verdicts_on_a_table_that_is_gone_stop_no_night(copied: Project) -> None:
    add_impossible_model(copied, Stage.ACTIVATE)
    with pytest.raises(NightError):
        run_night(copied, NIGHTS[1], from_stage=Stage.ACTIVATE, report=ignore_progress)
    shutil.rmtree(copied.root / "dbt_like_sql")
    folder = run_night(copied, NIGHTS[1], from_stage=Stage.PUBLISH, report=ignore_progress)
    assert folder == current_night(copied.published)


def test_a_failing_model_is_named_and_quotes_no_value(copied: Project) -> None:
    failing = "select cast(contact_value as integer) as a from {{ ref('contact_point') }}"
    add_impossible_model(copied, Stage.ACTIVATE, failing)
    with pytest.raises(NightError, match=r"activate\.impossible|Could not convert") as error:
        run_night(copied, NIGHTS[1], from_stage=Stage.ACTIVATE, report=ignore_progress)
    assert "@" not in str(error.value)
    content = stored_bytes(copied.root / ".dagster_home")
    assert b"Could not convert" in content
    assert [v for v in personal_values(copied.published / "current") if v.encode() in content] == []


def test_a_second_night_at_the_same_time_is_told_who_holds_the_lock(copied: Project) -> None:
    with (
        open_working_file(copied),
        pytest.raises(NightError, match=r"another night is running \(process \d+"),
    ):
        run_night(copied, NIGHTS[1], from_stage=Stage.PUBLISH, report=ignore_progress)


def test_publishing_alone_republishes_what_the_last_run_built(copied: Project) -> None:
    before = current_night(copied.published)
    folder = run_night(copied, NIGHTS[1], from_stage=Stage.PUBLISH, report=ignore_progress)
    assert folder != before
    assert folder == current_night(copied.published)
    names = sorted(path.name for path in (folder / "activations").iterdir())
    assert names == sorted(path.name for path in (before / "activations").iterdir())


def test_an_earlier_date_is_refused_before_anything_runs(copied: Project) -> None:
    with pytest.raises(NightError, match="Nights only go"):
        run_night(copied, NIGHTS[1].replace(day=3), report=ignore_progress)
    assert not (copied.root / ".dagster_home").exists()
