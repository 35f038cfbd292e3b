"""A list of who must not be contacted: addresses, numbers in any spelling, hashes."""

from __future__ import annotations

from datetime import date

from cdp_pipeline_tests.warehouse import Row, rows_of

HASH = "AB" * 32
COLUMNS = ["contact_kind", "contact_value", "channel", "added_on", "is_lost"]


def test_the_value_says_what_it_is_whatever_the_kind() -> None:
    entries = [
        ("email", "Ann@Example.org"),
        ("e-mail", "Bob <bob@example.org>"),
        ("phone", "0171 3920012"),
        ("email", "+43 664 1234567"),
        ("phone", HASH),
        ("email", "cleo at example"),
    ]
    given = [{"kind": kind, "suppressed_value": value, "added_on": "2026-05-01"} for kind, value in entries]
    added_on = date(2026, 5, 1)
    assert rows_of("suppression", given={"suppressions": given}, columns=COLUMNS) == [
        ("email", "ann@example.org", "any", added_on, False),
        ("email", "bob@example.org", "any", added_on, False),
        ("phone", "+436641234567", "any", added_on, False),
        ("phone", "+491713920012", "any", added_on, False),
        ("phone", None, "any", added_on, True),
        ("sha256", HASH.lower(), "any", added_on, False),
    ]


def test_a_number_without_country_means_every_known_one_of_its_digits() -> None:
    contact: Row = {"klaviyo_id": "1", "phone": "+436641234567", "country": "AT"}
    entry: Row = {"kind": "phone", "suppressed_value": "0664 1234567", "added_on": "some day"}
    given = {"suppressions": [entry], "klaviyo_profiles": [contact]}
    assert rows_of("suppression", given=given, columns=["contact_value", "added_on", "is_lost"]) == [
        ("+436641234567", None, False),
        ("+496641234567", None, False),
    ]
