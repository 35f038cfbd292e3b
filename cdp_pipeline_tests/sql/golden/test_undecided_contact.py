"""A record in quarantine that may hold a refusal: whom it names, and whether it names anyone at all."""

from __future__ import annotations

import json

import pytest

from cdp_pipeline_tests.warehouse import Row, rows_of

FILE = {"file_id": "f1", "first_seen_on": "2026-05-05"}
KNOWN_PHONE = {
    "contact_id": "003000000000001",
    "email": "eva@example.org",
    "phone": "0664 1234567",
    "mailing_country": "Austria",
}


def unreadable(layout: str, raw_record: object, line: int = 2) -> Row:
    """A record in quarantine: JSON where it broke a rule, the delivered text where it was ragged."""
    text = raw_record if isinstance(raw_record, str) else json.dumps(raw_record, ensure_ascii=False)
    return {"source_system": "any", "layout": layout, "file_id": "f1", "line": line, "raw_record": text}


def named_by(layout: str, raw_record: object) -> list[tuple[object, ...]]:
    given = {
        "quarantine": [unreadable(layout, raw_record)],
        "file": [FILE],
        "salesforce_contact": [KNOWN_PHONE],
    }
    return rows_of("undecided_contact", given=given, columns=["contact_kind", "contact_value"])


@pytest.mark.parametrize(
    ("layout", "raw_record"),
    [
        ("consent_preferences", {"email": "Ann@Example.org", "purpose": "Marketing", "status": "withdrawn"}),
        ("consent_preferences", "ann@example.org,,marketing,email,withdrawn,2026-05-04T12:00:00Z,form,no, thanks"),
        ("consent_preferences", {"email": "ann@example.org", "changed_at": "04.05.2026 12:00"}),
        ("mailchimp_audience", {"email": "Ann <ann@example.org>", "last_changed": "soon"}),
        ("campaign_events", {"email": "ann@example.org", "event": "unsubscribe"}),
        ("shopify_customers", {"customer_id": "6.1E+12", "email": "'ann@example.org"}),
        ("salesforce_contact", {"mailing_street": "c/o\nann@example.org", "email": None}),
        ("salesforce_contact", "mailto:ann@example.org;x"),
    ],
)  # fmt: skip
def test_address_is_found_wherever_it_stands(layout: str, raw_record: object) -> None:
    assert ("email", "ann@example.org") in named_by(layout, raw_record)


def test_address_in_any_script_is_found() -> None:
    assert ("email", "peña@example.org") in named_by("consent_preferences", {"email": "Peña@example.org"})


@pytest.mark.parametrize(
    "written", ["0664 1234567", "+43 664 1234567", "+43 (0)664/1234567", "(0664) 12 345-67"]
)
def test_known_number_is_found_in_any_spelling(written: str) -> None:
    record = {"email": None, "phone": written, "changed_at": "04.05.2026 12:00"}
    assert named_by("consent_preferences", record) == [("phone", "+436641234567")]


def test_record_of_a_layout_without_consent_names_nobody() -> None:
    assert named_by("shopify_orders", {"email": "ann@example.org"}) == []


def test_record_that_names_nobody_is_counted() -> None:
    lines = [
        unreadable("consent_preferences", {"email": "ann@example.org", "purpose": "Marketing"}, line=2),
        unreadable("consent_preferences", {"email": "ann at example", "purpose": "Marketing"}, line=3),
        unreadable("shopify_orders", {"email": None}, line=4),
    ]
    given = {"quarantine": lines, "file": [FILE]}
    assert rows_of("undecided_record", given=given, columns=["line", "contact_count"]) == [(2, 1), (3, 0)]
