"""The register of requests: a month to answer, two more for a reason, and nobody's data in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.audit import list_events
from cdp_pipeline.control.person_reference import customer_of, customer_reference, unknown_reference
from cdp_pipeline.control.privacy_requests import (
    RequestKind,
    RequestsDue,
    RequestStatus,
    close_request,
    enter_request,
    extend_request,
    find_request,
    list_requests,
    months_later,
    requests_due,
    take_up_request,
)
from cdp_pipeline.errors import ControlError

TODAY = datetime.now(UTC).date()
EVA, RUTH = customer_reference("c_0000000000000000000e"), customer_reference("c_0000000000000000000f")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


def enter(project: Project, received_on: date = TODAY, person: str = EVA) -> int:
    return enter_request(project, RequestKind.ACCESS, person, received_on=received_on, channel="letter")


@pytest.mark.parametrize(
    ("received_on", "months", "due_on"),
    [
        (date(2026, 5, 4), 1, date(2026, 6, 4)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_a_month_ends_on_the_same_day_or_on_its_last(received_on: date, months: int, due_on: date) -> None:
    assert months_later(received_on, months) == due_on


def test_a_project_without_requests_gets_no_database(project: Project) -> None:
    assert list_requests(project) == []
    assert requests_due(project, TODAY) == RequestsDue()
    assert not (project.root / "data").exists()


def test_the_month_runs_from_receipt_not_from_entry(project: Project) -> None:
    received_on = TODAY - timedelta(days=20)
    stored = find_request(project, enter(project, received_on))
    assert (stored.received_on, stored.due_on) == (received_on, months_later(received_on, 1))
    assert (stored.status, stored.channel, stored.person) == ("open", "letter", EVA)


def test_what_came_tomorrow_is_refused(project: Project) -> None:
    with pytest.raises(ControlError, match="lies ahead"):
        enter(project, TODAY + timedelta(days=1))


def test_requests_are_counted_by_how_near_their_last_day_is(project: Project) -> None:
    first = date(2026, 1, 1)  # due on 1 February
    enter(project, first)
    enter(project, date(2026, 1, 8), RUTH)  # due on 8 February
    assert requests_due(project, date(2026, 1, 24)) == RequestsDue(open=2, overdue=0, due_soon=0)
    assert requests_due(project, date(2026, 1, 25)) == RequestsDue(open=2, overdue=0, due_soon=1)
    assert requests_due(project, date(2026, 2, 1)) == RequestsDue(open=2, overdue=0, due_soon=2)
    assert requests_due(project, date(2026, 2, 2)) == RequestsDue(open=2, overdue=1, due_soon=1)
    close_request(project, 1)
    assert requests_due(project, date(2026, 2, 2)) == RequestsDue(open=1, overdue=0, due_soon=1)


def test_more_time_is_taken_once_with_a_reason_and_within_the_first_month(project: Project) -> None:
    in_time, late = enter(project, TODAY - timedelta(days=10)), enter(project, TODAY - timedelta(days=40))
    with pytest.raises(ControlError, match="say why more time"):
        extend_request(project, in_time, " ")
    assert extend_request(project, in_time, "four systems to ask") == months_later(
        TODAY - timedelta(days=10), 3
    )
    with pytest.raises(ControlError, match="was extended before"):
        extend_request(project, in_time, "still")
    with pytest.raises(ControlError, match="within the first month"):
        extend_request(project, late, "forgotten")


def test_a_refusal_says_why_and_a_closed_request_stays_closed(project: Project) -> None:
    number = enter(project)
    with pytest.raises(ControlError, match="say why the request is refused"):
        close_request(project, number, RequestStatus.REFUSED)
    close_request(project, number, RequestStatus.REFUSED, "identity not proven")
    stored = find_request(project, number)
    assert (stored.status, stored.closing_reason, stored.completed_at is not None) == (
        "refused", "identity not proven", True,
    )  # fmt: skip
    with pytest.raises(ControlError, match="is refused already"):
        close_request(project, number)
    with pytest.raises(ControlError, match="request 2 does not exist"):
        close_request(project, 2)


def test_a_command_takes_up_the_oldest_open_request_of_its_kind_and_person(project: Project) -> None:
    enter_request(project, RequestKind.ERASURE, EVA)
    first = enter(project)
    enter(project)
    enter(project, person=RUTH)
    assert take_up_request(project, RequestKind.ACCESS, EVA) == first
    close_request(project, first)
    assert take_up_request(project, RequestKind.ACCESS, EVA) == 3


def test_a_command_enters_a_request_that_nobody_entered(project: Project) -> None:
    number = take_up_request(project, RequestKind.ACCESS, EVA)
    assert (find_request(project, number).received_on, find_request(project, number).channel) == (
        TODAY,
        "command",
    )
    with pytest.raises(ControlError, match="asks for access, not for erasure"):
        take_up_request(project, RequestKind.ERASURE, EVA, number)


def test_open_requests_are_listed_first_the_most_urgent_on_top(project: Project) -> None:
    enter(project, TODAY - timedelta(days=3))
    enter(project, TODAY - timedelta(days=9))
    close_request(project, enter(project))
    assert [stored.request_id for stored in list_requests(project)] == [2, 1, 3]
    assert list_requests(project, person=RUTH) == []


def test_who_is_no_customer_is_found_again_by_a_digest_alone(project: Project) -> None:
    reference = unknown_reference(project, "Ruth.Nobody@Example.org ")
    assert reference == unknown_reference(project, "ruth.nobody@example.org")
    assert unknown_reference(project, "+49 (30) 1234") == unknown_reference(project, "+49301234")
    assert "ruth" not in reference
    assert customer_of(reference) is None
    assert customer_of(EVA) == "c_0000000000000000000e"
    enter(project, person=reference)
    assert len(list_requests(project, person=reference)) == 1
    database = b"".join(path.read_bytes() for path in (project.root / "data").glob("control*"))
    assert b"nobody" not in database.lower()


def test_the_audit_trail_names_the_request_and_not_the_person(project: Project) -> None:
    close_request(project, enter(project))
    assert [(event.action, event.subject) for event in reversed(list_events(project))] == [
        ("privacy request entered", "request 1: access"),
        ("privacy request done", "request 1: access"),
    ]
