"""Service tickets: who asked, how it ended, and what counts as a complaint."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import Row, rows_of, run_model

TICKET: Row = {
    "ticket_id": "T1",
    "created_at": "2026-05-01T10:00:00+02:00",
    "channel": "Phone",
    "requester_name": "Anna  Weber",
    "requester_email": "Anna.Weber@Example.com",
    "requester_phone": "0171 3920012",
    "order_id": "#1001",
    "category": "Invoice",
    "status": "Open",
}


def test_a_ticket_is_read_into_contact_points_and_utc() -> None:
    columns = ["interaction_id", "channel", "email", "phone", "requester_name", "purchase_id", "opened_at"]
    assert rows_of("service_interaction", given={"service_tickets": [TICKET]}, columns=columns) == [
        (
            "T1",
            "phone",
            "anna.weber@example.com",
            "+491713920012",
            "Anna Weber",
            "#1001",
            "2026-05-01 08:00:00",
        )
    ]


def test_contact_points_that_are_none_are_left_out() -> None:
    given = {"service_tickets": [{**TICKET, "requester_email": "anna at work", "requester_phone": "12"}]}
    assert rows_of("service_interaction", given=given, columns=["interaction_id", "email", "phone"]) == [
        ("T1", None, None)
    ]


@pytest.mark.parametrize(
    ("category", "satisfaction", "is_complaint"),
    [
        ("Product quality", None, True),
        ("product_quality", "5", True),
        ("Beschädigt", None, True),
        ("Verspätete Lieferung", None, True),
        ("Late_delivery", None, True),
        ("delivery", "5", False),
        ("Lieferung", None, False),
        ("Rückgabe", None, False),
        ("return", None, False),
        ("delivery", "2", True),
        ("invoice", None, False),
        ("invoice", "3", False),
        ("invoice", "2", True),
        (None, "1", True),
        (None, None, False),
        ("invoice", "0", False),
    ],
)
def test_a_complaint_is_one_by_category_or_by_satisfaction(
    category: str | None, satisfaction: str | None, is_complaint: bool
) -> None:
    given = {"service_tickets": [{**TICKET, "category": category, "satisfaction": satisfaction}]}
    rows = run_model("service_interaction", given=given, columns=["is_complaint"])
    assert rows == [{"is_complaint": is_complaint}]


@pytest.mark.parametrize(
    ("text", "satisfaction"),
    [
        ("1", 1),
        ("5", 5),
        ("4", 4),
        ("4.0", None),
        ("0", None),
        ("6", None),
        ("45", None),
        ("4.5", None),
        ("good", None),
    ],
)
def test_satisfaction_off_the_scale_is_left_out(text: str, satisfaction: int | None) -> None:
    given = {"service_tickets": [{**TICKET, "satisfaction": text}]}
    assert rows_of("service_interaction", given=given, columns=["satisfaction"]) == [(satisfaction,)]


@pytest.mark.parametrize("unread", ["tomorrow", "2026-05-02T10:00:00+99:00", "2026-5-2 10:00"])
def test_a_closing_time_that_cannot_be_read_is_left_out(unread: str) -> None:
    closed = {**TICKET, "ticket_id": "T2", "closed_at": "2026-05-02T10:00:00Z"}
    given = {"service_tickets": [{**TICKET, "closed_at": unread}, closed]}
    assert rows_of("service_interaction", given=given, columns=["interaction_id", "closed_at"]) == [
        ("T1", None),
        ("T2", "2026-05-02 10:00:00"),
    ]
