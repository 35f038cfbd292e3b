"""The door of this package: validate one table, get one verdict per expectation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError, ConfigError
from cdp_pipeline.validate.expectations.batch import TableBatch
from cdp_pipeline.validate.expectations.catalogue import check_expectations, is_row_level
from cdp_pipeline.validate.expectations.gx_import import import_suite

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations.gx_suite import SuiteEntry, SuiteResult

_MIN_ROWS_SHOWN = 10
"""Below this many rows a mean or a sum tells too much about one of them."""

_EXTREMES = ("expect_column_max_to_be_between", "expect_column_min_to_be_between")
_AVERAGES = ("expect_column_mean_to_be_between", "expect_column_sum_to_be_between")


@dataclass(frozen=True)
class Verdict:
    """What became of one expectation.

    Attributes:
        evaluated_rows: rows of the table that the expectation was asked of; nulls count.
        failing_rows: rows that fail a row-level expectation (`mostly` may still forgive them);
            0 for expectations about a column or table as a whole.
        observed: the count, proportion or list of columns found; never the value of a customer, so
            None for least and greatest values, and for means and sums of few rows.
        failing_keys: key columns of the failing rows, ordered by key; empty unless asked for.
    """

    expectation: ExpectationSpec
    is_met: bool
    evaluated_rows: int
    failing_rows: int
    observed: int | float | str | None
    failing_keys: pa.Table


def validate_table(
    engine: Engine,
    table: str,
    expectations: Sequence[ExpectationSpec],
    key_columns: Sequence[str],
    *,
    where: str | None = None,
    with_failing_keys: bool = False,
    business_date: dt.date | None = None,
) -> list[Verdict]:
    """Judge a table by Great Expectations' expectations, with metrics computed by DuckDB.

    Reads the table in one statement for all expectations, and in a second one for the keys if any row
    failed. Uniqueness that is broken, and what must exist in another table, read their columns once more.

    Args:
        table: `schema.table`, or a view. An expensive view is better stored first: see above.
        key_columns: what names a row in `failing_keys`.
        where: SQL condition; other rows do not exist for the expectations.
        with_failing_keys: collect the keys of rows that fail critical row-level expectations.
        business_date: what bounds such as `business_date - 30 days` count from; else today.

    Returns:
        One verdict per expectation, in order.

    Raises:
        ConfigError: an expectation is unknown, malformed or does not fit the columns.
        CdpError: DuckDB could not compute a metric.
    """
    batch = TableBatch.of(engine, table, key_columns, where)
    missing = [name for name in key_columns if name not in batch.columns]
    if missing:
        raise ConfigError(f"{table}: key column {', '.join(missing)} does not exist. Correct the key.")
    parsed = check_expectations(expectations, table, batch.columns, business_date=business_date)
    if not expectations:
        return []
    gx_suite = import_suite()
    entries = [
        gx_suite.SuiteEntry(spec.type, model.as_gx(), with_failing_keys and _may_quarantine(spec))
        for spec, model in zip(expectations, parsed, strict=True)
    ]
    suite = gx_suite.run_suite(batch, entries)
    return _verdicts(batch, expectations, entries, suite)


def _may_quarantine(spec: ExpectationSpec) -> bool:
    return spec.severity is Severity.CRITICAL and is_row_level(spec.type)


def _verdicts(
    batch: TableBatch, specs: Sequence[ExpectationSpec], entries: Sequence[SuiteEntry], suite: SuiteResult
) -> list[Verdict]:
    key_names = list(batch.key_columns)
    no_keys = batch.empty_keys()
    verdicts = []
    for spec, entry, outcome in zip(specs, entries, suite.results, strict=True):
        result = outcome.result
        keys = result["unexpected_index_list"] if entry.wants_keys else no_keys
        failing = int(result.get("unexpected_count", 0))
        if entry.wants_keys and keys.num_rows != failing:
            raise CdpError(
                f"{batch.relation}: {spec.type} counted {failing} failing rows but found {keys.num_rows} "
                f"keys ({', '.join(key_names)}). Validate a stored table that nobody writes to."
            )
        rows = int(result.get("element_count", suite.row_count))
        observed = _observed(spec.type, result.get("observed_value"), rows)
        verdicts.append(Verdict(spec, bool(outcome.success), rows, failing, observed, keys))
    return verdicts


def _observed(expectation_type: str, value: Any, rows: int) -> int | float | str | None:
    """Return what was found, as long as it is no customer's value."""
    if expectation_type in _EXTREMES or (expectation_type in _AVERAGES and rows < _MIN_ROWS_SHOWN):
        return None
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, int | float | str) else None
