"""Warehouses in memory for the tests of linkage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cdp_pipeline_tests.unit.link.link_warehouse import Warehouse
from cdp_pipeline_tests.unit.link.shared_nights import Linked, NightsOfAModule


@pytest.fixture
def new_warehouse() -> Iterator[Callable[..., Warehouse]]:
    opened: list[Warehouse] = []

    def open_one(threads: int = 1) -> Warehouse:
        opened.append(Warehouse(threads))
        return opened[-1]

    yield open_one
    for warehouse in opened:
        warehouse.engine.close()


@pytest.fixture
def warehouse(new_warehouse: Callable[..., Warehouse]) -> Warehouse:
    return new_warehouse()


@pytest.fixture(scope="module")
def nights_of_the_module(request: pytest.FixtureRequest) -> Iterator[NightsOfAModule]:
    nights = NightsOfAModule([item for item in request.session.items if item.path == request.path])
    yield nights
    nights.close()


@pytest.fixture
def linked(nights_of_the_module: NightsOfAModule, request: pytest.FixtureRequest) -> Linked:
    """What the night that a test shares has made of its records; see `linked_together`."""
    return nights_of_the_module.of(request.node.name)
