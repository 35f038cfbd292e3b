"""Where customers buy, and what they like best."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cdp_pipeline_tests.warehouse import rows_of


def bought(customer_id: str, purchase_id: str, **values: Any) -> dict[str, Any]:
    fixed = {"source_system": "s", "status": "paid", "currency": "EUR", "net_amount": 1, "channel": "shop"}
    return {
        **fixed,
        "purchased_on": "2026-04-01",
        "customer_id": customer_id,
        "purchase_id": purchase_id,
        **values,
    }


def line(purchase_id: str, category: str | None, amount: str = "1.00", **values: Any) -> dict[str, Any]:
    key = {"source_system": "s", "purchase_id": purchase_id, "line_number": 1}
    return {**key, "category": category, "line_amount": amount, "quantity": 1, **values}


def mix_of(customers: str, *purchases: dict[str, Any]) -> list[tuple[Any, ...]]:
    profiles = [{"customer_id": customer_id} for customer_id in customers]
    columns = ["customer_id", "till_orders", "shop_orders", "till_share", "is_store_only", "is_web_only"]
    given = {"golden_profile": profiles, "customer_purchase": purchases}
    return rows_of("channel_mix", given=given, columns=columns)


def favourite_of(purchases: list[dict[str, Any]], *lines: dict[str, Any]) -> tuple[Any, ...]:
    """Category, lines, share and euros of one customer's favourite."""
    rate = {"source_system": "c", "valid_on": "2026-01-01", "currency": "GBP", "eur_rate": "0.5"}
    given = {
        "golden_profile": [{"customer_id": "a"}],
        "customer_purchase": purchases,
        "purchase_line": lines,
        "exchange_rate": [rate],
    }
    names = ("category", "category_lines", "category_share", "category_eur")
    [row] = rows_of("category_affinity", given=given, columns=[f"favourite_{name}" for name in names])
    return row


def test_store_only_and_web_only_need_every_order_there() -> None:
    assert mix_of(
        "abc",
        bought("a", "1", channel="till"),
        bought("b", "2", purchased_on="2020-01-01"),
        bought("c", "3", channel="till"),
        bought("c", "4", channel="till"),
        bought("c", "5", channel="till"),
        bought("c", "6"),
    ) == [
        ("a", 1, 0, Decimal("1.0000"), True, False),
        ("b", 0, 1, Decimal("0.0000"), False, True),
        ("c", 3, 1, Decimal("0.7500"), False, False),
    ]


def test_channel_of_a_customer_without_orders_is_unknown() -> None:
    assert mix_of("ab", bought("a", "1", status="cancelled")) == [
        ("a", 0, 0, None, None, None),
        ("b", 0, 0, None, None, None),
    ]


def test_cancelled_order_in_the_shop_does_not_end_store_only() -> None:
    mixed = mix_of("a", bought("a", "1", channel="till"), bought("a", "2", status="cancelled"))
    assert mixed == [("a", 1, 0, Decimal("1.0000"), True, False)]


def test_favourite_is_the_category_of_most_lines_not_of_most_money() -> None:
    assert favourite_of(
        [bought("a", "1"), bought("a", "2")],
        line("1", "Kitchen", "10.00"),
        line("1", "Living", "900.00", line_number=2),
        line("2", "Kitchen", "5.50"),
    ) == ("Kitchen", 2, Decimal("0.6667"), Decimal("15.50"))


def test_of_equal_categories_the_one_bought_last_then_the_first_by_name() -> None:
    orders = [bought("a", "1", purchased_on="2026-04-02"), bought("a", "2")]
    assert favourite_of(orders, line("1", "Living"), line("2", "Desk"))[0] == "Living"
    assert favourite_of(orders, line("1", "Living"), line("1", "Desk", line_number=2))[0] == "Desk"


def test_returned_cancelled_and_nameless_lines_do_not_count() -> None:
    orders = [bought("a", "1"), bought("a", "2", status="cancelled"), bought("a", "3", status="refund")]
    assert favourite_of(
        orders,
        line("1", None),
        line("1", "Living", quantity=-1, line_number=2),
        line("2", "Desk"),
        line("3", "Gifts"),
    ) == (None, None, None, None)


def test_spending_on_the_favourite_is_in_euros() -> None:
    orders = [bought("a", "1", currency="GBP"), bought("a", "2", currency="JPY"), bought("a", "3")]
    lines = [line("1", "Desk", "10.00"), line("2", "Desk", "10.00"), line("3", "Desk", "10.00")]
    assert favourite_of(orders, *lines) == ("Desk", 3, Decimal("1.0000"), Decimal("30.00"))
