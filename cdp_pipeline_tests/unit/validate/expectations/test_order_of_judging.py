"""A table that an expectation compares with is there before the expectation is judged."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.errors import ModelError
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import ModelGraph
from cdp_pipeline.sql_project.graph import _with_tables_of_expectations


@pytest.fixture(scope="module")
def graph() -> ModelGraph:
    return load_graph(load_project(Path(__file__).parents[4]))


def test_tables_of_expectations_are_built_first(graph: ModelGraph) -> None:
    order = [model.full_name for model in graph]
    compared = [
        (spec.other_table, model)
        for model in graph
        for spec in model.contract.expectations
        if spec.other_table is not None
    ]
    assert ("standardise.purchase", "standardise.purchase_line") in [(o, m.full_name) for o, m in compared]
    for other, model in compared:
        assert other in model.upstream
        assert order.index(other) < order.index(model.full_name)


def test_a_table_of_a_later_stage_is_refused(graph: ModelGraph) -> None:
    [purchase] = [model for model in graph if model.full_name == "standardise.purchase"]
    ahead = ExpectationSpec(
        type="expect_column_values_to_exist_in_table",
        kwargs={"column": "source_system", "table": "golden.golden_profile"},
    )
    contract = purchase.contract.model_copy(update={"expectations": [ahead]})
    with pytest.raises(ModelError, match=r"reads golden\.golden_profile of a later stage"):
        _with_tables_of_expectations(dataclasses.replace(purchase, contract=contract))
