"""What can tie records together: browsers in which an e-mail was given, and contacts told in one decision."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.warehouse import Row, Warehouse


def identifiers(kind: str, contacts: Sequence[str], **tables: Sequence[Row]) -> list[tuple[object, ...]]:
    """Return record and value of one kind, for records `r1`, `r2` … with a contact each."""
    warehouse = Warehouse(Stage.LINK)
    with warehouse.engine:
        for number, contact in enumerate(contacts, start=1):
            key = {"source_system": "crm", "record_kind": "contact", "source_record_id": f"r{number}"}
            warehouse.add("customer_record", {**key, "given_name": "Eva", "family_name": "Klein"})
            point = {"contact_kind": _kind(contact), "contact_value": contact.removeprefix("!")}
            warehouse.add("contact_point", {**key, **point, "is_valid": not contact.startswith("!")})
        for name, rows in tables.items():
            warehouse.given(name, *rows)
        warehouse.build("identifier")
        return warehouse.rows(
            "select source_record_id, identifier_value from link.identifier"
            f" where identifier_kind = '{kind}' order by all"
        )


def _kind(contact: str) -> str:
    return "email" if "@" in contact else "phone"


def visit(cookie: str, email: str | None, shop: str = "web") -> Row:
    return {
        "source_system": shop,
        "web_event_id": f"{cookie} {email}",
        "cookie_id": cookie,
        "email": email,
    }


def decision(contact: str, **changes: str | None) -> Row:
    usual = {
        "source_system": "consent",
        "occurred_at": "2026-05-01 08:00:00",
        "origin": "form",
        "proof": "p1",
    }
    return {**usual, "contact_kind": _kind(contact), "contact_value": contact, **changes}


def test_a_record_has_the_browsers_in_which_its_email_was_given() -> None:
    visits = [visit("ck1", "a@x.org"), visit("ck1", "b@x.org"), visit("ck2", "b@x.org"), visit("ck3", None)]
    assert identifiers("cookie", ["a@x.org", "b@x.org", "c@x.org"], web_event=visits) == [
        ("r1", "web ck1"),
        ("r2", "web ck1"),
        ("r2", "web ck2"),
    ]


def test_a_browser_is_one_shops() -> None:
    visits = [visit("ck1", "a@x.org", shop="web"), visit("ck1", "b@x.org", shop="outlet")]
    assert identifiers("cookie", ["a@x.org", "b@x.org"], web_event=visits) == [
        ("r1", "web ck1"),
        ("r2", "outlet ck1"),
    ]


def test_a_malformed_email_has_no_browser() -> None:
    assert identifiers("cookie", ["!a@x.org"], web_event=[visit("ck1", "a@x.org")]) == []


def test_email_and_phone_of_one_decision_are_one_value_for_records_of_either() -> None:
    decisions = [decision("a@x.org"), decision("+49301")]
    assert identifiers("consent", ["a@x.org", "+49301", "+49302"], consent_event=decisions) == [
        ("r1", "a@x.org +49301"),
        ("r2", "a@x.org +49301"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"source_system": "newsletter"},
        {"occurred_at": "2026-05-01 08:00:01"},
        {"origin": "till"},
        {"proof": "p2"},
    ],
)
def test_a_decision_is_one_by_source_time_origin_and_proof(other: dict[str, str]) -> None:
    decisions = [decision("a@x.org"), decision("+49301", **other)]
    assert identifiers("consent", ["a@x.org", "+49301"], consent_event=decisions) == []


def test_consents_to_several_purposes_are_one_decision() -> None:
    purposes = ("marketing", "profiling")
    decisions = [decision(contact, purpose=p) for contact in ("a@x.org", "+49301") for p in purposes]
    assert identifiers("consent", ["a@x.org"], consent_event=decisions) == [("r1", "a@x.org +49301")]


@pytest.mark.parametrize(
    "contacts",
    [
        ("a@x.org", "b@x.org"),
        ("a@x.org", "b@x.org", "+49301"),
        ("a@x.org", "+49301", "+49302"),
        ("+49301",),
    ],
)
def test_only_one_email_with_one_phone_is_told_together(contacts: tuple[str, ...]) -> None:
    decisions = [decision(contact) for contact in contacts]
    assert identifiers("consent", contacts, consent_event=decisions) == []
