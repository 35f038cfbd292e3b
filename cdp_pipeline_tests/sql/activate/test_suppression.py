"""A suppression list outranks every consent: by address, by number, by hash, and for the whole person."""

from __future__ import annotations

from hashlib import sha256

import pytest

from cdp_pipeline.privacy import verify_consent
from cdp_pipeline_tests.sql.activate.test_audience import ALL, ANN, Audience

BOB, PHONE = "bob@example.org", "+49891234567"
MAILCHIMP, GOOGLE = "mailchimp_new_buyers", "google_new_buyers"


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def add_consenting(audience: Audience, customer_id: str, **contacts: str) -> None:
    audience.add_buyer(customer_id, **contacts)
    for contact in contacts.values():
        audience.allow(contact, at="2026-05-03")


@pytest.fixture
def audience() -> Audience:
    """Ann, with a phone, and Bob: both bought and consented to everything."""
    audience = Audience()
    add_consenting(audience, "c1", email=ANN, phone=PHONE)
    add_consenting(audience, "c2", email=BOB)
    return audience


def suppress(audience: Audience, kind: str, value: str | None, **values: object) -> None:
    entry = {
        "source_system": "do_not_contact",
        "contact_kind": kind,
        "contact_value": value,
        "channel": "any",
    }
    audience.warehouse.add(
        "suppression", {**entry, "delivered_value": value, "added_on": "2026-01-05", **values}
    )


def test_suppressed_people_are_in_no_file_however_new_the_consent_and_however_they_are_named(
    audience: Audience,
) -> None:
    add_consenting(audience, "by_email", email="email@example.org")
    add_consenting(audience, "by_phone", email="phone@example.org", phone="+436641234560")
    add_consenting(audience, "by_email_hash", email="hash@example.org")
    add_consenting(audience, "by_phone_hash", email="number@example.org", phone="+436641234561")
    add_consenting(audience, "by_digits_hash", email="digits@example.org", phone="+436641234562")
    add_consenting(audience, "by_spelling", email="spelling@gmail.com")
    add_consenting(audience, "by_spelling_hash", email="spell.ing2@gmail.com")
    suppress(audience, "email", "email@example.org")
    suppress(audience, "phone", "+436641234560")
    suppress(audience, "email", "spel.ling+news@gmail.com")
    for text in ("hash@example.org", "+436641234561", "436641234562", "spelling2@gmail.com"):
        suppress(audience, "sha256", hashed(text))
    audience.build()
    for activation in ALL:
        left_out = audience.left_out(activation)
        assert {customer for customer in left_out if left_out[customer] == "suppressed"} == {
            "by_email", "by_phone", "by_email_hash", "by_phone_hash", "by_digits_hash", "by_spelling",
            "by_spelling_hash",
        }  # fmt: skip
        assert {customer for customer, _ in audience.sent(activation)} == {"c1", "c2"}
    verify_consent(audience.warehouse.engine)
    assert audience.warehouse.rows(
        "select distinct cast(cast(reason_since as date) as varchar), reason_source"
        " from activate.audience_exclusion where reason = 'suppressed'"
    ) == [("2026-01-05", "do_not_contact")]


def test_whoever_shares_a_number_with_a_suppressed_person_is_not_called_there(audience: Audience) -> None:
    add_consenting(audience, "c3", email="cleo@example.org", phone=PHONE)
    suppress(audience, "email", ANN)
    audience.build()
    assert audience.sent(GOOGLE) == [("c2", BOB), ("c3", "cleo@example.org")]
    verify_consent(audience.warehouse.engine)


def test_an_address_suppressed_for_email_alone_gets_none_and_the_person_may_be_advertised_to(
    audience: Audience,
) -> None:
    audience.warehouse.add_consent(ANN, "marketing", "withdrawn", "2026-05-04")
    suppress(audience, "email", ANN, channel="email")
    suppress(audience, "email", "nobody@example.net")
    suppress(audience, "phone", None, delivered_value="unknown", is_lost=True)
    audience.build()
    assert audience.sent(MAILCHIMP) == [("c2", BOB)]
    assert audience.left_out(MAILCHIMP) == {"c1": "suppressed"}, "named before the withdrawal"
    assert audience.sent(GOOGLE) == [("c1", ANN), ("c1", PHONE), ("c2", BOB)]
    verify_consent(audience.warehouse.engine)


def test_a_hash_in_a_record_that_cannot_be_read_keeps_its_owner_out(audience: Audience) -> None:
    record = {"source_system": "do_not_contact", "layout": "suppressions", "file_id": "f1", "line": 2}
    text = f"email,{hashed(ANN).upper()},asked, in writing,2026-05-01"
    audience.warehouse.given("quarantine", {**record, "raw_record": text})
    audience.warehouse.given("file", {"file_id": "f1", "first_seen_on": "2026-05-04"})
    audience.build()
    for activation in ALL:
        assert audience.left_out(activation) == {"c1": "suppressed"}
    verify_consent(audience.warehouse.engine)
