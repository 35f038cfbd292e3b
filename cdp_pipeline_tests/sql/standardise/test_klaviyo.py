"""Klaviyo's profiles: who never decided is unknown, and any suppression keeps e-mail away."""

from __future__ import annotations

from cdp_pipeline_tests.warehouse import Row, rows_of

PROFILE: Row = {
    "klaviyo_id": "01HXAMPLE1",
    "email": "Lea.Brandt@Example.com",
    "first_name": "Lea",
    "last_name": "Brandt",
    "phone": "+491713920061",
    "address": "Lindenstr. 4",
    "zip": "20099",
    "city": "Hamburg",
    "country": "Germany",
    "acquired_from": "Footer form",
    "email_consent": "SUBSCRIBED",
    "email_consent_at": "2026-02-21T20:07:38+00:00",
}


def test_a_profile_is_a_record_with_address_and_contact_points() -> None:
    given = {"klaviyo_profiles": [PROFILE]}
    key = ["record_kind", "source_record_id"]
    assert rows_of("customer_record", given=given, columns=[*key, "given_name", "family_name"]) == [
        ("profile", "01HXAMPLE1", "Lea", "Brandt")
    ]
    assert rows_of("contact_point", given=given, columns=["contact_value"]) == [
        ("+491713920061",),
        ("lea.brandt@example.com",),
    ]
    assert rows_of("postal_address", given=given, columns=["street", "postcode", "country"]) == [
        ("Lindenstraße 4", "20099", "DE")
    ]


CONSENTS = [
    ("SUBSCRIBED", "2026-02-21T20:07:38+00:00", ("granted", "2026-02-21 20:07:38")),
    ("SUBSCRIBED", None, ("granted", "1970-01-01 00:00:00")),
    ("SUBSCRIBED", "last spring", ("granted", "1970-01-01 00:00:00")),
    ("UNSUBSCRIBED", "2026-02-21 20:07:38", ("withdrawn", "2026-02-21 19:07:38")),
    ("UNSUBSCRIBED", None, ("withdrawn", "2026-05-04 00:00:00")),
    ("UNSUBSCRIBED", "last spring", ("withdrawn", "2026-05-04 00:00:00")),
    ("NEVER_SUBSCRIBED", "2026-02-21T20:07:38+00:00", None),
]


def test_consent_is_to_marketing_by_email_and_never_inferred() -> None:
    profiles = [
        {
            **PROFILE,
            "email": f"p{number}@example.com",
            "email_consent": consent,
            "email_consent_at": decided_at,
        }
        for number, (consent, decided_at, _) in enumerate(CONSENTS)
    ]
    columns = ["contact_value", "purpose", "channel", "status", "occurred_at"]
    assert rows_of("consent_event", given={"klaviyo_profiles": profiles}, columns=columns) == [
        (f"p{number}@example.com", "marketing", "email", *decision)
        for number, (_, _, decision) in enumerate(CONSENTS)
        if decision
    ]


def test_any_reason_suppresses_email_whatever_the_consent_and_an_empty_list_does_not() -> None:
    reasons = ["HARD_BOUNCE", "['USER_SUPPRESSED', 'SPAM_COMPLAINT']", "User suppressed", "[]", None]
    profiles = [
        {**PROFILE, "email": f"p{number}@example.com", "email_suppressions": reason}
        for number, reason in enumerate(reasons)
    ]
    columns = ["contact_kind", "contact_value", "channel", "reason", "added_on"]
    assert rows_of("suppression", given={"klaviyo_profiles": profiles}, columns=columns) == [
        ("email", "p0@example.com", "email", "HARD_BOUNCE", None),
        ("email", "p1@example.com", "email", "['USER_SUPPRESSED', 'SPAM_COMPLAINT']", None),
        ("email", "p2@example.com", "email", "User suppressed", None),
    ]
