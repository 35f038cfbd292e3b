"""Every model becomes an asset: group = stage, deps = what it reads, checks = its expectations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import ColumnContract
from cdp_pipeline.errors import CdpError, RetryableError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import broken_promise, build_and_judge, is_judged_after_building
from cdp_pipeline.nightly.publication import publish_night
from cdp_pipeline.orchestration.night_resource import NightResource
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.sql_project import Model, ModelGraph
from cdp_pipeline.sql_project.model import fingerprint_of
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.results import key_expectations

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations import Verdict

KEY_CHECK = "key_is_complete_and_unique"
PUBLISHED_NIGHT = dg.AssetKey([str(Stage.PUBLISH), "published_night"])


def build_assets(project: Project, graph: ModelGraph) -> list[dg.AssetsDefinition]:
    """Turn all tables into assets, and add the published night that depends on them."""
    retry = dg.RetryPolicy(
        max_retries=project.settings.retry.max_retries, delay=project.settings.retry.delay_seconds
    )
    assets = [_asset_of(model, graph, retry) for model in graph.tables]
    return [*assets, _published_night(graph, retry)]


def asset_key(full_name: str) -> dg.AssetKey:
    """Key of the asset that builds `schema.table`."""
    return dg.AssetKey(full_name.split("."))


def _asset_of(model: Model, graph: ModelGraph, retry: dg.RetryPolicy) -> dg.AssetsDefinition:
    checks = _checks_of(model)

    @dg.asset(
        key=asset_key(model.full_name),
        deps=[asset_key(name) for name in graph.tables_read(model)],
        group_name=str(model.stage),
        description=f"{model.contract.description}\n\nGrain: {model.contract.grain}.",
        owners=[model.contract.owner],
        kinds={"duckdb", "sql" if model.sql else "python"},
        code_version=fingerprint_of(*(view.fingerprint for view in graph.views_of(model)), model.fingerprint),
        check_specs=[_check_spec(model, name, expectations) for name, expectations in checks.items()],
        metadata={
            "dagster/column_schema": _column_schema(model.contract.columns),
            "dagster/table_name": model.full_name,
        },
        retry_policy=retry,
    )
    def build(night: NightResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with _explained():
            verdicts = build_and_judge(night.night, graph, model)
            rows = night.night.engine.row_count(model.full_name)
            results = list(_check_results(night.night, model, checks, verdicts))
        return dg.MaterializeResult(metadata={"dagster/row_count": rows}, check_results=results)

    return build


def _published_night(graph: ModelGraph, retry: dg.RetryPolicy) -> dg.AssetsDefinition:
    @dg.asset(
        key=PUBLISHED_NIGHT,
        deps=[asset_key(name) for name in graph.leaves],
        group_name=str(Stage.PUBLISH),
        description="The night's folder: two databases, activation files, manifest; `current` points to it.",
        owners=["team:data_engineering"],
        kinds={"duckdb", "csv"},
        retry_policy=retry,
    )
    def published_night(night: NightResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with _explained():
            folder = publish_night(night.night, graph)
            manifest = read_manifest(folder)
        return dg.MaterializeResult(
            metadata={
                "folder": dg.MetadataValue.path(str(folder)),
                "business_date": str(manifest.business_date),
                "files": len(manifest.files),
            }
        )

    return published_night


def _checks_of(model: Model) -> dict[str, list[ExpectationSpec]]:
    """Group expectations to checks: the key's are one, each declared one is its own."""
    declared = {spec.expectation_id: [spec] for spec in model.contract.expectations}
    key = key_expectations(model.contract) if is_judged_after_building(model) else []
    return {KEY_CHECK: key, **declared} if key else declared


def _check_spec(model: Model, name: str, expectations: list[ExpectationSpec]) -> dg.AssetCheckSpec:
    if name == KEY_CHECK:
        description = f"{', '.join(model.contract.key)}: complete and unique"
    else:
        [expectation] = expectations
        description = expectation.why or f"{expectation.type} ({expectation.severity})"
    return dg.AssetCheckSpec(
        name,
        asset=asset_key(model.full_name),
        description=description,
        blocking=_blocks(model, expectations),
    )


class _Outcome(NamedTuple):
    """What an expectation found."""

    is_met: bool
    evaluated_rows: int
    failing_rows: int


def _check_results(
    night: Night, model: Model, checks: dict[str, list[ExpectationSpec]], verdicts: list[Verdict]
) -> Iterator[dg.AssetCheckResult]:
    """Report the second gate's verdicts, or those that the first gate left behind."""
    outcomes = {
        verdict.expectation.expectation_id: _Outcome(
            verdict.is_met, verdict.evaluated_rows, verdict.failing_rows
        )
        for verdict in verdicts
    }
    if checks and not is_judged_after_building(model):
        outcomes = _stored_outcomes(night, model)
    for name, expectations in checks.items():
        found = [outcomes[e.expectation_id] for e in expectations if e.expectation_id in outcomes]
        yield _check_result(model, name, expectations, found)


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
    model: Model, name: str, expectations: list[ExpectationSpec], found: list[_Outcome]
) -> dg.AssetCheckResult:
    """Report one check; where nothing was found, no file of the layout has come yet."""
    blocks = _blocks(model, expectations)
    is_met = all(outcome.is_met for outcome in found)
    failing_rows = sum(outcome.failing_rows for outcome in found)
    return dg.AssetCheckResult(
        check_name=name,
        passed=is_met,
        description=broken_promise(model, name, failing_rows) if blocks and not is_met else None,
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        metadata={
            "evaluated_rows": max((outcome.evaluated_rows for outcome in found), default=0),
            "failing_rows": failing_rows,
            "rule": ", ".join(expectation.type for expectation in expectations),
        },
    )


def _blocks(model: Model, expectations: list[ExpectationSpec]) -> bool:
    """Tell whether a failure stops the night; at the first gate a failing row is quarantined instead."""
    return is_judged_after_building(model) and any(
        expectation.severity is Severity.CRITICAL for expectation in expectations
    )


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
    """Turn our errors into failures whose message stands first; only passing ones are tried again."""
    try:
        yield
    except CdpError as error:
        raise dg.Failure(description=str(error), allow_retries=isinstance(error, RetryableError)) from None
