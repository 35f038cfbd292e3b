"""The trait that the shipped segments are made of."""

from __future__ import annotations

from decimal import Decimal

from cdp_pipeline_tests.warehouse import Warehouse


def summary_of(*purchases: dict[str, str]) -> Warehouse:
    """Summary of one customer on 2026-05-04."""
    warehouse = Warehouse()
    warehouse.add_record("c1", "shop/customer/1")
    for number, purchase in enumerate(purchases):
        fixed = {"occurred_at": "2026-04-04 10:00:00", "amount": "10.00"}
        warehouse.add_purchase("shop/customer/1", f"#{number}", **{**fixed, **purchase})
    warehouse.build("golden", "purchase_summary")
    return warehouse


def test_days_are_counted_to_the_business_date() -> None:
    warehouse = summary_of({"occurred_at": "2026-01-01 23:59:59"}, {"occurred_at": "2026-05-01 00:00:00"})
    assert warehouse.rows(
        "select orders, days_since_first_purchase, days_since_last_purchase from segment.purchase_summary"
    ) == [(2, 123, 3)]


def test_customer_without_purchases_has_no_orders_and_unknown_dates() -> None:
    assert summary_of().rows(
        "select orders, net_revenue, last_purchase_on, days_since_last_purchase from segment.purchase_summary"
    ) == [(0, Decimal("0.00"), None, None)]


def test_cancelled_pending_and_given_back_orders_are_no_orders() -> None:
    lost = [{"status": status, "net_amount": "0"} for status in ("cancelled", "pending", "refunded")]
    till_refund = {"status": "refund", "net_amount": "-4.00"}
    warehouse = summary_of({"net_amount": "20.00"}, *lost, till_refund)
    assert warehouse.rows("select orders, net_revenue from segment.purchase_summary") == [
        (1, Decimal("16.00"))
    ]


def test_currencies_are_never_added() -> None:
    one = summary_of({"amount": "10.10"}, {"amount": "0.20"})
    assert one.rows("select revenue_currency, net_revenue from segment.purchase_summary") == [
        ("EUR", Decimal("10.30"))
    ]
    several = summary_of({}, {"currency": "GBP"})
    assert several.rows("select orders, revenue_currency, net_revenue from segment.purchase_summary") == [
        (2, None, None)
    ]


def test_purchase_after_the_business_date_waits_for_its_night() -> None:
    warehouse = summary_of(
        {"occurred_at": "2026-05-04 23:59:59"},
        {"occurred_at": "2026-05-05 00:00:00", "channel": "till", "currency": "GBP"},
    )
    assert warehouse.rows(
        "select orders, days_since_last_purchase, purchase_channels, net_revenue from segment.purchase_summary"
    ) == [(1, 0, 1, Decimal("10.00"))]
