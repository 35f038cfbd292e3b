"""`cdp privacy request`, `restrict`, `object`, `lift`: what people ask for, entered and answered at the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.person_reference import customer_reference
from cdp_pipeline.control.privacy_requests import RequestKind, enter_request, months_later
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.privacy_requests import waiting_requests
from cdp_pipeline_tests.command import Answer, cdp
from cdp_pipeline_tests.conftest import PublishedNights

TODAY = datetime.now(UTC).date()


@pytest.fixture
def root(nights: PublishedNights, tmp_path: Path) -> Path:
    """A project of its own around the published night, which nothing here changes."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "published").symlink_to(nights.root / "data" / "published")
    return tmp_path


def privacy(root: Path, *words: str) -> Answer:
    return cdp("privacy", *words, "--project", root)


def a_customer(root: Path) -> tuple[str, str]:
    """Customer id and e-mail address of somebody who alone has that address."""
    with Engine.open(root / "data/published/current/identified.duckdb", read_only=True) as engine:
        [[customer_id, address]] = engine.fetch_all(
            "select customer_id, contact_value from golden.customer_contact"
            " where contact_kind = 'email' and not is_shared order by all limit 1"
        )
    return customer_id, address


def test_a_request_is_entered_listed_extended_and_closed(root: Path) -> None:
    customer_id, address = a_customer(root)
    day = TODAY - timedelta(days=3)
    answer = privacy(root, "request", "add", "access", address, "--received", day.isoformat())
    assert (
        f"Privacy request 1: access by customer {customer_id}, due on {months_later(day, 1)}."
        in answer.output
    )
    assert address not in privacy(root, "request", "list").output
    assert str(months_later(day, 3)) in privacy(root, "request", "extend", "1", "--reason", "much").output
    assert privacy(root, "request", "close", "1", "--status", "refused").status == 1
    assert privacy(root, "request", "close", "1", "--status", "withdrawn").status == 0
    assert privacy(root, "request", "list").output == "No request is open."
    assert f"withdrawn on {TODAY}" in privacy(root, "request", "list", "--all").output
    assert f"Received {day} by e-mail" in privacy(root, "request", "show", "1").output


def test_who_is_no_customer_may_ask_and_a_misspelled_id_may_not(root: Path) -> None:
    answer = privacy(root, "request", "add", "erasure", "nobody@nowhere.example")
    assert (answer.status, "by unknown " in answer.output) == (0, True)
    assert "nobody" not in answer.output
    assert privacy(root, "request", "add", "access", "c_ffffffffffff").status == 1
    assert privacy(root, "request", "add", "acess", "nobody@nowhere.example").status == 2


def test_an_objection_answers_the_request_that_waits_and_can_be_taken_back(root: Path) -> None:
    customer_id, address = a_customer(root)
    privacy(root, "request", "add", "objection", customer_id)
    answer = privacy(root, "object", address, "--purpose", "marketing", "--purpose", "profiling")
    assert "Objection 1, 2 entered; privacy request 1 is done." in answer.output
    assert privacy(root, "object", address).status == 2
    assert (
        "there is no purpose 'marketting'"
        in privacy(root, "object", address, "--purpose", "marketting").output
    )
    assert "Restriction 3 entered; privacy request 2 is done." in privacy(root, "restrict", address).output
    assert "Objection 2, for profiling no longer holds" in privacy(root, "lift", "2").output
    listed = privacy(root, "restrictions").output
    assert f"Restriction 3, for any purpose, of customer {customer_id}" in listed
    assert [state in listed for state in ("in force (privacy request 2)", f"lifted on {TODAY}")] == [
        True,
        True,
    ]
    assert address not in listed


def test_an_overdue_request_is_a_problem_of_the_project_and_stands_in_the_report(root: Path) -> None:
    project = load_project(root)
    for days in (40, 25):
        received_on = TODAY - timedelta(days=days)
        enter_request(project, RequestKind.ACCESS, customer_reference("c_0"), received_on=received_on)
    status = cdp("status", "--project", root)
    assert "1 privacy request overdue" in status.output
    assert "2 requests open; 1 overdue; 1 due within 7 days" in status.output
    machine = json.loads(cdp("status", "--json", "--project", root).output)
    assert machine["privacy_requests"] == {"open": 2, "overdue": 1, "due_soon": 1}
    assert waiting_requests(project, TODAY) == [
        "Overdue: 1 privacy request. `cdp privacy request list` shows which.",
        "Due within 7 days: 1 privacy request.",
    ]
