"""Shopify's older customer export, which names no id."""

from __future__ import annotations

import json

import pytest

from cdp_pipeline_tests.warehouse import Row, rows_of

CUSTOMER: Row = {
    "first_name": "Anna",
    "last_name": "Weber",
    "email": "Anna.Weber@Example.com",
    "phone": "0171 3920012",
    "accepts_email_marketing": "yes",
    "address1": "Hauptstr. 5",
    "city": "Berlin",
    "zip": "10115",
    "country": "Germany",
    "country_code": "DE",
}


def test_a_customer_is_told_by_address_else_by_number_and_the_last_delivery_counts() -> None:
    new_number = {**CUSTOMER, "email": "anna.weber@example.com", "phone": "0171 3920099", "last_name": "Roth",
                  "delivered_on": "2026-05-05"}  # fmt: skip
    by_phone = {**CUSTOMER, "email": None, "phone": "+49 171 3920013", "first_name": "Karl"}
    given = {"shopify_customers_older": [CUSTOMER, new_number, by_phone]}
    columns = ["given_name", "family_name", "length(source_record_id)"]
    assert rows_of("customer_record", given=given, columns=columns) == [
        ("Anna", "Roth", 32),
        ("Karl", "Weber", 32),
    ]
    assert rows_of("contact_point", given=given, columns=["contact_value"]) == [
        ("+491713920013",),
        ("+491713920099",),
        ("anna.weber@example.com",),
    ]
    assert rows_of("postal_address", given=given, columns=["street", "country"]) == [
        ("Hauptstraße 5", "DE"),
        ("Hauptstraße 5", "DE"),
    ]


def test_the_id_shows_no_address() -> None:
    given = {"shopify_customers_older": [CUSTOMER]}
    [(record_id,)] = rows_of("customer_record", given=given, columns=["source_record_id"])
    assert record_id.isalnum()
    assert "weber" not in record_id


@pytest.mark.parametrize(
    ("answers", "decision"),
    [
        (["yes"], [("granted", "1970-01-01 00:00:00")]),
        (["no"], []),
        (["yes", "no"], [("denied", "2026-05-02 23:59:59")]),
        (["yes", "no", "no"], [("denied", "2026-05-02 23:59:59")]),
        (["yes", "no", "yes"], [("granted", "1970-01-01 00:00:00")]),
    ],
)
def test_an_answer_counts_as_in_the_current_export(
    answers: list[str], decision: list[tuple[str, str]]
) -> None:
    """`answers` came one a night, of one customer whose number changed each time."""
    rows = [
        {**CUSTOMER, "phone": f"0171 392001{day}", "accepts_email_marketing": answer}
        for day, answer in enumerate(answers, start=1)
    ]
    history = [
        {"source_system": "older_shop", "layout": "shopify_customers_older", "record_key": row["phone"],
         "record": json.dumps(row), "valid_from": f"2026-05-0{day}",
         "valid_to": f"2026-05-0{day + 1}" if day < len(rows) else None}
        for day, row in enumerate(rows, start=1)
    ]  # fmt: skip
    given = {
        "shopify_customers_older": [
            {**row, "file_id": f"f{day}", "delivered_on": f"2026-05-0{day}"}
            for day, row in enumerate(rows, start=1)
        ],
        "record_history": history,
    }
    columns = ["contact_value", "status", "occurred_at"]
    rows_found = rows_of("consent_event", given=given, columns=columns)
    assert rows_found == [("anna.weber@example.com", *each) for each in decision]
