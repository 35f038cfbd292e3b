"""The tills: receipts in local time, refunds as rows of their own, SURNAME, Given; and the loyalty list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cdp_pipeline_tests.warehouse import Row, rows_of, run_model

RECEIPT: Row = {
    "transaction_id": "t1",
    "date": "2026-05-01",
    "time": "10:30:00",
    "total_collected": "1012.96",
    "event_type": "Payment",
    "location": "Berlin Mitte",
    "customer_id": "C1",
    "customer_name": "MÜLLER-LÜDENSCHEIDT, HANS-PETER",
    "customer_reference_id": "lc-100 017",
}


def test_a_refund_is_a_row_of_its_own_with_a_negative_net() -> None:
    refund = {**RECEIPT, "transaction_id": "t2", "event_type": "Refund", "total_collected": "-12.96"}
    anonymous = {**RECEIPT, "transaction_id": "t3", "customer_id": None, "total_collected": "12.96"}
    columns = [
        "purchase_id",
        "source_record_id",
        "status",
        "currency",
        "gross_amount",
        "refunded_amount",
        "net_amount",
    ]
    rows = rows_of("purchase", given={"square_transactions": [RECEIPT, refund, anonymous]}, columns=columns)
    assert rows == [
        ("t1", "C1", "paid", "EUR", Decimal("1012.96"), Decimal("0.00"), Decimal("1012.96")),
        ("t2", "C1", "refund", "EUR", Decimal("0.00"), Decimal("12.96"), Decimal("-12.96")),
        ("t3", None, "paid", "EUR", Decimal("12.96"), Decimal("0.00"), Decimal("12.96")),
    ]


def test_till_time_is_local_to_the_source_in_summer_and_winter() -> None:
    winter = {**RECEIPT, "transaction_id": "t2", "date": "2026-01-15"}
    rows = run_model("purchase", given={"square_transactions": [RECEIPT, winter]}, columns=["occurred_at"])
    assert [row["occurred_at"] for row in rows] == ["2026-01-15 09:30:00", "2026-05-01 08:30:00"]


def test_an_anonymous_receipt_refers_to_no_record() -> None:
    given = {"square_transactions": [{**RECEIPT, "customer_id": None}]}
    assert run_model("purchase", given=given, columns=["record_kind", "source_record_id"]) == [
        {"record_kind": None, "source_record_id": None}
    ]
    assert run_model("customer_record", given=given, columns=["source_record_id"]) == []


def test_a_till_customer_bears_the_newest_name_that_is_not_empty() -> None:
    given = {
        "square_transactions": [
            RECEIPT,
            {**RECEIPT, "transaction_id": "t2", "date": "2026-05-02", "customer_name": "SCHMIDT, HANS-PETER"},
            {**RECEIPT, "transaction_id": "t3", "date": "2026-05-03", "customer_name": None},
        ]
    }
    columns = ["record_kind", "source_record_id", "given_name", "family_name", "updated_at"]
    assert rows_of("customer_record", given=given, columns=columns) == [
        ("till_customer", "C1", "Hans-Peter", "Schmidt", "2026-05-02 08:30:00"),
    ]


def test_the_scanned_card_is_one_loyalty_number_over_many_receipts() -> None:
    given = {
        "square_transactions": [RECEIPT, {**RECEIPT, "transaction_id": "t2"}],
        "loyalty_members": [{"member_no": "LC-100017"}],
    }
    columns = ["record_kind", "source_record_id", "id_kind", "id_value"]
    assert rows_of("external_id", given=given, columns=columns) == [
        ("member", "LC-100017", "loyalty_number", "LC-100017"),
        ("till_customer", "C1", "loyalty_number", "LC-100017"),
    ]


def test_lines_hold_tax_and_returned_articles_are_negative_whichever_sign_is_written() -> None:
    item = {
        "transaction_id": "t1",
        "item": "Becher",
        "quantity": "2.0",
        "net_sales": "10.00",
        "tax": "1.90",
    }
    back = {**item, "transaction_id": "t2", "event_type": "Refund", "net_sales": "-10.00", "tax": "-1.90"}
    columns = ["purchase_id", "line_number", "quantity", "line_amount"]
    rows = rows_of("purchase_line", given={"square_items": [item, item, back]}, columns=columns)
    assert rows == [
        ("t1", 1, Decimal("2.000"), Decimal("11.90")),
        ("t1", 2, Decimal("2.000"), Decimal("11.90")),
        ("t2", 1, Decimal("-2.000"), Decimal("-11.90")),
    ]


def test_a_member_is_split_into_names_and_keeps_birth_date_and_gender() -> None:
    member = {
        "member_no": "LC-1",
        "full_name": "Frau Dr. Maria Luise von der Heide",
        "gender": "f",
        "birth_date": "1980-02-29",
        "updated_at": "2025-06-01T09:00:00+02:00",
    }
    columns = ["given_name", "family_name", "gender", "birth_date", "updated_at"]
    assert rows_of("customer_record", given={"loyalty_members": [member]}, columns=columns) == [
        ("Maria Luise", "von der Heide", "female", date(1980, 2, 29), "2025-06-01 07:00:00")
    ]


def test_a_members_phone_is_dialled_in_the_country_of_the_address() -> None:
    given = {
        "loyalty_members": [
            {"member_no": "LC-1", "phone": "0664 4452032", "country": "Österreich"},
            {"member_no": "LC-2", "phone": "0171 3920012"},
        ]
    }
    assert run_model("contact_point", given=given, columns=["source_record_id", "contact_value"]) == [
        {"source_record_id": "LC-1", "contact_value": "+436644452032"},
        {"source_record_id": "LC-2", "contact_value": "+491713920012"},
    ]
