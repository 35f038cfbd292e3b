"""One suite through Great Expectations: metric graph, computation, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.exceptions.exceptions import GreatExpectationsError, MetricResolutionError
from great_expectations.expectations.expectation import Expectation
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator

from cdp_pipeline.errors import CdpError
from cdp_pipeline.validate.expectations.batch import TableBatch
from cdp_pipeline.validate.expectations.gx_engine import DuckDBExecutionEngine
from cdp_pipeline.validate.expectations.gx_expectations import make_expectation
from cdp_pipeline.validate.expectations.gx_metrics import register_metrics

_ROW_COUNT = MetricConfiguration("table.row_count", {})


@dataclass(frozen=True)
class SuiteEntry:
    """One expectation as Great Expectations takes it; `wants_keys` asks for the keys of failing rows."""

    type: str
    kwargs: dict[str, Any]
    wants_keys: bool


@dataclass(frozen=True)
class SuiteResult:
    """Great Expectations' own results, in the order of the entries, and the rows of the batch."""

    results: list[ExpectationValidationResult]
    row_count: int


def run_suite(batch: TableBatch, entries: Sequence[SuiteEntry]) -> SuiteResult:
    """Compute all metrics of a suite together and let each expectation judge its own.

    Raises:
        CdpError: a metric cannot be computed, or Great Expectations refuses an expectation. The
            message names metric and columns; DuckDB's own text may quote a value and is left out.
    """
    register_metrics()
    engine = DuckDBExecutionEngine(batch)
    try:
        return _judge(engine, entries)
    except MetricResolutionError as error:
        fault = "; ".join(sorted({_described(metric) for metric in error.failed_metrics}))
    except GreatExpectationsError as error:
        fault = type(error).__name__
    # Raised outside of the handler: a chained exception would carry the text that is left out.
    raise CdpError(f"{batch.relation}: these metrics cannot be computed: {fault}. Check the column types.")


def _judge(engine: DuckDBExecutionEngine, entries: Sequence[SuiteEntry]) -> SuiteResult:
    expectations = [make_expectation(entry.type, entry.kwargs) for entry in entries]
    runtimes = [_runtime(engine, entry) for entry in entries]
    wanted = [
        metric
        for expectation, runtime in zip(expectations, runtimes, strict=True)
        for metric in expectation.get_validation_dependencies(engine, runtime).get_metric_configurations()
    ]
    metrics, _ = MetricsCalculator(engine, show_progress_bars=False).compute_metrics(
        [_ROW_COUNT, *wanted], runtime_configuration={"catch_exceptions": False}
    )
    results = [
        _validated(expectation, metrics, engine, runtime)
        for expectation, runtime in zip(expectations, runtimes, strict=True)
    ]
    return SuiteResult(results, int(metrics[_ROW_COUNT.id]))


def _validated(
    expectation: Expectation, metrics: dict[Any, Any], engine: DuckDBExecutionEngine, runtime: dict[str, Any]
) -> ExpectationValidationResult:
    return expectation.metrics_validate(metrics, runtime_configuration=runtime, execution_engine=engine)


def _runtime(engine: DuckDBExecutionEngine, entry: SuiteEntry) -> dict[str, Any]:
    """Ask for counts, or for counts and keys; in neither form do values enter the result."""
    result_format: dict[str, Any] = {
        "result_format": "COMPLETE" if entry.wants_keys else "BASIC",
        "partial_unexpected_count": 0,
        "exclude_unexpected_values": True,
        "include_unexpected_rows": False,
        "return_unexpected_index_query": False,
    }
    if entry.wants_keys:
        result_format["unexpected_index_column_names"] = list(engine.batch.key_columns)
    return {"result_format": result_format, "catch_exceptions": False}


def _described(metric: MetricConfiguration) -> str:
    names = ("column", "column_A", "column_B", "column_list")
    columns = [str(value) for name, value in metric.metric_domain_kwargs.items() if name in names]
    return f"{metric.metric_name} of {', '.join(columns) or 'the table'}"
