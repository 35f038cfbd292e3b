"""Whose browser it is, and what each customer did in the web shop."""

from __future__ import annotations

from datetime import datetime

from cdp_pipeline_tests.warehouse import Warehouse


def shop_visitors() -> Warehouse:
    """Ann and Ben with an address each, and one that they share."""
    warehouse = Warehouse()
    warehouse.add_record("ann", "shop/customer/1", email="ann@example.org")
    warehouse.add_record("ann", "crm/contact/1", email="ann@work.example")
    warehouse.add_record("ben", "shop/customer/2", email="ben@example.org")
    warehouse.add_record("ann", "shop/order/#1", email="family@example.org")
    warehouse.add_record("ben", "shop/order/#2", email="family@example.org")
    warehouse.add_record("ben", "shop/order/#3", invalid_email="test@test.com")
    return warehouse


def visit(warehouse: Warehouse, cookie: str, at: str, email: str | None = None, source: str = "web") -> None:
    event = {"source_system": source, "web_event_id": f"{cookie} {at}", "cookie_id": cookie, "email": email}
    warehouse.add("standardise.web_event", {**event, "event": "page_view", "occurred_at": at})


def owners(warehouse: Warehouse) -> list[tuple[object, ...]]:
    warehouse.build("cookie_owner")
    return warehouse.rows("select cookie_id, customer_id from golden.cookie_owner order by all")


def customers_events(warehouse: Warehouse) -> list[tuple[object, ...]]:
    warehouse.build("customer_web_event")
    return warehouse.rows(
        "select web_event_id, customer_id, known_by from golden.customer_web_event order by all"
    )


def test_a_cookie_becomes_known_backwards_in_time() -> None:
    warehouse = shop_visitors()
    visit(warehouse, "c1", "2026-04-01")
    visit(warehouse, "c1", "2026-04-02", "ann@example.org")
    visit(warehouse, "c1", "2026-04-03")
    visit(warehouse, "c2", "2026-04-03")
    assert customers_events(warehouse) == [
        ("c1 2026-04-01", "ann", "cookie"),
        ("c1 2026-04-02", "ann", "email"),
        ("c1 2026-04-03", "ann", "cookie"),
    ]
    assert warehouse.rows("select known_since, email_count from golden.cookie_owner") == [
        (datetime(2026, 4, 2), 1)  # noqa: DTZ001 - the column has no zone
    ]


def test_two_addresses_of_one_customer_are_one_owner() -> None:
    warehouse = shop_visitors()
    visit(warehouse, "c1", "2026-04-01", "ann@example.org")
    visit(warehouse, "c1", "2026-04-02", "ann@work.example")
    assert owners(warehouse) == [("c1", "ann")]
    assert warehouse.rows("select email_count from golden.cookie_owner") == [(2,)]


def test_a_computer_that_two_customers_use_has_no_owner_and_each_keeps_what_they_did_logged_in() -> None:
    warehouse = shop_visitors()
    visit(warehouse, "c1", "2026-04-01", "ann@example.org")
    visit(warehouse, "c1", "2026-04-02", "ben@example.org")
    visit(warehouse, "c1", "2026-04-03")
    assert owners(warehouse) == []
    assert customers_events(warehouse) == [
        ("c1 2026-04-01", "ann", "email"),
        ("c1 2026-04-02", "ben", "email"),
    ]


def test_an_address_that_two_customers_share_makes_neither_the_owner() -> None:
    warehouse = shop_visitors()
    visit(warehouse, "c1", "2026-04-01", "family@example.org")
    visit(warehouse, "c2", "2026-04-01", "family@example.org")
    visit(warehouse, "c2", "2026-04-02", "ann@example.org")
    assert owners(warehouse) == []
    assert customers_events(warehouse) == [("c2 2026-04-02", "ann", "email")]


def test_an_address_of_nobody_and_a_placeholder_say_nothing() -> None:
    warehouse = shop_visitors()
    visit(warehouse, "c1", "2026-04-01", "an@example.org")
    visit(warehouse, "c1", "2026-04-02", "ann@example.org")
    visit(warehouse, "c2", "2026-04-01", "test@test.com")
    assert owners(warehouse) == [("c1", "ann")]


def test_equal_cookies_of_two_shops_are_two_browsers() -> None:
    warehouse = shop_visitors()
    visit(warehouse, "1", "2026-04-01", "ann@example.org")
    visit(warehouse, "1", "2026-04-02", "ben@example.org", source="outlet")
    visit(warehouse, "1", "2026-04-03", source="outlet")
    assert owners(warehouse) == [("1", "ann"), ("1", "ben")]
    assert customers_events(warehouse) == [
        ("1 2026-04-01", "ann", "email"),
        ("1 2026-04-02", "ben", "email"),
        ("1 2026-04-03", "ben", "cookie"),
    ]


def test_event_with_an_address_of_nobody_is_not_the_cookie_owners() -> None:
    warehouse = shop_visitors()
    visit(warehouse, "c1", "2026-04-01", "ann@example.org")
    visit(warehouse, "c1", "2026-04-02", "stranger@example.org")
    visit(warehouse, "c1", "2026-04-03")
    assert owners(warehouse) == [("c1", "ann")]
    assert customers_events(warehouse) == [
        ("c1 2026-04-01", "ann", "email"),
        ("c1 2026-04-03", "ann", "cookie"),
    ]
