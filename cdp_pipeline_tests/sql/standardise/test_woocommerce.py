"""WooCommerce: guests without a user name, orders whose articles stand in one cell."""

from __future__ import annotations

from decimal import Decimal

from cdp_pipeline_tests.warehouse import Row, rows_of

ACCOUNT: Row = {
    "full_name": "Anna Weber",
    "username": "anna.weber",
    "email": "Anna.Weber@Example.com",
    "last_active": "2026-05-01T10:00:00",
    "country": "DE",
    "city": "BERLIN",
    "postcode": "10115",
    "billing_phone": "030 23125001",
}
GUEST: Row = {**ACCOUNT, "username": None, "full_name": "Jonas Roth", "email": "jonas@example.com"}


def test_accounts_are_told_by_user_name_and_guests_by_address() -> None:
    moved = {
        **ACCOUNT,
        "email": "anna@example.net",
        "last_active": "2026-05-03T10:00:00",
        "delivered_on": "2026-05-03",
    }
    columns = ["given_name", "family_name", "updated_at", "length(source_record_id)"]
    given = {"woocommerce_customers": [ACCOUNT, GUEST, {**GUEST, "full_name": "J. Roth"}, moved]}
    assert rows_of("customer_record", given=given, columns=columns) == [
        ("Anna", "Weber", "2026-05-03 08:00:00", 32),
        ("J.", "Roth", "2026-05-01 08:00:00", 32),
    ]
    contacts = rows_of("contact_point", given=given, columns=["contact_value"])
    assert contacts == [("+493023125001",), ("+493023125001",), ("anna@example.net",), ("jonas@example.com",)]


def test_an_account_and_a_guest_are_two_records_even_if_the_user_name_is_the_guests_address() -> None:
    account = {**ACCOUNT, "username": "jonas@example.com"}
    given = {"woocommerce_customers": [account, GUEST]}
    assert len(rows_of("customer_record", given=given, columns=["source_record_id"])) == 2


def test_an_address_without_a_street_is_kept() -> None:
    columns = ["address_label", "street", "postcode", "city", "country"]
    rows = rows_of("postal_address", given={"woocommerce_customers": [ACCOUNT]}, columns=columns)
    assert rows == [("billing", None, "10115", "Berlin", "DE")]


ORDER: Row = {
    "order_id": "4415",
    "order_number": "#4415",
    "ordered_at": "2026-05-01 10:00:00",
    "status": "completed",
    "order_total": "58.14",
    "billing_first_name": "Anna",
    "billing_last_name": "Weber",
    "billing_email": "anna.weber@example.com",
    "billing_country": "AT",
    "billing_phone": "0664 1234567",
    "line_items": "name:Becher blau|sku:MUG-1|quantity:2|total:29.80|meta:",
}


def test_money_follows_the_status() -> None:
    statuses = ["pending", "on-hold", "processing", "completed", "refunded", "cancelled", "failed", "packed"]
    orders = [{**ORDER, "order_id": status, "status": status} for status in statuses]
    partly = {**ORDER, "order_id": "z", "refunded_total": "8.14"}
    columns = ["purchase_id", "status", "refunded_amount", "net_amount"]
    total, nothing = Decimal("58.14"), Decimal("0.00")
    assert rows_of("purchase", given={"woocommerce_orders": [*orders, partly]}, columns=columns) == [
        ("cancelled", "cancelled", nothing, nothing),
        ("completed", "paid", nothing, total),
        ("failed", "cancelled", nothing, nothing),
        ("on-hold", "pending", nothing, total),
        ("packed", "pending", nothing, total),
        ("pending", "pending", nothing, total),
        ("processing", "paid", nothing, total),
        ("refunded", "refunded", total, nothing),
        ("z", "partially_refunded", Decimal("8.14"), Decimal("50.00")),
    ]


def test_an_order_is_a_record_of_its_own_in_local_time_and_the_sources_currency() -> None:
    given = {"woocommerce_orders": [ORDER]}
    columns = ["record_kind", "source_record_id", "channel", "occurred_at", "currency"]
    assert rows_of("purchase", given=given, columns=columns) == [
        ("order", "4415", "shop", "2026-05-01 08:00:00", "EUR")
    ]
    assert rows_of("contact_point", given=given, columns=["contact_value"]) == [
        ("+436641234567",),
        ("anna.weber@example.com",),
    ]


def lines(text: str) -> list[tuple[object, ...]]:
    columns = ["line_number", "sku", "product_name", "quantity", "line_amount"]
    order = {**ORDER, "line_items": text}
    return rows_of("purchase_line", given={"woocommerce_orders": [order]}, columns=columns)


def test_articles_of_one_cell_become_lines_in_their_order() -> None:
    assert lines(
        "name:Teller|sku:PLT-10|quantity:1|total:18.90|meta:;"
        "name:Becher; blau|sku:MUG-1|quantity:2|total:29.80|meta:Farbe=blau, Größe=M"
    ) == [
        (1, "PLT-10", "Teller", Decimal("1.000"), Decimal("18.90")),
        (2, "MUG-1", "Becher; blau", Decimal("2.000"), Decimal("29.80")),
    ]


def test_articles_of_recent_versions_bring_their_tax() -> None:
    assert lines(
        "id:7|name:Becher|product_id:9|sku:MUG-1|quantity:2|subtotal:26.00|subtotal_tax:5.00|total:25.04"
        "|total_tax:4.76|refunded:0.00|refunded_qty:0|meta:; id:8|name:Karte|product_id:12|sku:|quantity:1"
        "|subtotal:2.00|subtotal_tax:0.38|total:2.00|total_tax:0.38|refunded:0.00|refunded_qty:0|meta:"
    ) == [
        (1, "MUG-1", "Becher", Decimal("2.000"), Decimal("29.80")),
        (2, None, "Karte", Decimal("1.000"), Decimal("2.38")),
    ]


def test_articles_written_otherwise_are_no_lines() -> None:
    assert lines('[{"name": "Becher", "quantity": 2}]') == []
    assert lines("Becher × 2") == []
