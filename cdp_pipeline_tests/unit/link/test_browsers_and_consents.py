"""Contacts of which somebody was seen to use two: e-mails given in one browser, e-mail and phone in one form."""

from __future__ import annotations

from cdp_pipeline.contracts.linkage import LinkKey
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups
from cdp_pipeline_tests.unit.link.link_workspace import open_records
from cdp_pipeline_tests.warehouse import Row

AT = "2026-05-01 08:00:00"


def seen(cookie: str, *emails: str, shop: str = "web") -> list[Row]:
    """One event per e-mail that was logged in in a browser."""
    return [
        {"source_system": shop, "web_event_id": f"{cookie}-{email}", "cookie_id": cookie, "email": email}
        for email in emails
    ]


def told(*contacts: str, proof: str = "form 1") -> list[Row]:
    """One decision about consent that names the contacts."""
    return [
        {
            "source_system": "consent",
            "contact_kind": "phone" if contact.startswith("+") else "email",
            "contact_value": contact,
            "occurred_at": AT,
            "origin": "form",
            "proof": proof,
        }
        for contact in contacts
    ]


def test_two_emails_in_one_browser_are_one_persons_of_one_given_name(warehouse: Warehouse) -> None:
    with open_records(
        warehouse,
        SourceRecord("a", "Eva", "Klein", email="one@example.org"),
        SourceRecord("b", "Eva", "Lang", email="two@example.org"),
        SourceRecord("c", "Otto", "Klein", email="three@example.org"),
        SourceRecord("d", "Eva", "Horn", email="four@example.org"),
        web_event=[
            *seen("ck1", "one@example.org", "two@example.org", "three@example.org"),
            *seen("ck2", "four@example.org"),
        ],
    ) as workspace:
        assert workspace.join_by_rules() == groups("a b", "c", "d")
        assert workspace.engine.fetch_all("select edge_name, match_weight from rule_edge") == [
            ("same_browser_and_given_name", 24.0)
        ]


def test_browsers_of_two_shops_do_not_meet_by_an_equal_id(warehouse: Warehouse) -> None:
    with open_records(
        warehouse,
        SourceRecord("a", "Eva", "Klein", email="one@example.org"),
        SourceRecord("b", "Eva", "Lang", email="two@example.org"),
        web_event=[
            *seen("ck1", "one@example.org", shop="web"),
            *seen("ck1", "two@example.org", shop="outlet"),
        ],
    ) as workspace:
        assert workspace.join_by_rules() == groups("a", "b")


def test_a_browser_of_too_many_given_names_ties_nobody(warehouse: Warehouse) -> None:
    names = ["Anna", "Bernd", "Clara", "Dieter", "Emil", "Frieda"]
    limit = warehouse.project.linkage.shared_values[LinkKey.COOKIE].max_given_names
    for counter in (names[:limit], names[: limit + 1]):
        customers = [
            SourceRecord(name, name, f"Family{name}", email=f"{name}@example.org".lower()) for name in counter
        ]
        again = SourceRecord("again", "Anna", "Querenhuber", email="again@example.org")
        emails = [str(record.email) for record in (*customers, again)]
        with open_records(warehouse, *customers, again, web_event=seen("till", *emails)) as workspace:
            joined = {frozenset({"Anna", "again"})} & workspace.join_by_rules()
            assert bool(joined) == (len(counter) <= limit)


def test_email_and_phone_of_one_decision_tie_records_that_know_either(warehouse: Warehouse) -> None:
    with open_records(
        warehouse,
        SourceRecord("a", "Eva", "Klein", email="eva@example.org"),
        SourceRecord("b", "Eva", "Lang", phone="+49301234"),
        SourceRecord("c", "Otto", "Lang", phone="+49301234"),
        SourceRecord("d", "Eva", "Horn", phone="+49309999"),
        consent_event=told("eva@example.org", "+49301234"),
    ) as workspace:
        assert workspace.join_by_rules() == groups("a b", "c", "d")
        assert workspace.engine.fetch_all("select edge_name, match_weight from rule_edge") == [
            ("told_together_and_same_given_name", 24.0)
        ]


def test_email_and_phone_of_two_decisions_tie_nobody(warehouse: Warehouse) -> None:
    with open_records(
        warehouse,
        SourceRecord("a", "Eva", "Klein", email="eva@example.org"),
        SourceRecord("b", "Eva", "Lang", phone="+49301234"),
        consent_event=[*told("eva@example.org", proof="form 1"), *told("+49301234", proof="form 2")],
    ) as workspace:
        assert workspace.join_by_rules() == groups("a", "b")


def test_a_decision_that_names_two_emails_ties_nobody(warehouse: Warehouse) -> None:
    with open_records(
        warehouse,
        SourceRecord("a", "Eva", "Klein", email="one@example.org"),
        SourceRecord("b", "Eva", "Lang", email="two@example.org"),
        SourceRecord("c", "Eva", "Horn", phone="+49301234"),
        consent_event=told("one@example.org", "two@example.org", "+49301234"),
    ) as workspace:
        assert workspace.join_by_rules() == groups("a", "b", "c")
