"""Where customers buy, and what they like best."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cdp_pipeline_tests.warehouse import as_purchases, rows_of


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
    fixed = {"line_amount": amount, "quantity": 1, "currency": "EUR"}
    return {**key, "category": category, **fixed, **values}


def mix_of(customers: str, *purchases: dict[str, Any]) -> list[tuple[Any, ...]]:
    profiles = [{"customer_id": customer_id} for customer_id in customers]
    columns = ["customer_id", "till_orders", "shop_orders", "till_share", "is_store_only", "is_web_only"]
    given = {"golden_profile": profiles, "customer_purchase": purchases}
    return rows_of("channel_mix", given=given, columns=columns)


def favourite_of(purchases: list[dict[str, Any]], *lines: dict[str, Any]) -> tuple[Any, ...]:
    """Category, lines, share and euros of one customer's favourite."""
    [row] = [row[1:] for row in favourites_of(purchases, *lines) if row[0] == "a"]
    return row


def favourites_of(purchases: list[dict[str, Any]], *lines: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Category, lines, share and euros of the favourite, by customer."""
    rate = {"source_system": "c", "valid_on": "2026-04-01", "currency": "GBP", "eur_rate": "0.5"}
    given = {
        "golden_profile": [{"customer_id": customer_id} for customer_id in "ab"],
        **as_purchases(purchases),
        "purchase_line": lines,
        "exchange_rate": [rate],
    }
    names = [f"favourite_{name}" for name in ("category", "category_lines", "category_share", "category_eur")]
    return rows_of("category_affinity", given=given, columns=["customer_id", *names])


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
    lines = [line("1", "Desk", "10.00", currency="GBP"), line("2", "Desk", "10.00", currency="JPY")]
    assert favourite_of(orders, *lines, line("3", "Desk", "10.00")) == (
        ("Desk", 3, Decimal("1.0000"), Decimal("30.00"))
    )


def test_line_in_another_currency_than_its_purchase_is_counted_without_its_money() -> None:
    orders = [bought("a", "1", currency="GBP")]
    lines = [line("1", "Desk", "10.00"), line("1", "Desk", "4.00", line_number=2, currency="GBP")]
    assert favourite_of(orders, *lines) == ("Desk", 2, Decimal("1.0000"), Decimal("8.00"))


def test_category_is_one_in_any_case_and_written_as_most_lines_of_all_customers_do() -> None:
    orders = [bought("a", "1"), bought("b", "2")]
    lines = [line("1", "KITCHEN"), line("1", "kitchen", line_number=2), line("1", "Desk", line_number=3)]
    assert favourites_of(orders, *lines, line("2", "Kitchen"), line("2", "Kitchen", line_number=2)) == [
        ("a", "Kitchen", 2, Decimal("0.6667"), Decimal("2.00")),
        ("b", "Kitchen", 2, Decimal("1.0000"), Decimal("2.00")),
    ]
    assert favourite_of(orders, *lines)[0] == "KITCHEN", "of equal spellings the first by name"


TODAY_AND_TOMORROW = [
    bought("a", "1", channel="till", purchased_on="2026-05-04"),
    bought("a", "2", purchased_on="2026-05-05"),
]


def test_channel_of_a_purchase_after_the_business_date_waits_for_its_night() -> None:
    assert mix_of("a", *TODAY_AND_TOMORROW) == [("a", 1, 0, Decimal("1.0000"), True, False)]


def test_category_of_a_purchase_after_the_business_date_waits_for_its_night() -> None:
    lines = [line("1", "Desk"), line("2", "Living"), line("2", "Living", line_number=2)]
    assert favourite_of(TODAY_AND_TOMORROW, *lines) == (("Desk", 1, Decimal("1.0000"), Decimal("1.00")))
