"""The last asset of the night: the published folder, with links to what lies in it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.nightly.publication import publish_night
from cdp_pipeline.orchestration.deadline import freshness_policy
from cdp_pipeline.orchestration.failure import explained
from cdp_pipeline.orchestration.figures import FILLED_BY_LATER_STEPS
from cdp_pipeline.orchestration.night_resource import NightResource
from cdp_pipeline.orchestration.showcase import docs_of
from cdp_pipeline.publish.manifest import Manifest, ManifestFile, read_manifest
from cdp_pipeline.publish.night_folder import CURRENT
from cdp_pipeline.sql_project import ModelGraph
from cdp_pipeline.stages import Stage

Events = Iterator[dg.AssetMaterialization | dg.MaterializeResult[Any]]
PUBLISHED_NIGHT = dg.AssetKey([str(Stage.PUBLISH), "published_night"])
REPORT = "report.html"


def build_published_night(
    project: Project,
    graph: ModelGraph,
    leaves: Sequence[dg.AssetKey],
    retry: dg.RetryPolicy,
) -> dg.AssetsDefinition:
    """Build the asset that publishes, once every table is built.

    Args:
        leaves: the tables that no other table reads.
    """

    @dg.asset(
        key=PUBLISHED_NIGHT,
        deps=leaves,
        group_name=str(Stage.PUBLISH),
        description=(
            "The night's folder: two databases, activation files, report and manifest; `current` points to the newest."
        ),
        owners=["team:data_engineering"],
        kinds={"duckdb", "csv"},
        metadata={"current": dg.MetadataValue.path(str(project.published / CURRENT)), **docs_of("index.md")},
        freshness_policy=freshness_policy(project.settings.schedule),
        retry_policy=retry,
    )
    def published_night(night: NightResource) -> Events:
        begun = time.perf_counter()
        with explained():
            folder = publish_night(night.night, graph)
            manifest = read_manifest(folder)
            counted = [(name, night.night.engine.row_count(name)) for name in FILLED_BY_LATER_STEPS]
        for name, rows in counted:
            yield _counted_again(dg.AssetKey(name.split(".")), rows)
        seconds = round(time.perf_counter() - begun, 3)
        yield dg.MaterializeResult(metadata={**_figures_of(folder, manifest), "seconds": seconds})

    return published_night


def _counted_again(key: dg.AssetKey, rows: int) -> dg.AssetMaterialization:
    """Report a table's rows at the end of the night.

    It keeps the data version of its own step: with a new one, whatever reads the table would show as out of date.
    """
    event = dg.AssetExecutionContext.get().instance.get_latest_materialization_event(key)
    built = event.asset_materialization if event else None
    return dg.AssetMaterialization(
        key, metadata={"dagster/row_count": rows}, tags=built.tags if built else None
    )


def _figures_of(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """Say where the night lies and how much is in it."""
    rows = {file.path: _rows(file) for file in manifest.files}
    records = [
        dg.TableRecord(
            {"file": file.path, "rows": rows[file.path], "megabytes": round(file.size_bytes / 1e6, 2)}
        )
        for file in manifest.files
    ]
    report = folder / REPORT
    return {
        "folder": dg.MetadataValue.path(str(folder)),
        **({"report": dg.MetadataValue.path(str(report))} if report.exists() else {}),
        "business_date": str(manifest.business_date),
        "files": len(manifest.files),
        "rows_published": sum(rows.values()),
        "published_files": dg.MetadataValue.table(records),
    }


def _rows(file: ManifestFile) -> int:
    return sum(file.rows.values()) if isinstance(file.rows, dict) else file.rows or 0
