"""How people ask to be addressed, and which addresses their owners confirmed: only what sources really say."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import rows_of

CONTACT = {"contact_id": "0035f0000169pFzAAI", "is_deleted": "false", "last_name": "Weber"}


@pytest.mark.parametrize(
    ("delivered", "salutation"),
    [
        ("Herr Dr.", "mr"),
        ("Frau", "ms"),
        ("MRS.", "mrs"),
        ("Mlle", "miss"),
        ("Mx.", "mx"),
        ("Prof.", "prof"),
        ("Familie", "family"),
        ("Hochwohlgeboren", None),
        (None, None),
    ],
)
def test_salutation_stands_as_the_source_gives_it(delivered: str | None, salutation: str | None) -> None:
    given = {"salesforce_contact": [{**CONTACT, "salutation": delivered}]}
    assert rows_of("customer_record", given=given, columns=["salutation"]) == [(salutation,)]


def test_salutation_is_never_made_of_gender_or_name() -> None:
    member = {"member_no": "LC-1", "full_name": "Frau Anna Weber", "gender": "f"}
    given = {"loyalty_members": [member]}
    assert rows_of("customer_record", given=given, columns=["gender", "salutation"]) == [("female", None)]


SIGN_UP = {"leid": "1", "email": "Ann@Example.org", "status": "subscribed"}
FORM = {"optin_time": "2025-01-10 09:00:00", "optin_ip": "198.51.100.7"}
CLICK = {"confirm_time": "2025-01-10 09:05:00", "confirm_ip": "198.51.100.8"}


@pytest.mark.parametrize(
    ("acts", "verified"),
    [
        ({**FORM, **CLICK}, [("ann@example.org", "2025-01-10 09:05:00")]),
        ({**FORM, **CLICK, "confirm_time": FORM["optin_time"]}, []),
        (CLICK, []),
        (FORM, []),
        ({**FORM, **CLICK, "confirm_ip": None}, []),
        ({**FORM, **CLICK, "confirm_time": "soon"}, []),
    ],
    ids=["both acts", "one step", "imported", "never confirmed", "no computer", "unreadable"],
)
def test_only_a_later_click_verifies_a_sign_up(acts: dict[str, str], verified: list[tuple[str, str]]) -> None:
    given = {"mailchimp_audience": [{**SIGN_UP, **acts}]}
    columns = ["contact_value", "verified_at"]
    assert rows_of("contact_verification", given=given, columns=columns) == verified
