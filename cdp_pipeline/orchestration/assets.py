"""Every model becomes an asset: group = stage, deps = what it reads, checks = its expectations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import dagster as dg

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import ColumnContract
from cdp_pipeline.errors import CdpError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import GENERATED, gate_of
from cdp_pipeline.nightly.publication import publish_night
from cdp_pipeline.orchestration.night_resource import NightResource
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.sql_project import Model, ModelGraph, build_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.results import judge_table

PUBLISHED_NIGHT = dg.AssetKey([Stage.PUBLISH, "published_night"])


def build_assets(project: Project, graph: ModelGraph) -> list[dg.AssetsDefinition]:
    """Turn all models into assets, and add the published night that depends on them."""
    retry = dg.RetryPolicy(
        max_retries=project.settings.retry.max_retries, delay=project.settings.retry.delay_seconds
    )
    assets = [_asset_of(model, retry) for model in graph]
    return [*assets, _published_night(graph, retry)]


def asset_key(full_name: str) -> dg.AssetKey:
    """Key of the asset that builds `schema.table`."""
    return dg.AssetKey(full_name.split("."))


def _asset_of(model: Model, retry: dg.RetryPolicy) -> dg.AssetsDefinition:
    gate = {expectation.expectation_id: expectation for expectation in _expectations(model)}

    @dg.asset(
        key=asset_key(model.full_name),
        deps=[asset_key(name) for name in model.upstream],
        group_name=model.stage,
        description=f"{model.contract.description}\n\nGrain: {model.contract.grain}.",
        owners=[model.contract.owner],
        kinds={"duckdb", "sql" if model.sql else "python"},
        code_version=model.fingerprint[:12],
        check_specs=[_check_spec(model, name, expectation) for name, expectation in gate.items()],
        metadata={
            "dagster/column_schema": _column_schema(model.contract.columns),
            "dagster/table_name": model.full_name,
        },
        retry_policy=retry,
    )
    def build(night: NightResource) -> dg.MaterializeResult[None]:
        with _explained():
            build_model(night.night, model)
            rows = night.night.engine.row_count(model.full_name)
            checks = list(_check_results(night.night, model, list(gate.values())))
        return dg.MaterializeResult(metadata={"dagster/row_count": rows}, check_results=checks)

    return build


def _published_night(graph: ModelGraph, retry: dg.RetryPolicy) -> dg.AssetsDefinition:
    @dg.asset(
        key=PUBLISHED_NIGHT,
        deps=[asset_key(model.full_name) for model in graph],
        group_name=Stage.PUBLISH,
        description="The night's folder: two databases, activation files, manifest; `current` points to it.",
        owners=["team:data_engineering"],
        kinds={"duckdb", "csv"},
        retry_policy=retry,
    )
    def published_night(night: NightResource) -> dg.MaterializeResult[None]:
        with _explained():
            folder = publish_night(night.night, night.graph)
            manifest = read_manifest(folder)
        return dg.MaterializeResult(
            metadata={
                "folder": dg.MetadataValue.path(str(folder)),
                "business_date": str(manifest.business_date),
                "files": len(manifest.files),
            }
        )

    return published_night


def _expectations(model: Model) -> list[ExpectationSpec]:
    return model.contract.expectations if model.stage in GENERATED else gate_of(model)


def _check_spec(model: Model, name: str, expectation: ExpectationSpec) -> dg.AssetCheckSpec:
    description = expectation.why or f"{expectation.type} ({expectation.severity})"
    return dg.AssetCheckSpec(
        name,
        asset=asset_key(model.full_name),
        description=description,
        blocking=_blocks(model, expectation),
    )


class _Outcome(NamedTuple):
    """What an expectation found."""

    is_met: bool
    evaluated_rows: int
    failing_rows: int


def _check_results(
    night: Night, model: Model, expectations: list[ExpectationSpec]
) -> Iterator[dg.AssetCheckResult]:
    """Judge the table now, or report the verdicts that building it left behind."""
    if not expectations:
        return
    if model.stage in GENERATED:
        outcomes = _stored_outcomes(night, model)
    else:
        outcomes = {
            verdict.expectation.expectation_id: _Outcome(
                verdict.is_met, verdict.evaluated_rows, verdict.failing_rows
            )
            for verdict in judge_table(night, model.full_name, expectations)
        }
    for expectation in expectations:
        yield _check_result(model, expectation, outcomes.get(expectation.expectation_id))


def _stored_outcomes(night: Night, model: Model) -> dict[str, _Outcome]:
    """Read the newest verdicts of a layout; files are judged once, not every night."""
    newest = night.engine.fetch_all(
        "select expectation_id, is_met, evaluated_rows, failing_rows from validate.result"
        " where table_name = ? qualify row_number() over"
        " (partition by expectation_id order by business_date desc) = 1",
        [model.full_name],
    )
    return {row[0]: _Outcome(*row[1:]) for row in newest}


def _check_result(
    model: Model, expectation: ExpectationSpec, outcome: _Outcome | None
) -> dg.AssetCheckResult:
    """Report one outcome; without one no file of the layout has come yet, and nothing is broken."""
    is_met, evaluated_rows, failing_rows = outcome or _Outcome(is_met=True, evaluated_rows=0, failing_rows=0)
    return dg.AssetCheckResult(
        check_name=expectation.expectation_id,
        passed=is_met,
        severity=dg.AssetCheckSeverity.ERROR if _blocks(model, expectation) else dg.AssetCheckSeverity.WARN,
        metadata={"evaluated_rows": evaluated_rows, "failing_rows": failing_rows, "rule": expectation.type},
    )


def _blocks(model: Model, expectation: ExpectationSpec) -> bool:
    """Tell whether a failure stops the night; at the first gate a failing row is quarantined instead."""
    return model.stage not in GENERATED and expectation.severity is Severity.CRITICAL


def _column_schema(columns: list[ColumnContract]) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=column.description,
                tags={"sensitivity": str(column.sensitivity)},
            )
            for column in columns
        ]
    )


@contextmanager
def _explained() -> Iterator[None]:
    """Turn our errors into failures that Dagster does not retry and whose message stands first."""
    try:
        yield
    except CdpError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
