"""A refusal outlives the record that held it: what a source no longer lists still keeps messages away."""

from __future__ import annotations

import json

from cdp_pipeline_tests.warehouse import Row, rows_of


def gone(source: str, layout: str, **record: str) -> Row:
    """A record that the source listed until 2 May."""
    dates = {"valid_from": "2026-05-01", "valid_to": "2026-05-02", "ended_by": "removed"}
    return {
        "source_system": source,
        "layout": layout,
        "record_key": "1",
        "record": json.dumps(record),
        **dates,
    }


HISTORY = [
    gone("newsletter", "klaviyo_profiles", email="k@example.com", email_consent="UNSUBSCRIBED"),
    gone("newsletter", "klaviyo_profiles", email="s@example.com", email_consent="SUBSCRIBED",
         email_suppressions="USER_SUPPRESSED") | {"record_key": "2"},
    gone("sales", "hubspot_contacts", email="h@example.com", unsubscribed_from_all="true"),
    gone("sales", "salesforce_account", person_email="a@example.com", is_person_account="true",
         has_opted_out_of_email="true"),
]  # fmt: skip


def test_a_refusal_holds_after_its_record_is_gone_and_a_grant_does_not() -> None:
    columns = ["contact_value", "status", "occurred_at"]
    assert rows_of("consent_event", given={"record_history": HISTORY}, columns=columns) == [
        ("a@example.com", "withdrawn", "2026-05-01 00:00:00"),
        ("h@example.com", "withdrawn", "2026-05-01 00:00:00"),
        ("k@example.com", "withdrawn", "2026-05-01 00:00:00"),
    ]


def test_a_list_that_comes_anew_every_night_says_a_refusal_once() -> None:
    """The refusal counts from the night that told it first, in the file of that night: it is no new one today."""
    told_again = {"klaviyo_id": "1", "email": "k@example.com", "email_consent": "UNSUBSCRIBED"}
    first_told = gone("newsletter", "klaviyo_profiles", **told_again)
    first_told |= {"valid_to": None, "ended_by": None, "file_id": "first", "line": 9}
    given = {
        "klaviyo_profiles": [{**told_again, "delivered_on": "2026-05-04", "file_id": "tonight"}],
        "record_history": [first_told],
    }
    columns = ["status", "occurred_at", "file_id", "line"]
    assert rows_of("delivered_consent", given=given, columns=columns) == [
        ("withdrawn", "2026-05-01 00:00:00", "first", 9)
    ]


def test_a_newsletters_suppression_holds_after_its_profile_is_gone() -> None:
    given = {"record_history": HISTORY}
    assert rows_of("suppression", given=given, columns=["contact_value", "channel"]) == [
        ("s@example.com", "email")
    ]
