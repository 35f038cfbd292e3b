"""The night's event log is Dagster's own, and is left as Dagster would leave it."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import yaml

from cdp_pipeline.orchestration.event_log import NightEventLog, open_instance


@dg.asset(check_specs=[dg.AssetCheckSpec("whole", asset="table")])
def table():
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


def test_another_process_reads_what_a_night_stored(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        assert isinstance(instance.event_log_storage, NightEventLog)
        run = dg.materialize([table], instance=instance)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not isinstance(instance.event_log_storage, NightEventLog)
        kinds = [
            record.dagster_event.event_type_value
            for record in instance.all_logs(run.run_id)
            if record.dagster_event
        ]
        assert {"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "PIPELINE_SUCCESS"} <= set(kinds)
        assert instance.get_latest_materialization_event(dg.AssetKey("table"))


def test_no_connection_stays_open(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        dg.materialize([table], instance=instance)
        assert list(tmp_path.rglob("*.db-wal")), "the log is open while the night runs"
    assert not list(tmp_path.rglob("*.db-wal"))


def test_a_storage_that_the_settings_name_stays(tmp_path: Path) -> None:
    storage = {"module": "dagster._core.storage.event_log", "class": "ConsolidatedSqliteEventLogStorage"}
    settings = {"event_log_storage": {**storage, "config": {"base_dir": str(tmp_path / "log")}}}
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with open_instance(tmp_path) as instance:
        assert type(instance.event_log_storage).__name__ == "ConsolidatedSqliteEventLogStorage"
