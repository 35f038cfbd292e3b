"""Views are built with the tables that read them, so an orchestrator sees tables alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import Model, ModelGraph
from cdp_pipeline.stages import Stage


def model(name: str, *upstream: str, kind: str = "full") -> Model:
    document = {
        "model": name,
        "description": "Test model.",
        "grain": "one row",
        "owner": "team:tests",
        "kind": kind,
        "columns": [{"name": "a", "type": "INTEGER", "description": "A number."}],
    }
    contract = parse_contract(document, TableContract, origin="test")
    reads = tuple(f"golden.{other}" for other in upstream)
    return Model(Stage.GOLDEN, contract, reads, Path("test.yml"), name, sql="select 1 as a")


GRAPH = ModelGraph(
    (
        model("base"),
        model("other"),
        model("unrelated_view", "other", kind="view"),
        model("inner_view", "base", kind="view"),
        model("outer_view", "inner_view", "other", kind="view"),
        model("some_table", "outer_view", "base"),
        model("after", "some_table"),
    )
)


def test_views_are_no_tables() -> None:
    assert [m.name for m in GRAPH.tables] == ["base", "other", "some_table", "after"]


def test_views_of_a_table_come_in_building_order_whether_read_directly_or_through_another() -> None:
    assert [m.name for m in GRAPH.views_of(GRAPH["golden.some_table"])] == ["inner_view", "outer_view"]


def test_views_behind_a_stored_table_are_that_tables_own() -> None:
    assert GRAPH.views_of(GRAPH["golden.after"]) == []


def test_tables_read_sees_through_views() -> None:
    assert GRAPH.tables_read(GRAPH["golden.some_table"]) == ["golden.base", "golden.other"]
    assert GRAPH.tables_read(GRAPH["golden.after"]) == ["golden.some_table"]
    assert GRAPH.tables_read(GRAPH["golden.base"]) == []


def test_a_name_that_is_no_model_is_a_key_error() -> None:
    with pytest.raises(KeyError, match=r"golden\.nothing"):
        GRAPH["golden.nothing"]


def test_of_the_project_every_table_reads_tables_that_stand_before_it() -> None:
    graph = load_graph(load_project(Path()))
    assert any(m.is_view for m in graph), "parts are views"
    built: set[str] = set()
    for table in graph.tables:
        assert set(graph.tables_read(table)) <= built, table.full_name
        built.add(table.full_name)
