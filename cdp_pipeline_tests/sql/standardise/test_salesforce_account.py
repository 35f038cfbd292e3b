"""Salesforce's accounts: people become records, companies become nobody's."""

from __future__ import annotations

from datetime import date

from cdp_pipeline_tests.warehouse import Row, rows_of

COMPANY: Row = {
    "account_id": "0015f00002AbCdEAAV",
    "account_name": "Muster Handels GmbH",
    "billing_street": "Industriestr. 1",
    "billing_city": "Essen",
    "phone": "+49 30 23125100",
    "is_person_account": "false",
    "last_modified_at": "2026-04-30T08:00:00.000Z",
}
PERSON: Row = {
    **COMPANY,
    "account_id": "0015f00002AbCdFAAV",
    "account_name": "Eva Lang",
    "salutation": "Frau",
    "first_name": "Eva",
    "last_name": "Lang",
    "person_email": "eva.lang@example.com",
    "person_birthdate": "1979-11-02",
    "is_person_account": "true",
}
CANONICAL = ["customer_record", "contact_point", "postal_address", "external_id", "consent_event"]


def test_a_company_ties_nobody_together() -> None:
    refused = {**COMPANY, "has_opted_out_of_email": "true", "do_not_call": "true"}
    unknown = {**refused, "account_id": "0015f00002AbCdGAAV", "is_person_account": None}
    for table in CANONICAL:
        given = {"salesforce_account": [refused, unknown]}
        assert rows_of(table, given=given, columns=["source_system"]) == [], table


def test_a_person_account_is_a_record() -> None:
    given = {"salesforce_account": [PERSON]}
    columns = ["record_kind", "source_record_id", "given_name", "family_name", "birth_date", "gender"]
    assert rows_of("customer_record", given=given, columns=columns) == [
        ("account", "0015f00002AbCdFAAV", "Eva", "Lang", date(1979, 11, 2), "female")
    ]
    assert rows_of("contact_point", given=given, columns=["contact_value"]) == [
        ("+493023125100",),
        ("eva.lang@example.com",),
    ]
    assert rows_of("postal_address", given=given, columns=["address_label", "street"]) == [
        ("billing", "Industriestraße 1")
    ]


def test_a_deleted_person_leaves_a_merged_one_stays_and_the_refusal_of_both_holds() -> None:
    boxes = {"has_opted_out_of_email": "1", "is_deleted": "true"}
    deleted = {**PERSON, **boxes, "account_id": "deleted", "person_email": "gone@example.com"}
    merged = {**PERSON, **boxes, "account_id": "merged", "master_record_id": PERSON["account_id"]}
    given = {"salesforce_account": [deleted, merged]}
    assert rows_of("customer_record", given=given, columns=["source_record_id"]) == [("merged",)]
    assert rows_of("external_id", given=given, columns=["source_record_id", "id_value"]) == [
        ("merged", "0015F00002ABCDFAAV")
    ]
    assert rows_of("consent_event", given=given, columns=["contact_value", "status", "occurred_at"]) == [
        ("eva.lang@example.com", "withdrawn", "2026-04-30 08:00:00"),
        ("gone@example.com", "withdrawn", "2026-04-30 08:00:00"),
    ]
