"""HubSpot's contacts: several values in a cell, merges told by the survivor, times of the portal's zone."""

from __future__ import annotations

from datetime import date

import pytest

from cdp_pipeline_tests.warehouse import Row, rows_of

CONTACT: Row = {
    "record_id": "1051",
    "first_name": "Mia",
    "last_name": "Krause",
    "email": "mia.krause@example.com",
    "other_emails": "mia@example.net; m.krause@example.org",
    "mobile_phone": "0664 1234504",
    "salutation": "Frau",
    "birth_date": "1988-03-14",
    "preferred_language": "de-at",
    "street": "Gartenweg 3",
    "postcode": "5020",
    "city": "Salzburg",
    "country": "Austria",
    "last_modified_at": "2026-05-01 10:00",
    "merged_record_ids": "1052;1053",
}


def test_a_contact_becomes_a_record_in_the_portals_time() -> None:
    columns = ["record_kind", "given_name", "birth_date", "gender", "language", "updated_at"]
    assert rows_of("customer_record", given={"hubspot_contacts": [CONTACT]}, columns=columns) == [
        ("contact", "Mia", date(1988, 3, 14), "female", "de", "2026-05-01 08:00:00")
    ]


def test_each_address_of_a_cell_is_a_contact_point() -> None:
    columns = ["contact_kind", "contact_value"]
    assert rows_of("contact_point", given={"hubspot_contacts": [CONTACT]}, columns=columns) == [
        ("email", "m.krause@example.org"),
        ("email", "mia.krause@example.com"),
        ("email", "mia@example.net"),
        ("phone", "+436641234504"),
    ]


def test_a_contact_merged_away_is_tied_to_the_survivor_while_it_is_known() -> None:
    merged = {**CONTACT, "record_id": "1052", "merged_record_ids": None}
    columns = ["source_record_id", "id_kind", "id_value"]
    assert rows_of("external_id", given={"hubspot_contacts": [CONTACT, merged]}, columns=columns) == [
        ("1052", "crm_master", "1051"),
    ]


@pytest.mark.parametrize("column", ["unsubscribed_from_all", "opted_out_of_marketing"])
def test_an_opt_out_withdraws_for_every_address_of_the_contact(column: str) -> None:
    asked = {**CONTACT, "record_id": "1", "email": "no@example.com", "other_emails": None}
    never = {**CONTACT, "record_id": "2", "email": "x@example.com", "other_emails": None, column: "false"}
    given = {"hubspot_contacts": [{**CONTACT, column: "true"}, {**asked, column: "Yes"}, never]}
    columns = ["contact_value", "purpose", "channel", "status", "occurred_at"]
    refusal = ("marketing", "email", "withdrawn", "2026-05-01 08:00:00")
    assert rows_of("consent_event", given=given, columns=columns) == [
        ("m.krause@example.org", *refusal),
        ("mia.krause@example.com", *refusal),
        ("mia@example.net", *refusal),
        ("no@example.com", *refusal),
    ]
