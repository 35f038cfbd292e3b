"""How customers deal with e-mails, and what they complain about."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cdp_pipeline_tests.warehouse import rows_of


def event(name: str, occurred_at: str, campaign_id: str = "k1", customer_id: str = "a") -> dict[str, Any]:
    key = {"source_system": "email", "email_event_id": f"{customer_id}{campaign_id}{name}{occurred_at}"}
    what = {"event": name, "occurred_at": occurred_at, "campaign_id": campaign_id}
    return {**key, **what, "customer_id": customer_id}


def ticket(opened_at: str, *, is_complaint: bool = True, **values: str | None) -> dict[str, Any]:
    key = {"source_system": "service", "interaction_id": opened_at, "customer_id": "a"}
    return {**key, "is_complaint": is_complaint, "opened_at": opened_at, **values}


def engagement_of(*events: dict[str, Any], columns: str = "delivered opened clicked") -> tuple[Any, ...]:
    """Counts of one customer: of 90 days, then of 180."""
    names = [f"emails_{name}_{days}_days" for days in (90, 180) for name in columns.split()]
    given = {"golden_profile": [{"customer_id": "a"}], "customer_email_event": events}
    [row] = rows_of("email_engagement", given=given, columns=names)
    return row


def service_of(*tickets: dict[str, Any], events: tuple[dict[str, Any], ...] = ()) -> tuple[Any, ...]:
    """Open tickets; complaints by ticket and by spam report, of 30 and 90 days; the last one."""
    names = ["open_tickets", "complaint_tickets_30_days", "complaint_tickets_90_days"]
    names += ["spam_complaints_30_days", "spam_complaints_90_days"]
    names += ["last_complaint_on", "days_since_last_complaint"]
    given = {
        "golden_profile": [{"customer_id": "a"}],
        "customer_service_interaction": tickets,
        "customer_email_event": events,
    }
    [row] = rows_of("service_summary", given=given, columns=names)
    return row


def test_campaign_counts_once_however_often_it_is_opened() -> None:
    opened = [event("opened", f"2026-05-0{day} 08:00:00") for day in (1, 2, 3)]
    assert engagement_of(event("delivered", "2026-05-01"), *opened) == (1, 1, 0, 1, 1, 0)


def test_click_counts_as_opening_and_opening_as_delivery() -> None:
    assert engagement_of(event("clicked", "2026-05-01"), event("sent", "2026-05-01", "k2")) == (
        (1, 1, 1, 1, 1, 1)
    )


def test_equal_campaign_ids_of_two_sources_are_two_campaigns() -> None:
    events = event("opened", "2026-05-01"), {**event("opened", "2026-05-01"), "source_system": "shop"}
    assert engagement_of(*events, columns="opened") == (2, 2)


def test_events_without_a_campaigns_id_belong_together_by_its_name_else_by_their_day() -> None:
    nameless = {"campaign_id": None}
    spring = {"campaign_id": None, "campaign_name": "Spring"}
    assert engagement_of(
        {**event("delivered", "2026-04-20", "k1"), **spring},
        {**event("opened", "2026-04-21", "k1"), **spring},
        {**event("delivered", "2026-05-01 08:00:00", "k2"), **nameless},
        {**event("opened", "2026-05-01 09:00:00", "k2"), **nameless},
        {**event("delivered", "2026-05-02 08:00:00", "k3"), **nameless},
    ) == (3, 2, 0, 3, 2, 0)


def test_windows_end_with_the_business_date() -> None:
    assert engagement_of(
        event("opened", "2025-11-05 23:59:59", "k1"),
        event("opened", "2025-11-06", "k2"),
        event("opened", "2026-02-03", "k3"),
        event("opened", "2026-02-04", "k4"),
        event("opened", "2026-05-04 23:59:59", "k5"),
        event("opened", "2026-05-05", "k6"),
        columns="opened",
    ) == (2, 4)


def test_last_opening_is_told_with_its_age() -> None:
    given = {
        "golden_profile": [{"customer_id": "a"}, {"customer_id": "b"}],
        "customer_email_event": [
            event("opened", "2026-04-01"),
            event("clicked", "2026-04-24"),
            event("delivered", "2026-05-01", "k2"),
            event("delivered", "2026-05-01", customer_id="b"),
        ],
    }
    columns = ["customer_id", "last_email_opened_on", "days_since_last_email_opened"]
    assert rows_of("email_engagement", given=given, columns=columns) == [
        ("a", date(2026, 4, 24), 10),
        ("b", None, None),
    ]


def test_customer_without_e_mails_has_zero_of_everything() -> None:
    assert engagement_of() == (0, 0, 0, 0, 0, 0)


def test_complaints_are_counted_by_ticket_and_by_spam_report() -> None:
    spam = (event("complained", "2026-03-01"), event("complained", "2026-04-30", "k2"))
    assert service_of(ticket("2026-02-04"), ticket("2026-02-03"), ticket("2026-04-05"), events=spam) == (
        3,
        1,
        2,
        1,
        2,
        date(2026, 4, 30),
        4,
    )


def test_question_is_no_complaint_and_open_until_it_is_closed() -> None:
    assert service_of(
        ticket("2026-05-01", is_complaint=False),
        ticket("2026-05-02", is_complaint=False, closed_at="2026-05-03"),
    ) == (1, 0, 0, 0, 0, None, None)


@pytest.mark.parametrize(
    ("status", "open_tickets"),
    [("solved", 0), ("closed", 0), ("resolved", 0), ("open", 1), ("pending", 1), (None, 1)],
)
def test_ticket_without_a_time_of_closing_is_closed_by_its_status(
    status: str | None, open_tickets: int
) -> None:
    assert service_of(ticket("2026-05-01", is_complaint=False, status=status))[0] == open_tickets


def test_customer_who_never_complained_has_zero_of_everything() -> None:
    assert service_of(events=(event("opened", "2026-05-01"),)) == (0, 0, 0, 0, 0, None, None)


def test_what_is_dated_after_the_business_date_waits_for_its_night() -> None:
    assert service_of(ticket("2026-05-05"), events=(event("complained", "2026-05-05"),)) == (
        (0, 0, 0, 0, 0, None, None)
    )
