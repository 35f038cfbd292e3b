"""Warehouses in memory for the tests of linkage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import ModelGraph
from cdp_pipeline_tests.unit.link.link_warehouse import Warehouse


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def graph(project: Project) -> ModelGraph:
    return load_graph(project)


@pytest.fixture
def new_warehouse(project: Project, graph: ModelGraph) -> Iterator[Callable[..., Warehouse]]:
    opened: list[Warehouse] = []

    def open_one(threads: int = 2) -> Warehouse:
        opened.append(Warehouse(project, graph, threads))
        return opened[-1]

    yield open_one
    for warehouse in opened:
        warehouse.engine.close()


@pytest.fixture
def warehouse(new_warehouse: Callable[..., Warehouse]) -> Warehouse:
    return new_warehouse()
