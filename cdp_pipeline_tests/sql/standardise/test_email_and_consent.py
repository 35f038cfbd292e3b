"""Newsletter, campaigns and the preference centre: who may be written to, since when, and on what proof."""

from __future__ import annotations

from cdp_pipeline_tests.warehouse import Given, Row, rows_of, run_model

SUBSCRIBER: Row = {
    "leid": "418372610",
    "email": "Anna.Weber@Example.com",
    "first_name": "anna",
    "last_name": "weber",
    "optin_time": "2025-01-10 09:00:00",
    "optin_ip": "198.51.100.7",
    "confirm_time": "2025-01-10 09:05:00",
    "confirm_ip": "198.51.100.8",
    "last_changed": "2026-04-01 12:00:00",
    "status": "subscribed",
}
DECISION = ["contact_value", "purpose", "channel", "status", "occurred_at"]


def decisions(given: Given) -> list[tuple[object, ...]]:
    return rows_of("consent_event", given=given, columns=DECISION)


def test_a_confirmed_opt_in_is_a_grant_with_its_proof() -> None:
    given = {"mailchimp_audience": [SUBSCRIBER]}
    assert run_model(
        "consent_event", given=given, columns=["contact_value", "status", "occurred_at", "proof"]
    ) == [
        {
            "contact_value": "anna.weber@example.com",
            "status": "granted",
            "occurred_at": "2025-01-10 09:05:00",
            "proof": "opt-in 2025-01-10 09:00:00 from 198.51.100.7, "
            "confirmed 2025-01-10 09:05:00 from 198.51.100.8",
        }
    ]


def test_an_unsubscribed_contact_granted_once_and_withdrew_later() -> None:
    gone = {**SUBSCRIBER, "status": "unsubscribed", "unsub_time": "2026-03-01 00:00:00"}
    assert decisions({"mailchimp_audience": [gone]}) == [
        ("anna.weber@example.com", "marketing", "email", "granted", "2025-01-10 09:05:00"),
        ("anna.weber@example.com", "marketing", "email", "withdrawn", "2026-03-01 00:00:00"),
    ]


def test_a_withdrawal_without_its_time_counts_from_the_last_change() -> None:
    gone = {**SUBSCRIBER, "status": "unsubscribed", "optin_time": None, "confirm_time": None}
    assert decisions({"mailchimp_audience": [gone]}) == [
        ("anna.weber@example.com", "marketing", "email", "withdrawn", "2026-04-01 12:00:00"),
    ]


def test_a_cleaned_contact_has_bounced_and_withdrawn_nothing() -> None:
    given = {"mailchimp_audience": [{**SUBSCRIBER, "status": "cleaned"}]}
    assert [row["status"] for row in run_model("consent_event", given=given, columns=["status"])] == [
        "granted"
    ]
    assert run_model(
        "email_event", given=given, columns=["email", "event", "campaign_id", "occurred_at"]
    ) == [
        {
            "email": "anna.weber@example.com",
            "event": "bounced_hard",
            "campaign_id": None,
            "occurred_at": "2026-04-01 12:00:00",
        }
    ]


def test_a_subscriber_is_a_record_whatever_the_status() -> None:
    given = {
        "mailchimp_audience": [
            SUBSCRIBER,
            {**SUBSCRIBER, "leid": "2", "status": "cleaned", "last_name": None},
        ]
    }
    columns = ["record_kind", "source_record_id", "given_name", "family_name"]
    assert rows_of("customer_record", given=given, columns=columns) == [
        ("subscriber", "2", "Anna", None),
        ("subscriber", "418372610", "Anna", "Weber"),
    ]


def test_an_event_delivered_twice_is_one_event_and_a_complaint_withdraws() -> None:
    event = {
        "email": "anna@example.com",
        "campaign_id": "c1",
        "campaign_name": "Spring",
        "event": "complained",
        "event_at": "2026-05-01T10:00:00+02:00",
    }
    opened = {**event, "event": "opened"}
    given = {"campaign_events": [event, {**event, "file_id": "file_2"}, opened]}
    assert run_model("email_event", given=given, columns=["event", "occurred_at"]) == [
        {"event": "complained", "occurred_at": "2026-05-01 08:00:00"},
        {"event": "opened", "occurred_at": "2026-05-01 08:00:00"},
    ]
    assert decisions(given) == [
        ("anna@example.com", "marketing", "email", "withdrawn", "2026-05-01 08:00:00"),
    ]


def test_a_preference_holds_for_e_mail_and_phone() -> None:
    preference = {
        "email": "anna@example.com",
        "phone": "0171 3920012",
        "purpose": "ad_audiences",
        "channel": "any",
        "status": "granted",
        "changed_at": "2026-05-01T10:00:00Z",
    }
    assert decisions({"consent_preferences": [preference]}) == [
        ("+491713920012", "ad_audiences", "any", "granted", "2026-05-01 10:00:00"),
        ("anna@example.com", "ad_audiences", "any", "granted", "2026-05-01 10:00:00"),
    ]


def test_a_newsletter_opt_in_never_grants_ad_audiences() -> None:
    purposes = run_model("consent_event", given={"mailchimp_audience": [SUBSCRIBER]}, columns=["purpose"])
    assert purposes == [{"purpose": "marketing"}]
