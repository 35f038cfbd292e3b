"""Salesforce contacts with merges, deletions and opt-out boxes; and anyone's file for `cdp link`."""

from __future__ import annotations

from datetime import date

from cdp_pipeline_tests.warehouse import Row, rows_of, run_model

CONTACT: Row = {
    "contact_id": "0035f0000169pFzAAI",
    "is_deleted": "false",
    "salutation": "Herr Dr.",
    "first_name": "Karl",
    "last_name": "Weber sen.",
    "birthdate": "1951-12-05",
    "email": "Karl.Weber@Example.com",
    "mobile_phone": "+49 (0)171 3920012",
    "mailing_street": "Hauptstrasse 12 A\n",
    "mailing_postal_code": "D-10115",
    "mailing_country": "Germany",
    "last_modified_date": "2026-04-30T08:00:00.000+0000",
}


def test_a_contact_becomes_a_record() -> None:
    columns = ["given_name", "family_name", "name_suffix", "birth_date", "gender", "updated_at"]
    rows = rows_of("customer_record", given={"salesforce_contact": [CONTACT]}, columns=columns)
    assert rows == [
        ("Karl", "Weber", "senior", date(1951, 12, 5), "male", "2026-04-30 08:00:00"),
    ]


def test_deleted_contacts_go_but_merged_ones_stay_tied_to_the_survivor() -> None:
    given = {
        "salesforce_contact": [
            CONTACT,
            {
                **CONTACT,
                "contact_id": "merged",
                "is_deleted": "true",
                "master_record_id": "0035f0000169pFzAAI",
            },
            {**CONTACT, "contact_id": "deleted", "is_deleted": "true"},
        ]
    }
    assert run_model("customer_record", given=given, columns=["source_record_id"]) == [
        {"source_record_id": "0035f0000169pFzAAI"},
        {"source_record_id": "merged"},
    ]
    assert run_model("contact_point", given=given, columns=["source_record_id", "contact_value"]) == [
        {"source_record_id": "0035f0000169pFzAAI", "contact_value": "+491713920012"},
        {"source_record_id": "0035f0000169pFzAAI", "contact_value": "karl.weber@example.com"},
        {"source_record_id": "merged", "contact_value": "+491713920012"},
        {"source_record_id": "merged", "contact_value": "karl.weber@example.com"},
    ]
    assert run_model("external_id", given=given, columns=["source_record_id", "id_kind", "id_value"]) == [
        {"source_record_id": "merged", "id_kind": "crm_master", "id_value": "0035F0000169PFZAAI"},
    ]


def test_a_ticked_opt_out_box_withdraws_and_an_empty_one_grants_nothing() -> None:
    boxes = {"has_opted_out_of_email": "true", "do_not_call": "1"}
    given = {
        "salesforce_contact": [{**CONTACT, **boxes}, {**CONTACT, "contact_id": "x", "email": "x@example.com"}]
    }
    columns = ["contact_value", "channel", "status", "occurred_at"]
    assert rows_of("consent_event", given=given, columns=columns) == [
        ("+491713920012", "phone", "withdrawn", "2026-04-30 08:00:00"),
        ("karl.weber@example.com", "email", "withdrawn", "2026-04-30 08:00:00"),
    ]


def test_a_mailing_address_is_written_in_one_spelling() -> None:
    columns = ["address_label", "street", "postcode", "country"]
    rows = rows_of("postal_address", given={"salesforce_contact": [CONTACT]}, columns=columns)
    assert rows == [("mailing", "Hauptstraße 12a", "10115", "DE")]


RECORD: Row = {"source_record_id": "1", "full_name": "Anna Weber", "phone": "0171 3920012"}


def test_a_linked_files_own_source_systems_keep_equal_ids_apart() -> None:
    given = {
        "link_input": [
            RECORD,
            {**RECORD, "delivered_source_system": "a", "given_name": "Anne", "family_name": "Weber"},
            {**RECORD, "delivered_source_system": "b", "mobile": "+491713920013"},
        ]
    }
    columns = ["source_system", "record_kind", "source_record_id", "given_name"]
    assert rows_of("customer_record", given=given, columns=columns) == [
        ("a", "record", "1", "Anne"),
        ("b", "record", "1", "Anna"),
        ("records", "record", "1", "Anna"),
    ]
    assert run_model("contact_point", given=given, columns=["source_system", "contact_value"]) == [
        {"source_system": "a", "contact_value": "+491713920012"},
        {"source_system": "b", "contact_value": "+491713920012"},
        {"source_system": "b", "contact_value": "+491713920013"},
        {"source_system": "records", "contact_value": "+491713920012"},
    ]


def test_a_linked_file_brings_addresses_and_loyalty_numbers() -> None:
    given = {
        "link_input": [
            {
                **RECORD,
                "street": "Weg 1",
                "postcode": "1010",
                "city": "Wien",
                "country": "AT",
                "loyalty_number": "a 1",
            }
        ]
    }
    assert run_model("postal_address", given=given, columns=["address_label", "postcode", "country"]) == [
        {"address_label": "home", "postcode": "1010", "country": "AT"}
    ]
    assert run_model("external_id", given=given, columns=["id_kind", "id_value"]) == [
        {"id_kind": "loyalty_number", "id_value": "A1"}
    ]
