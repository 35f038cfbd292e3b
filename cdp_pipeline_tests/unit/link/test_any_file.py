"""Linkage works whatever columns a file has, and depends on nothing but its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from cdp_pipeline_tests.sample_project import KEY
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups

MIXED = [
    SourceRecord("a", "Josef", "Gruber", date(1961, 2, 3), email="sg@example.org", street="Ring 1"),
    SourceRecord("b", "Sepp", "Gruber", email="sg@example.org", source="shop"),
    SourceRecord("c", "Josef", "Gruber", date(1990, 7, 9), street="Ring 1"),
    SourceRecord("d", "Josef", "Gruber", street="Ring 1", kind="order"),
    SourceRecord("e", None, None, email="sg@example.org", source="email"),
    SourceRecord("f", "Anna", "Gruberr", date(1964, 1, 1), phone="+49301234", street="Ring 1"),
    SourceRecord("g", "Anna", "Gruber", date(1964, 1, 1), phone="+49301234", street="Ring 1a"),
    SourceRecord("h", "Xaver", "Lang", loyalty="LC-1"),
    SourceRecord("i", "X.", "Lang", loyalty="LC-1", source="till"),
]


def test_no_records_give_no_customers(warehouse: Warehouse) -> None:
    assert warehouse.link() == set()
    assert warehouse.engine.row_count("link.edge") == 0
    assert warehouse.engine.row_count("link.customer_id_event") == 0


def test_one_record_is_one_customer(warehouse: Warehouse) -> None:
    assert warehouse.link(SourceRecord("a", "Eva", "Klein")) == groups("a")


def test_records_without_any_value_are_customers_of_their_own(warehouse: Warehouse) -> None:
    assert warehouse.link(SourceRecord("a"), SourceRecord("b")) == groups("a", "b")


def test_names_and_addresses_alone_suffice(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("a", "Eva", "Klein", street="Ring 1"),
        SourceRecord("b", "Eva", "Klein", street="Ring 1"),
        SourceRecord("c", "Eva", "Klein", street="Ufer 9", postcode="80331"),
    ) == groups("a b", "c")


def test_emails_without_names_suffice(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("a", email="x@example.org"), SourceRecord("b", email="x@example.org"), SourceRecord("c")
    ) == groups("a b", "c")


@pytest.fixture(scope="module")
def mixed() -> Iterator[Warehouse]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CDP_PROJECT_KEY", KEY)
        warehouse = Warehouse()
        warehouse.link(*MIXED)
    yield warehouse
    warehouse.engine.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_order_of_rows_and_threads_change_nothing(
    mixed: Warehouse, new_warehouse: Callable[..., Warehouse], threads: int
) -> None:
    tables = ("edge", "cluster", "customer_source_record", "customer_id_event")
    turned = new_warehouse(threads=threads)
    turned.link(*reversed(MIXED))
    for table in tables:
        rows = f"from link.{table} order by all"
        assert mixed.engine.fetch_all(rows) == turned.engine.fetch_all(rows)


def test_every_cluster_hangs_together_by_edges_that_hold(mixed: Warehouse) -> None:
    crossing = mixed.engine.fetch_value(
        """
        select count(*)
        from link.edge
        inner join link.cluster as l on l.source_record_id = left_source_record_id
        inner join link.cluster as r on r.source_record_id = right_source_record_id
        where (l.cluster_id = r.cluster_id) <> (edge_kind in ('rule', 'splink'))
        """
    )
    assert crossing == 0
