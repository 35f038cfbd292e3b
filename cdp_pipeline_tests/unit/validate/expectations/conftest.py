"""Great Expectations on real pandas: the reference that our engine must equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from cdp_pipeline.contracts.expectation import ExpectationSpec

Keys = list[tuple[Any, ...]]


@dataclass(frozen=True)
class PandasVerdict:
    """What Great Expectations on pandas says of one expectation."""

    is_met: bool
    element_count: int | None
    unexpected_count: int
    observed: Any
    failing_keys: Keys
    error: str | None


PandasJudge = Callable[[pa.Table, Sequence[ExpectationSpec], Sequence[str]], list[PandasVerdict]]


def _as_frame(rows: pa.Table) -> pd.DataFrame:
    frame = rows.to_pandas()
    for name in frame.select_dtypes("datetime").columns:
        frame[name] = frame[name].astype("datetime64[ns]")  # GX compares text bounds only with this unit
    return frame


def _as_verdict(result: Any, key_columns: Sequence[str]) -> PandasVerdict:
    details = result.result
    keys = [tuple(row[name] for name in key_columns) for row in details.get("unexpected_index_list") or []]
    raised = None if result.exception_info.get("raised_exception") is False else result.exception_info
    return PandasVerdict(
        is_met=bool(result.success),
        element_count=details.get("element_count"),
        unexpected_count=int(details.get("unexpected_count", 0)),
        observed=details.get("observed_value"),
        failing_keys=sorted(keys),
        error=str(raised) if raised else None,
    )


@pytest.fixture(scope="session")
def judge_with_pandas() -> PandasJudge:
    """Run a suite through Great Expectations' public interface on a pandas frame."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("all")

    def judge(
        rows: pa.Table, specs: Sequence[ExpectationSpec], key_columns: Sequence[str]
    ) -> list[PandasVerdict]:
        batch = definition.get_batch({"dataframe": _as_frame(rows)})
        suite = gx.ExpectationSuite("suite")
        for position, spec in enumerate(specs):
            kwargs = {**spec.kwargs, "meta": {"position": position}}
            suite.add_expectation(gx.expectations.registry.get_expectation_impl(spec.type)(**kwargs))
        result_format = {"result_format": "COMPLETE", "unexpected_index_column_names": list(key_columns)}
        results = batch.validate(suite, result_format=result_format).results
        results.sort(key=lambda result: result.expectation_config.meta["position"])
        return [_as_verdict(result, key_columns) for result in results]

    return judge
