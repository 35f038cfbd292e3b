"""Metric providers for `DuckDBExecutionEngine`, under the names of Great Expectations' core metrics.

Great Expectations' protocol for metrics that are computed together: the metric itself has no function,
and depends on a metric of its name plus `.aggregate_fn`, whose function returns what is to be computed.
Our functions return SQL, so the whole metric graph costs two bundles: counts, then keys of failing rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from great_expectations.core.metric_function_types import MetricFunctionTypes, MetricPartialFunctionTypes
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.registry import (
    get_metric_kwargs,
    register_core_expectations,
    register_core_metrics,
    register_metric,
)
from great_expectations.validator.metric_configuration import MetricConfiguration

from cdp_pipeline.validate.expectations.batch import TableBatch
from cdp_pipeline.validate.expectations.conditions import ROW_CONDITIONS, RowCondition, Values
from cdp_pipeline.validate.expectations.gx_engine import (
    Aggregate,
    DuckDBExecutionEngine,
    FailingRows,
    RepeatedRows,
)
from cdp_pipeline.validate.expectations.gx_own_expectations import COLUMN_METRIC, GROUP_METRIC

PARTIAL = ".aggregate_fn"
UNEXPECTED_COUNT = ".unexpected_count"
INDEX_LIST = ".unexpected_index_list"

OWN_METRICS = {
    COLUMN_METRIC: ("column_values.in_set", "value_set", ("table", "table_column")),
    GROUP_METRIC: ("compound_columns.unique", None, ("table", "table_columns")),
}
"""Metrics that the core lacks: the core metric that is most alike, its key that falls away, their own keys."""

Build = Callable[[TableBatch, Values, Values, Mapping[str, Any]], Aggregate | RepeatedRows | FailingRows]


class DuckDBMetricProvider(MetricProvider):
    """Tells Great Expectations what must be known before a metric of ours can be computed."""

    @classmethod
    def _get_evaluation_dependencies(
        cls,
        metric: MetricConfiguration,
        configuration: Any = None,
        execution_engine: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[str, MetricConfiguration]:
        """Keys of failing rows wait for their count, so that nothing is read where nothing failed."""
        if metric.metric_name.endswith(INDEX_LIST + PARTIAL):
            values = {k: v for k, v in metric.metric_value_kwargs.items() if k != "result_format"}
            name = metric.metric_name.removesuffix(INDEX_LIST + PARTIAL) + UNEXPECTED_COUNT
            return {"unexpected_count": MetricConfiguration(name, metric.metric_domain_kwargs, values)}
        dependencies: dict[str, MetricConfiguration] = super()._get_evaluation_dependencies(
            metric, configuration, execution_engine, runtime_configuration
        )
        return dependencies


def _register(name: str, kwargs_of: str, provider: Callable[..., Any] | None, *, is_partial: bool) -> None:
    """Register one metric; its keys must equal the core metric's, which they would otherwise replace."""
    keys = _metric_keys(kwargs_of)
    register_metric(
        metric_name=name,
        metric_domain_keys=keys["metric_domain_keys"],
        metric_value_keys=keys["metric_value_keys"],
        execution_engine=DuckDBExecutionEngine,
        metric_class=DuckDBMetricProvider,
        metric_provider=provider,
        metric_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN if is_partial else MetricFunctionTypes.VALUE,
    )


def _metric_keys(name: str) -> dict[str, Any]:
    """Look up a core metric's keys; a metric of ours has those of the core metric most like it, and its own."""
    for own, (like, replaced, own_keys) in OWN_METRICS.items():
        if name.startswith(own):
            keys = get_metric_kwargs(name.replace(own, like))
            kept = tuple(key for key in keys["metric_value_keys"] if key != replaced)
            return {**keys, "metric_value_keys": (*own_keys, *kept)}
    found: dict[str, Any] = get_metric_kwargs(name)
    return found


def _register_bundled(name: str, build: Build) -> None:
    """Register a metric that is computed together with all others."""

    def partial(
        cls: type[DuckDBMetricProvider],  # noqa: ARG001 - Great Expectations calls by keyword
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None,  # noqa: ARG001
    ) -> tuple[Aggregate | RepeatedRows | FailingRows, dict[str, Any], dict[str, Any]]:
        metric = build(execution_engine.batch, metric_domain_kwargs, metric_value_kwargs, metrics)
        return metric, metric_domain_kwargs, {}

    _register(name + PARTIAL, name, partial, is_partial=True)
    _register(name, name, None, is_partial=True)


def _register_value(name: str, value_of: Callable[[TableBatch], Any]) -> None:
    """Register a metric that needs no statement."""

    def value(execution_engine: DuckDBExecutionEngine, **_: Any) -> Any:
        return value_of(execution_engine.batch)

    _register(name, name, value, is_partial=False)


def _register_row_metrics(name: str, condition_of: Callable[..., RowCondition]) -> None:
    """Register what Great Expectations asks of a row condition: counts, keys, and never the values."""
    _register_bundled(
        name + UNEXPECTED_COUNT,
        lambda batch, domain, values, _: _failing_count(condition_of(batch, domain, values)),
    )
    _register_bundled(
        name + INDEX_LIST,
        lambda batch, domain, values, metrics: FailingRows(
            condition_of(batch, domain, values).is_unexpected, metrics["unexpected_count"]
        ),
    )
    if not name.startswith("column_values."):
        _register_bundled(
            name + ".filtered_row_count",
            lambda batch, domain, values, _: Aggregate(
                f"count(*) filter (where {condition_of(batch, domain, values).is_evaluated})"
            ),
        )
    _register_value(name + ".unexpected_values", lambda _: [])
    _register_value(name + ".unexpected_index_query", lambda _: None)


def _failing_count(condition: RowCondition) -> Aggregate | RepeatedRows:
    if condition.count:
        return Aggregate(condition.count)
    if condition.once_each:
        return RepeatedRows(condition.once_each, condition.is_evaluated)
    return Aggregate(f"count(case when {condition.is_unexpected} then 1 end)")


def _of_column(template: str) -> Build:
    """Build an aggregate of one column; `{column}` stands for it."""
    return lambda batch, domain, *_: Aggregate(template.format(column=batch.column_sql(domain["column"])))


def _sum_or_mean(function: str) -> Build:
    def build(batch: TableBatch, domain: Values, *_: object) -> Aggregate:
        # Compensated summation of floats: the plain one differs between runs with the order of threads.
        prefix = "f" if batch.is_double(domain["column"]) else ""
        aggregate = f"{prefix}{function}({batch.column_sql(domain['column'])})"
        return Aggregate(f"coalesce({aggregate}, 0)" if function == "sum" else aggregate)

    return build


AGGREGATES: Mapping[str, Build] = {
    "table.row_count": lambda *_: Aggregate("count(*)"),
    "column.max": _of_column("max({column})"),
    "column.min": _of_column("min({column})"),
    "column.mean": _sum_or_mean("avg"),
    "column.sum": _sum_or_mean("sum"),
    "column.distinct_values.count": _of_column("count(distinct {column})"),
    "column.unique_proportion": _of_column(
        "coalesce(count(distinct {column})::double / nullif(count({column}), 0), 0)"
    ),
    "column.non_null_proportion": _of_column("coalesce(count({column})::double / nullif(count(*), 0), 0)"),
}


@cache
def register_metrics() -> None:
    """Make our providers known to Great Expectations, once per process."""
    register_core_metrics()
    register_core_expectations()
    for name, condition_of in ROW_CONDITIONS.items():
        _register_row_metrics(name, condition_of)
    for name, build in AGGREGATES.items():
        _register_bundled(name, build)
    _register_value("table.columns", lambda batch: list(batch.columns))
    _register_value("table.column_count", lambda batch: len(batch.columns))
