"""Purchases by customer, and what is left out of them."""

from __future__ import annotations

from decimal import Decimal

from cdp_pipeline_tests.warehouse import Warehouse


def test_anonymous_purchases_are_left_out_and_counted() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "shop/order/#1")
    warehouse.add_purchase("shop/order/#1", "#1", "2026-04-01", "30.00")
    warehouse.add_purchase(None, "T1", "2026-04-01", "12.50", channel="till")
    warehouse.build("golden")
    assert warehouse.rows("select customer_id, purchase_id from golden.customer_purchase") == [("c1", "#1")]
    assert warehouse.rows(
        "select channel, is_customer_known, purchase_count, net_amount from golden.purchase_coverage "
        "order by channel"
    ) == [("shop", True, 1, Decimal("30.00")), ("till", False, 1, Decimal("12.50"))]


def test_purchase_of_a_record_that_link_left_out_counts_as_anonymous() -> None:
    warehouse = Warehouse()
    warehouse.add_purchase("shop/order/#9", "#9", "2026-04-01", "30.00")
    warehouse.build("golden")
    assert warehouse.rows("select is_customer_known, purchase_count from golden.purchase_coverage") == [
        (False, 1)
    ]
