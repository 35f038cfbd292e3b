"""The gate before publishing finds whoever a suppression list forbids, however activation let them through."""

from __future__ import annotations

from hashlib import sha256

import pytest

from cdp_pipeline.privacy.consent_gate import ConsentViolation, verify_consent
from cdp_pipeline_tests.unit.privacy.test_consent_gate import GATE_READS
from cdp_pipeline_tests.warehouse import Warehouse

ANN, PHONE = "ann@example.org", "+436641234567"


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def about_to_send(contact: str, kind: str, value: str, channel: str = "any") -> Warehouse:
    """A row for Google about a customer with an address and a number, who consented; and an entry of a list."""
    warehouse = Warehouse()
    contact_kind = "phone" if contact.startswith("+") else "email"
    sent = {"activation": "google_repeat_buyers", "customer_id": "c1", "contact_kind": contact_kind}
    consent = {"consent_purpose": "ad_audiences", "consent_channel": "ads"}
    warehouse.given("activate.activation_row", {**sent, **consent, "contact_value": contact})
    warehouse.add_consent(contact, "ad_audiences", "granted", "2026-05-03")
    warehouse.add_record("c1", "shop/customer/1", email=ANN, phone=PHONE)
    entry = {"contact_kind": kind, "contact_value": value, "channel": channel, "source_system": "list"}
    warehouse.given("suppression", {**entry, "delivered_value": value})
    warehouse.build(*GATE_READS)
    return warehouse


@pytest.mark.parametrize(
    ("sent", "kind", "value"),
    [
        (ANN, "email", ANN),
        (ANN, "sha256", hashed(ANN)),
        (PHONE, "phone", PHONE),
        (PHONE, "sha256", hashed(PHONE)),
        (PHONE, "sha256", hashed("436641234567")),
        (PHONE, "email", ANN),
        ("ann@gmail.com", "email", "a.nn+shop@gmail.com"),
        ("a.nn@gmail.com", "sha256", hashed("ann@gmail.com")),
    ],
)
def test_a_suppressed_contact_point_or_person_stops_the_night(sent: str, kind: str, value: str) -> None:
    with pytest.raises(ConsentViolation, match="suppression list") as violation:
        verify_consent(about_to_send(sent, kind, value).engine)
    assert "google_repeat_buyers (1 rows)" in str(violation.value)
    assert value not in str(violation.value)


@pytest.mark.parametrize(
    ("sent", "kind", "value", "channel"),
    [
        (ANN, "email", "bob@example.org", "any"),
        (ANN, "sha256", hashed("bob@example.org"), "any"),
        (ANN, "email", ANN, "email"),
        ("ann@gmail.com", "email", "ann@googlemail.com", "any"),
    ],
)
def test_an_entry_about_another_or_for_another_channel_stops_nothing(
    sent: str, kind: str, value: str, channel: str
) -> None:
    verify_consent(about_to_send(sent, kind, value, channel).engine)
