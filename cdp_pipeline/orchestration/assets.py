"""Every model becomes an asset: group = stage, deps = what it reads, checks = its expectations."""

from __future__ import annotations

import time

import dagster as dg

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import ColumnContract, Sensitivity, TableContract
from cdp_pipeline.nightly.models import build_and_judge
from cdp_pipeline.orchestration.checks import check_results, check_spec, checks_of
from cdp_pipeline.orchestration.failure import explained
from cdp_pipeline.orchestration.figures import figures_of
from cdp_pipeline.orchestration.night_resource import NightResource
from cdp_pipeline.orchestration.published_night import PUBLISHED_NIGHT, build_published_night
from cdp_pipeline.orchestration.showcase import Showcase
from cdp_pipeline.sql_project import Model, ModelGraph
from cdp_pipeline.sql_project.model import fingerprint_of

__all__ = ["PUBLISHED_NIGHT", "asset_key", "build_assets"]


def build_assets(
    project: Project, graph: ModelGraph, showcase: Showcase | None = None
) -> list[dg.AssetsDefinition]:
    """Turn all tables into assets, and add the published night that depends on them.

    Args:
        showcase: adds what only people in the UI look at.
    """
    retry = dg.RetryPolicy(
        max_retries=project.settings.retry.max_retries, delay=project.settings.retry.delay_seconds
    )
    assets = [_asset_of(model, graph, retry, showcase) for model in graph.tables]
    leaves = [asset_key(name) for name in graph.leaves]
    return [*assets, build_published_night(project, graph, leaves, retry)]


def asset_key(full_name: str) -> dg.AssetKey:
    """Key of the asset that builds `schema.table`."""
    return dg.AssetKey(full_name.split("."))


def _asset_of(
    model: Model, graph: ModelGraph, retry: dg.RetryPolicy, showcase: Showcase | None
) -> dg.AssetsDefinition:
    checks = checks_of(model)

    @dg.asset(
        key=asset_key(model.full_name),
        deps=[asset_key(name) for name in graph.tables_read(model)],
        group_name=str(model.stage),
        description=f"{model.contract.description}\n\nGrain: {model.contract.grain}.",
        owners=[model.contract.owner],
        kinds={"duckdb", _kind_of(model)},
        tags=_tags_of(model.contract),
        code_version=fingerprint_of(*(view.fingerprint for view in graph.views_of(model)), model.fingerprint),
        check_specs=[check_spec(model, name, expectations) for name, expectations in checks.items()],
        metadata={
            "dagster/column_schema": _column_schema(model.contract.columns),
            "dagster/table_name": model.full_name,
            **(showcase.metadata_of(model) if showcase else {}),
        },
        retry_policy=retry,
    )
    def build(night: NightResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        begun = time.perf_counter()
        with explained():
            verdicts = build_and_judge(night.night, graph, model)
            seconds = time.perf_counter() - begun
            results = list(check_results(night.night, model, checks, verdicts))
            figures = figures_of(night.night, model)
        return dg.MaterializeResult(metadata={"seconds": round(seconds, 3), **figures}, check_results=results)

    return build


def _kind_of(model: Model) -> str:
    if model.sql:
        return "sql"
    return "csv" if model.seed else "python"


def _tags_of(contract: TableContract) -> dict[str, str]:
    """Tags to search for: how close the table comes to people, and who gets to read it."""
    found = {column.sensitivity for column in contract.columns}
    closest = [level for level in Sensitivity if level in found][-1]
    readers = {f"cdp/published_{reader}": "" for reader in contract.publish}
    return {"cdp/sensitivity": str(closest), **readers}


def _column_tags(column: ColumnContract) -> dict[str, str]:
    """Mark the columns that say something about who it is."""
    is_plain = column.sensitivity is Sensitivity.NONE
    return {} if is_plain else {"sensitivity": str(column.sensitivity)}


def _column_schema(columns: list[ColumnContract]) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=column.description,
                tags=_column_tags(column),
            )
            for column in columns
        ]
    )
