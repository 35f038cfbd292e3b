"""What customers are worth: euros from several currencies, and ranks that never depend on chance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cdp_pipeline_tests.warehouse import as_purchases, rows_of

POUND = [
    {"source_system": "catalogue", "valid_on": "2026-01-01", "currency": "GBP", "eur_rate": "0.800000"},
    {"source_system": "catalogue", "valid_on": "2026-01-05", "currency": "GBP", "eur_rate": "0.900000"},
    {"source_system": "catalogue", "valid_on": "2026-03-28", "currency": "GBP", "eur_rate": "0.900000"},
]
VALUE = ("customer_id", "revenue_eur_365_days", "unconverted_purchases_365_days", "value_percentile")


def bought(customer_id: str, amount: str, purchased_on: str = "2026-04-01", **values: Any) -> dict[str, Any]:
    key = {"source_system": "shop", "purchase_id": f"{customer_id}/{amount}/{purchased_on}"}
    fixed = {"channel": "shop", "status": "paid", "currency": "EUR", "net_amount": amount}
    return {**key, **fixed, "customer_id": customer_id, "purchased_on": purchased_on, **values}


def in_euros(*purchases: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rate and revenue of each purchase, by its day."""
    rows = rows_of(
        "purchase_in_euros",
        given={**as_purchases(purchases), "exchange_rate": POUND},
        columns=["purchased_on", "is_order", "eur_rate", "revenue_eur"],
    )
    return [row[1:] for row in rows]


def values_of(customers: str, *purchases: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Values of customers with ids of one letter, on 2026-05-04."""
    profiles = [{"customer_id": customer_id} for customer_id in customers]
    given = {"golden_profile": profiles, **as_purchases(purchases), "exchange_rate": POUND}
    return rows_of("purchase_value", given=given, columns=VALUE)


def test_newest_rate_at_or_before_the_day_counts() -> None:
    pounds = {"currency": "GBP"}
    assert in_euros(
        bought("a", "9.00", "2026-01-04", **pounds),
        bought("a", "9.00", "2026-01-05", **pounds),
        bought("a", "9.00", "2026-01-15", **pounds),
    ) == [
        (True, Decimal("0.800000"), Decimal("11.25")),
        (True, Decimal("0.900000"), Decimal("10.00")),
        (True, Decimal("0.900000"), Decimal("10.00")),
    ]


def test_rate_of_more_than_ten_days_before_is_none_and_the_purchase_is_counted() -> None:
    late = bought("a", "9.00", "2026-01-16", currency="GBP")
    assert in_euros(late) == [(True, None, None)]
    assert values_of("a", late, bought("a", "10.00")) == [("a", Decimal("10.00"), 1, Decimal("100.00"))]


def test_euros_need_no_rate_and_other_money_without_one_stays_unknown() -> None:
    assert in_euros(
        bought("a", "9.00", "2025-12-31"),
        bought("a", "9.00", "2026-01-01", currency="USD"),
        bought("a", "9.00", "2025-12-30", currency="GBP"),
    ) == [(True, None, None), (True, Decimal("1.000000"), Decimal("9.00")), (True, None, None)]


@pytest.mark.parametrize(
    ("status", "net_amount", "is_order", "revenue"),
    [
        ("paid", "10.00", True, "10.00"),
        ("partially_refunded", "4.00", True, "4.00"),
        ("refunded", "0.00", False, "0.00"),
        ("refund", "-3.00", False, "-3.00"),
        ("pending", "10.00", False, "0.00"),
        ("cancelled", "0.00", False, "0.00"),
    ],
)
def test_status_decides_what_is_an_order_and_what_is_revenue(
    status: str, net_amount: str, *, is_order: bool, revenue: str
) -> None:
    [(found, _, amount)] = in_euros(bought("a", net_amount, status=status))
    assert (found, amount) == (is_order, Decimal(revenue))


def test_currencies_are_added_in_euros_and_what_has_no_rate_is_counted() -> None:
    assert values_of(
        "ab",
        bought("a", "10.00"),
        bought("a", "9.00", currency="GBP"),
        bought("a", "7.00", currency="JPY"),
        bought("b", "7.00", currency="JPY"),
    ) == [("a", Decimal("20.00"), 1, Decimal("100.00")), ("b", Decimal("0.00"), 1, None)]


def test_value_is_of_the_365_days_that_end_with_the_business_date() -> None:
    assert values_of(
        "a",
        bought("a", "1.00", "2025-05-04"),
        bought("a", "2.00", "2025-05-05"),
        bought("a", "4.00", "2026-05-04"),
        bought("a", "8.00", "2026-05-05"),
    ) == [("a", Decimal("6.00"), 0, Decimal("100.00"))]


def test_percentile_ranks_customers_with_revenue_and_ties_by_customer_id() -> None:
    assert values_of(
        "abcdefg",
        bought("a", "30.00"),
        bought("c", "20.00"),
        bought("b", "20.00"),
        bought("d", "10.00"),
        bought("e", "10.00", status="pending"),
        bought("g", "5.00", "2026-01-01"),
        bought("g", "-9.00", "2026-02-01", status="refund"),
    ) == [
        ("a", Decimal("30.00"), 0, Decimal("100.00")),
        ("b", Decimal("20.00"), 0, Decimal("50.00")),
        ("c", Decimal("20.00"), 0, Decimal("75.00")),
        ("d", Decimal("10.00"), 0, Decimal("25.00")),
        ("e", Decimal("0.00"), 0, Decimal("0.00")),
        ("f", Decimal("0.00"), 0, Decimal("0.00")),
        ("g", Decimal("-4.00"), 0, Decimal("0.00")),
    ]


# Of 20,030 buyers the last one in is at 90.00499 percent.
@pytest.mark.parametrize(
    ("buyers", "in_the_top_tenth"), [(1, 1), (9, 1), (10, 1), (11, 2), (40, 4), (20_030, 2003)]
)
def test_more_than_90_is_the_top_tenth_rounded_up(buyers: int, in_the_top_tenth: int) -> None:
    purchases = [bought(f"c{number:05}", f"{number + 1}.00") for number in range(buyers)]
    given = {
        "golden_profile": [{"customer_id": purchase["customer_id"]} for purchase in purchases],
        **as_purchases(purchases),
    }
    top = [row for row in rows_of("purchase_value", given=given, columns=VALUE) if row[3] > 90]
    assert [row[0] for row in top] == [p["customer_id"] for p in purchases[-in_the_top_tenth:]]
