"""Warehouses in memory for the tests of linkage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cdp_pipeline_tests.unit.link.link_warehouse import Warehouse


@pytest.fixture
def new_warehouse() -> Iterator[Callable[..., Warehouse]]:
    opened: list[Warehouse] = []

    def open_one(threads: int = 2) -> Warehouse:
        opened.append(Warehouse(threads))
        return opened[-1]

    yield open_one
    for warehouse in opened:
        warehouse.engine.close()


@pytest.fixture
def warehouse(new_warehouse: Callable[..., Warehouse]) -> Warehouse:
    return new_warehouse()
