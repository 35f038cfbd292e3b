"""Newsletter, campaigns and the preference centre: who may be written to, since when, and on what proof."""

from __future__ import annotations

import json

import pytest

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


@pytest.mark.parametrize(
    ("unsub_time", "last_changed", "counted_from"),
    [
        ("soon", "2026-04-01 12:00:00", "2026-04-01 12:00:00"),
        ("04/31/2026", None, "2026-05-04 00:00:00"),
        (None, "yesterday", "2026-05-04 00:00:00"),
        ("2026-03-01", "2026-04-01 12:00:00", "2026-03-01 00:00:00"),
    ],
)
def test_a_withdrawal_counts_from_the_first_time_that_can_be_read(
    unsub_time: str | None, last_changed: str | None, counted_from: str
) -> None:
    times = {"optin_time": None, "confirm_time": None, "unsub_time": unsub_time, "last_changed": last_changed}
    gone = {**SUBSCRIBER, **times, "status": "unsubscribed"}
    assert decisions({"mailchimp_audience": [gone]}) == [
        ("anna.weber@example.com", "marketing", "email", "withdrawn", counted_from),
    ]


def test_an_opt_in_without_a_readable_time_is_undated() -> None:
    vague = {**SUBSCRIBER, "confirm_time": "n/a", "optin_time": "10.01.25"}
    assert decisions({"mailchimp_audience": [vague]}) == [
        ("anna.weber@example.com", "marketing", "email", "granted", "1970-01-01 00:00:00"),
    ]
    half = {**SUBSCRIBER, "confirm_time": "n/a"}
    assert decisions({"mailchimp_audience": [half]})[0][-1] == "2025-01-10 09:00:00"


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


@pytest.mark.parametrize("withdrawal", ["complained", "unsubscribed"])
def test_an_event_delivered_twice_is_one_event_and_ends_consent_to_marketing_by_e_mail(
    withdrawal: str,
) -> None:
    event = {
        "email": "anna@example.com",
        "campaign_id": "c1",
        "campaign_name": "Spring",
        "event": withdrawal,
        "event_at": "2026-05-01T10:00:00+02:00",
    }
    opened = {**event, "event": "opened"}
    given = {"campaign_events": [event, {**event, "file_id": "file_2"}, opened]}
    assert rows_of("email_event", given=given, columns=["event", "occurred_at"]) == sorted(
        [(withdrawal, "2026-05-01 08:00:00"), ("opened", "2026-05-01 08:00:00")]
    )
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


REFUSAL: Row = {
    "phone": "0664 1234567",
    "purpose": "marketing",
    "channel": "sms",
    "status": "withdrawn",
    "changed_at": "2026-05-01T10:00:00Z",
}
AUSTRIAN: Row = {"contact_id": "003000000000001", "phone": "0664/1234567", "mailing_country": "Austria"}


@pytest.mark.parametrize("status", ["withdrawn", "denied"])
def test_a_refusal_without_country_holds_for_every_known_number_that_it_can_mean(status: str) -> None:
    refusal = {**REFUSAL, "status": status}
    given = {"consent_preferences": [refusal], "salesforce_contact": [AUSTRIAN]}
    assert ("+436641234567", "marketing", "sms", status, "2026-05-01 10:00:00") in decisions(given)


def test_a_grant_without_country_holds_for_the_number_as_dialled_at_home_only() -> None:
    given = {"consent_preferences": [{**REFUSAL, "status": "granted"}], "salesforce_contact": [AUSTRIAN]}
    assert "+436641234567" not in [value for value, *_ in decisions(given)]


def test_a_refusal_with_country_means_no_other_number() -> None:
    given = {
        "consent_preferences": [{**REFUSAL, "phone": "+49 171 3920012"}],
        "salesforce_contact": [{**AUSTRIAN, "phone": "+44 171 3920012"}, AUSTRIAN],
    }
    assert [value for value, *_ in decisions(given)] == ["+491713920012"]


def test_a_refusal_that_reaches_no_contact_point_is_seen() -> None:
    lost = [{**REFUSAL, "phone": "12"}, {**REFUSAL, "phone": None, "email": "ann at example"}]
    fine = [{**REFUSAL, "phone": "0171 3920012"}, {**REFUSAL, "phone": "12", "status": "granted"}]
    columns = ["delivered_value", "contact_value", "status", "is_lost_refusal"]
    assert rows_of("delivered_consent", given={"consent_preferences": lost + fine}, columns=columns) == [
        ("0171 3920012", "+491713920012", "withdrawn", False),
        ("12", None, "granted", False),
        ("12", None, "withdrawn", True),
        ("ann at example", None, "withdrawn", True),
    ]


@pytest.mark.parametrize("is_deleted", ["true", "false"])
def test_the_opt_out_of_a_deleted_contact_still_counts(is_deleted: str) -> None:
    contact = {
        "contact_id": "003000000000001",
        "email": "ann@example.com",
        "is_deleted": is_deleted,
        "has_opted_out_of_email": "true",
        "last_modified_date": "2026-04-30T10:00:00Z",
    }
    assert decisions({"salesforce_contact": [contact]}) == [
        ("ann@example.com", "marketing", "email", "withdrawn", "2026-04-30 10:00:00"),
    ]


ACCOUNT: Row = {"customer_id": "61", "email": "ann@example.com"}
BOX = "accepts_email_marketing"
ORDER: Row = {"name": "#1", "total": "10.00", "email": "Ann@example.com", "accepts_marketing": "yes"}


def versions(
    layout: str, key: str, looks: list[tuple[str, Row]], gone_on: str | None = None, source: str = "shop"
) -> list[Row]:
    """A record's history: how it looked from which night on, until it left."""
    ends = [day for day, _ in looks[1:]] + [gone_on]
    return [
        {
            "source_system": source, "layout": layout, "record_key": key, "valid_from": day, "valid_to": end,
            "ended_by": "removed" if end and end == gone_on else "changed" if end else None,
            "record": json.dumps(look), "record_hash": 1, "file_id": "f",
        }
        for (day, look), end in zip(looks, ends, strict=True)
    ]  # fmt: skip


def test_a_refusal_outlives_the_record_that_held_it_and_a_yes_does_not() -> None:
    took_back = [("2026-05-01", {**ACCOUNT, BOX: "yes"}), ("2026-05-02", {**ACCOUNT, BOX: "no"})]
    agreed = [("2026-05-01", {"customer_id": "62", "email": "bob@example.com", BOX: "yes"})]
    unsubscribed = {
        "email": "cleo@example.com",
        "status": "unsubscribed",
        "unsub_time": "2026-04-30 10:00:00",
    }
    subscribed = {"email": "dora@example.com", "status": "subscribed", "optin_time": "2026-04-30 10:00:00"}
    opted_out = {"email": "emil@example.com", "has_opted_out_of_email": "true"}
    gone = "2026-05-03"
    history = [
        *versions("shopify_customers", "61", took_back, gone),
        *versions("shopify_customers", "62", agreed, gone),
        *versions("mailchimp_audience", "1", [("2026-05-01", unsubscribed)], gone, "email"),
        *versions("mailchimp_audience", "2", [("2026-05-01", subscribed)], gone, "email"),
        *versions("salesforce_contact", "003", [("2026-05-01", opted_out)], gone, "crm"),
    ]
    assert [(row[0], row[3], row[4]) for row in decisions({"record_history": history})] == [
        ("ann@example.com", "denied", "2026-05-02 23:59:59"),
        ("cleo@example.com", "withdrawn", "2026-04-30 10:00:00"),
        ("emil@example.com", "withdrawn", "2026-05-01 00:00:00"),
    ]


def test_a_record_that_is_still_listed_is_not_read_from_its_history_again() -> None:
    looks = [("2026-05-01", {"email": "old@example.com", "has_opted_out_of_email": "true"}),
             ("2026-05-02", {"email": "new@example.com", "has_opted_out_of_email": "false"})]  # fmt: skip
    history = versions("salesforce_contact", "003", looks, source="crm")
    contact = {"contact_id": "003", "email": "new@example.com", "has_opted_out_of_email": "false"}
    assert decisions({"salesforce_contact": [contact], "record_history": history}) == []


def shop_decisions(*answers: tuple[str, str], ordered_at: str | None = None) -> list[tuple[object, ...]]:
    """What the ledger says after an account's (day of delivery, answer), and perhaps an opt-in at checkout."""
    history = versions("shopify_customers", "61", [(day, {**ACCOUNT, BOX: said}) for day, said in answers])
    now = {**ACCOUNT, "delivered_on": "2026-05-04", BOX: answers[-1][1]}
    orders = [{**ORDER, "created_at": ordered_at}] if ordered_at else []
    given = {
        "shopify_customers": [now],
        "record_history": history,
        "shopify_orders": orders,
    }
    return [(row[3], row[4]) for row in decisions(given)]


def test_an_account_that_never_said_yes_has_refused_nothing() -> None:
    assert shop_decisions(("2026-05-01", "no"), ("2026-05-04", "no")) == []


def test_an_account_that_took_its_yes_back_denies_since_the_first_delivery_that_says_so() -> None:
    days = [("2026-05-01", "no"), ("2026-05-02", "yes"), ("2026-05-03", "no"), ("2026-05-04", "no")]
    assert shop_decisions(*days) == [("denied", "2026-05-03 23:59:59")]


def test_an_account_that_says_yes_again_grants() -> None:
    days = [("2026-05-02", "yes"), ("2026-05-03", "no"), ("2026-05-04", "yes")]
    assert shop_decisions(*days) == [("granted", "1970-01-01 00:00:00")]


def test_an_account_without_its_box_ticked_takes_back_an_opt_in_at_an_earlier_checkout() -> None:
    assert shop_decisions(("2026-05-04", "no"), ordered_at="2026-05-03 10:00:00 +0200") == [
        ("denied", "2026-05-04 23:59:59"),
        ("granted", "2026-05-03 08:00:00"),
    ]


def test_an_opt_in_at_a_later_checkout_stands() -> None:
    answers = [("2026-05-01", "no"), ("2026-05-04", "no")]
    assert shop_decisions(*answers, ordered_at="2026-05-03 10:00:00 +0200") == [
        ("granted", "2026-05-03 08:00:00"),
    ]
