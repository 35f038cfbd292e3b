"""Service requests and campaign e-mails by customer."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import Warehouse


def household() -> Warehouse:
    """Ann and Ben with an address and an order each; phone and one address are shared."""
    warehouse = Warehouse()
    warehouse.add_record("ann", "shop/customer/1", email="ann@example.org", phone="+49891234567")
    warehouse.add_record("ben", "shop/customer/2", email="ben@example.org", phone="+49891234567")
    warehouse.add_record("ann", "shop/order/#1", email="family@example.org")
    warehouse.add_record("ben", "shop/order/#2", email="family@example.org", phone="+491713920012")
    warehouse.add_purchase("shop/order/#1", "#1", "2026-04-01", "30.00")
    warehouse.add_purchase("shop/order/#2", "#2", "2026-04-01", "30.00")
    return warehouse


def asked_by(warehouse: Warehouse, **ticket: str) -> list[tuple[object, ...]]:
    """Customer of one request, and by what."""
    fixed = {"source_system": "service", "interaction_id": "T1", "opened_at": "2026-05-01"}
    warehouse.add("standardise.service_interaction", {**fixed, **ticket})
    warehouse.build("customer_service_interaction")
    return warehouse.rows("select customer_id, known_by from golden.customer_service_interaction")


@pytest.mark.parametrize(
    ("ticket", "customer"),
    [
        ({"email": "ann@example.org"}, [("ann", "email")]),
        ({"phone": "+491713920012"}, [("ben", "phone")]),
        ({"purchase_id": "#1"}, [("ann", "order")]),
        ({"email": "ann@example.org", "phone": "+491713920012"}, [("ann", "email")]),
        ({"email": "family@example.org", "phone": "+491713920012"}, [("ben", "phone")]),
        ({"email": "new@example.org", "phone": "+49891234567", "purchase_id": "#2"}, [("ben", "order")]),
        ({"email": "family@example.org", "phone": "+49891234567"}, []),
        ({"purchase_id": "#9"}, []),
        ({}, []),
    ],
)
def test_a_request_is_the_customers_to_whom_alone_something_in_it_belongs(
    ticket: dict[str, str], customer: list[tuple[str, str]]
) -> None:
    assert asked_by(household(), **ticket) == customer


def test_an_order_number_that_two_systems_use_tells_nobody() -> None:
    warehouse = household()
    warehouse.add_purchase(None, "#1", "2026-04-01", "9.00", channel="till")
    assert asked_by(warehouse, purchase_id="#1") == []


def test_campaign_events_belong_to_the_only_customer_of_an_address() -> None:
    warehouse = household()
    for email in ("ann@example.org", "family@example.org", "nobody@example.org"):
        warehouse.add_email_event(email, "opened", "2026-04-01")
    warehouse.build("customer_email_event")
    assert warehouse.rows("select customer_id, email_event_id from golden.customer_email_event") == [
        ("ann", "ann@example.org-opened-2026-04-01")
    ]


def test_a_link_clicked_stands_without_what_the_newsletter_put_in_it() -> None:
    warehouse = household()
    link = "https://shop.example/mugs?e=ann@example.org&token=7"
    event = {"source_system": "email", "email_event_id": "1", "event": "clicked", "occurred_at": "2026-04-01"}
    warehouse.add("standardise.email_event", {**event, "email": "ann@example.org", "link": link})
    warehouse.build("customer_email_event")
    assert warehouse.rows("select link from golden.customer_email_event") == [("https://shop.example/mugs",)]
