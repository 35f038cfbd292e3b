"""Great Expectations' execution engine for DuckDB: a whole suite in one statement.

What belongs here: how bundled metrics reach DuckDB. What does not: what a metric means (gx_metrics.py,
conditions.py). Imports Great Expectations, so it is itself imported lazily.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import pyarrow as pa
from great_expectations.exceptions.exceptions import GreatExpectationsError
from great_expectations.execution_engine.execution_engine import (
    ExecutionEngine,
    MetricComputationConfiguration,
)

from cdp_pipeline.validate.expectations.batch import TableBatch


@dataclass(frozen=True)
class Aggregate:
    """A metric that is one number about the batch: an SQL aggregate."""

    sql: str


@dataclass(frozen=True)
class RepeatedRows:
    """A metric that is the number of rows whose values in some columns occur more than once."""

    columns: tuple[str, ...]
    is_evaluated: str

    @property
    def has_repeats_sql(self) -> str:
        """Return an aggregate that is false only if every row is the only one of its kind.

        Different hashes prove different values, and hashes are counted in a fraction of the values' time
        and memory. Equal hashes prove nothing: then the values themselves are counted.
        """
        hashes = f"count(distinct hash({', '.join(self.columns)})) filter (where {self.is_evaluated})"
        return f"{hashes} < count(*) filter (where {self.is_evaluated})"

    def count_sql(self, relation: str) -> str:
        """Return the query that counts the rows by their values; nulls in a group are equal to each other."""
        return (
            f"select coalesce(sum(rows), 0)::bigint from (select count(*) as rows from {relation}"
            f" where {self.is_evaluated} group by {', '.join(self.columns)} having count(*) > 1)"
        )


@dataclass(frozen=True)
class FailingRows:
    """A metric that is the keys of the rows that fail a condition; `count` is already known."""

    is_unexpected: str
    count: int


class DuckDBExecutionEngine(ExecutionEngine[str]):
    """Computes metrics over one `TableBatch`.

    Great Expectations finds providers by the name of this class, then hands all metrics whose inputs are
    known to `resolve_metric_bundle` together.
    """

    def __init__(self, batch: TableBatch) -> None:
        super().__init__()
        self.batch = batch
        self.load_batch_data("table", batch)

    def resolve_metric_bundle(
        self, metric_fn_bundle: Sequence[MetricComputationConfiguration]
    ) -> dict[Any, Any]:
        """Compute a bundle: one statement for all aggregates, one for all keys of failing rows."""
        metrics = {
            entry.metric_configuration.id: cast("object", entry.metric_fn) for entry in metric_fn_bundle
        }
        aggregates = {key: metric for key, metric in metrics.items() if isinstance(metric, Aggregate)}
        repeated = {key: metric for key, metric in metrics.items() if isinstance(metric, RepeatedRows)}
        failing = {key: metric for key, metric in metrics.items() if isinstance(metric, FailingRows)}
        return {**self._aggregate(aggregates, repeated), **self._collect_failing_keys(failing)}

    def _aggregate(
        self, aggregates: Mapping[Any, Aggregate], repeated: Mapping[Any, RepeatedRows]
    ) -> dict[Any, Any]:
        """Read the batch once for everything; where a value may repeat, once more for the exact count."""
        if not aggregates and not repeated:
            return {}
        engine, relation = self.batch.engine, self.batch.relation
        asked = [metric.sql for metric in aggregates.values()]
        asked += [metric.has_repeats_sql for metric in repeated.values()]
        [values] = engine.fetch_all(f"select {', '.join(asked)} from {relation}")
        found = dict(zip([*aggregates, *repeated], values, strict=True))
        for key, metric in repeated.items():
            found[key] = engine.fetch_value(metric.count_sql(relation)) if found[key] else 0
        return found

    def _collect_failing_keys(self, metrics: Mapping[Any, FailingRows]) -> dict[Any, pa.Table]:
        """Read keys and one flag per condition, then split by flag.

        The keys stay an Arrow table inside Great Expectations' result. As the list of dictionaries that
        its other engines build, a million keys would take seconds and gigabytes.
        """
        if not metrics:
            return {}
        failing = {key: metric for key, metric in metrics.items() if metric.count}
        keys = no_keys = self.batch.empty_keys()
        if failing:
            flags = ", ".join(f"{m.is_unexpected} as flag_{i}" for i, m in enumerate(failing.values()))
            any_flag = " or ".join(f"flag_{i}" for i in range(len(failing)))
            # Flags first, then the filter over them: as one level, DuckDB would compute every flag twice.
            flagged = f"select {self.batch.key_sql}, {flags} from {self.batch.relation}"
            keys = self.batch.engine.fetch_arrow(
                f"select * from ({flagged}) where {any_flag} order by {self.batch.key_sql}"
            )
        names = list(self.batch.key_columns)
        split = {
            key: keys.filter(keys.column(len(names) + i)).select(range(len(names)))
            for i, key in enumerate(failing)
        }
        return {key: split.get(key, no_keys) for key in metrics}

    def get_batch_data_and_markers(self, batch_spec: Any) -> NoReturn:  # noqa: ARG002 - GX's signature
        """Refuse: the one batch is given to the constructor."""
        raise GreatExpectationsError("DuckDBExecutionEngine holds one batch and loads no others")

    def _refuse_condition(self, condition: Any) -> NoReturn:  # noqa: ARG002 - GX's signature
        raise GreatExpectationsError("row_condition is not supported; restrict the rows with `where`")

    _comparison_condition_to_filter_clause = _refuse_condition
    _nullity_condition_to_filter_clause = _refuse_condition
    _and_condition_to_filter_clause = _refuse_condition
    _or_condition_to_filter_clause = _refuse_condition
