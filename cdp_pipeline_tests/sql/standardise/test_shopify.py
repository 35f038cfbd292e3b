"""Shopify's exports: orders over several rows, guests, refunds, guards, undated consent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cdp_pipeline_tests.warehouse import Row, rows_of, run_model

HEAD: Row = {
    "name": "#1001",
    "email": "anna.weber@example.com",
    "financial_status": "paid",
    "currency": "EUR",
    "total": "44.70",
    "refunded_amount": "0.00",
    "created_at": "2026-05-01 10:00:00 +0200",
    "source": "web",
    "lineitem_quantity": "3",
    "lineitem_name": "Becher blau",
    "lineitem_price": "14.90",
    "lineitem_sku": "MUG-001",
    "lineitem_discount": "0.00",
    "billing_name": "Anna Weber",
    "billing_country": "DE",
}
LINE: Row = {
    "name": "#1001",
    "email": "anna.weber@example.com",
    "created_at": "2026-05-01 10:00:00 +0200",
    "lineitem_quantity": "2",
    "lineitem_name": "Teller",
    "lineitem_price": "18.90",
    "lineitem_sku": "PLT-010",
    "lineitem_discount": "7.80",
}
MONEY = ["purchase_id", "status", "gross_amount", "refunded_amount", "net_amount"]


def purchases(*orders: Row) -> list[tuple[object, ...]]:
    return rows_of("purchase", given={"shopify_orders": orders}, columns=MONEY)


def test_an_order_counts_its_total_once_however_many_lines_it_has() -> None:
    assert purchases(HEAD, LINE) == [
        ("#1001", "paid", Decimal("44.70"), Decimal("0.00"), Decimal("44.70")),
    ]


def test_refunds_are_taken_off_and_cancelled_orders_are_worth_nothing() -> None:
    assert purchases(
        {**HEAD, "name": "#1", "financial_status": "partially_refunded", "refunded_amount": "14.70"},
        {**HEAD, "name": "#2", "financial_status": "refunded", "refunded_amount": "44.70"},
        {**HEAD, "name": "#3", "cancelled_at": "2026-05-02 09:00:00 +0200"},
        {**HEAD, "name": "#4", "financial_status": "authorized"},
    ) == [
        ("#1", "partially_refunded", Decimal("44.70"), Decimal("14.70"), Decimal("30.00")),
        ("#2", "refunded", Decimal("44.70"), Decimal("44.70"), Decimal("0.00")),
        ("#3", "cancelled", Decimal("44.70"), Decimal("0.00"), Decimal("0.00")),
        ("#4", "pending", Decimal("44.70"), Decimal("0.00"), Decimal("44.70")),
    ]


def test_a_purchase_refers_to_the_record_of_its_order_and_keeps_utc() -> None:
    columns = ["record_kind", "source_record_id", "channel", "store", "occurred_at"]
    pos = {**HEAD, "name": "#2", "source": "pos", "location": "Berlin Mitte"}
    assert rows_of("purchase", given={"shopify_orders": [HEAD, pos]}, columns=columns) == [
        ("order", "#1001", "shop", None, "2026-05-01 08:00:00"),
        ("order", "#2", "till", "Berlin Mitte", "2026-05-01 08:00:00"),
    ]


def test_lines_are_numbered_in_file_order_and_lose_their_own_discount() -> None:
    columns = ["line_number", "sku", "quantity", "line_amount", "currency"]
    rows = rows_of("purchase_line", given={"shopify_orders": [HEAD, LINE]}, columns=columns)
    assert rows == [
        (1, "MUG-001", Decimal("3.000"), Decimal("44.70"), "EUR"),
        (2, "PLT-010", Decimal("2.000"), Decimal("30.00"), "EUR"),
    ]


def test_lines_whose_order_head_is_in_quarantine_wait_with_it() -> None:
    given = {"shopify_orders": [LINE]}
    assert run_model("purchase_line", given=given, columns=["purchase_id"]) == []
    assert run_model("purchase", given=given, columns=["purchase_id"]) == []


def test_every_order_is_a_record_named_by_bill_else_by_parcel() -> None:
    gift = {**HEAD, "name": "#1002", "billing_name": None, "shipping_name": "Karl van der Heide"}
    assert run_model(
        "customer_record",
        given={"shopify_orders": [HEAD, LINE, gift]},
        columns=["record_kind", "source_record_id", "given_name", "family_name"],
    ) == [
        {"record_kind": "order", "source_record_id": "#1001", "given_name": "Anna", "family_name": "Weber"},
        {
            "record_kind": "order",
            "source_record_id": "#1002",
            "given_name": "Karl",
            "family_name": "van der Heide",
        },
    ]


def test_an_order_has_both_addresses_and_a_split_house_number_comes_together() -> None:
    order = {
        **HEAD,
        "billing_address1": "Hauptstr.",
        "billing_address2": "5 a",
        "billing_zip": "1067",
        "billing_city": "DRESDEN",
        "shipping_address1": "10 High Street",
        "shipping_address2": "Flat 3",
        "shipping_zip": "sw1a 1aa",
        "shipping_city": "London",
        "shipping_country": "United Kingdom",
    }
    columns = ["address_label", "street", "postcode", "city", "country"]
    assert rows_of("postal_address", given={"shopify_orders": [order]}, columns=columns) == [
        ("billing", "Hauptstraße 5a", "01067", "Dresden", "DE"),
        ("shipping", "10 High Street", "SW1A1AA", "London", "GB"),
    ]


def test_one_number_in_three_phone_fields_is_one_contact_point() -> None:
    order = {**HEAD, "email": None, "phone": "0171 3920012", "billing_phone": "0171 3920012"}
    assert run_model(
        "contact_point",
        given={"shopify_orders": [{**order, "shipping_phone": "+49 171 3920012"}]},
        columns=["delivered_value", "contact_value", "is_mobile"],
    ) == [
        {"delivered_value": "+49 171 3920012", "contact_value": "+491713920012", "is_mobile": True},
        {"delivered_value": "0171 3920012", "contact_value": "+491713920012", "is_mobile": True},
    ]


def test_opting_in_at_checkout_is_a_dated_grant_and_an_empty_box_is_nothing() -> None:
    given = {
        "shopify_orders": [
            {**HEAD, "accepts_marketing": "yes"},
            {**HEAD, "name": "#1002", "email": "karl@example.com", "accepts_marketing": "no"},
        ]
    }
    columns = ["contact_value", "purpose", "channel", "status", "occurred_at"]
    assert rows_of("consent_event", given=given, columns=columns) == [
        ("anna.weber@example.com", "marketing", "email", "granted", "2026-05-01 08:00:00"),
    ]


def test_consent_of_an_account_is_undated_so_that_any_withdrawal_outranks_it() -> None:
    given = {
        "shopify_customers": [
            {"customer_id": "71", "email": "anna@example.com", "phone": "+491713920012",
             "accepts_email_marketing": "yes", "accepts_sms_marketing": "yes"},
            {"customer_id": "72", "email": "karl@example.com", "accepts_email_marketing": "no"},
        ]
    }  # fmt: skip
    columns = ["contact_value", "channel", "status", "occurred_at"]
    assert rows_of("consent_event", given=given, columns=columns) == [
        ("+491713920012", "sms", "granted", "1970-01-01 00:00:00"),
        ("anna@example.com", "email", "granted", "1970-01-01 00:00:00"),
    ]


def test_an_account_has_no_time_of_change_since_the_export_gives_none() -> None:
    given = {
        "shopify_customers": [{"customer_id": "71", "first_name": "Anna", "delivered_on": date(2026, 5, 2)}]
    }
    assert run_model("customer_record", given=given, columns=["source_record_id", "updated_at"]) == [
        {"source_record_id": "71", "updated_at": None},
    ]
