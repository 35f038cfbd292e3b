"""A customer was first seen when the first record came or with the first purchase, whatever is corrected later."""

from __future__ import annotations

from datetime import date

import pytest

from cdp_pipeline_tests.warehouse import Row, Warehouse

CONTACT = {"source_system": "crm", "record_kind": "contact", "source_record_id": "1"}
OTHER = {**CONTACT, "source_record_id": "2"}
MAY_4, MAY_5, MAY_6 = (date(2026, 5, day) for day in (4, 5, 6))
AS_DELIVERED, CORRECTED = "2024-03-01 10:00:00", "2026-05-05 09:00:00"


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse()


def night(warehouse: Warehouse, business_date: date, *records: Row) -> None:
    """Run a night with these records of customer c1, each with what it tells as its last change."""
    warehouse.on(business_date)
    keys = [{name: record[name] for name in CONTACT} for record in records]
    warehouse.given("link.customer_source_record", *({**key, "customer_id": "c1"} for key in keys))
    warehouse.given("standardise.customer_record", *records)
    warehouse.build("golden_profile")


def seen(warehouse: Warehouse) -> list[tuple[str, str]]:
    first, last = (f"strftime({name}, '%Y-%m-%d %H:%M')" for name in ("first_seen_at", "last_seen_at"))
    return warehouse.rows(f"select {first}, {last} from golden.golden_profile order by customer_id")


def test_a_correction_does_not_move_when_a_customer_was_first_seen(warehouse: Warehouse) -> None:
    night(warehouse, MAY_4, {**CONTACT, "updated_at": AS_DELIVERED})
    night(warehouse, MAY_5, {**CONTACT, "updated_at": CORRECTED})
    assert seen(warehouse) == [("2024-03-01 10:00", "2026-05-05 09:00")]


def test_a_wrong_date_ahead_is_gone_when_it_is_corrected(warehouse: Warehouse) -> None:
    night(warehouse, MAY_4, {**CONTACT, "updated_at": "2062-03-01 10:00:00"})
    assert seen(warehouse) == [("2026-05-05 00:00", "2062-03-01 10:00")]
    night(warehouse, MAY_5, {**CONTACT, "updated_at": CORRECTED})
    assert seen(warehouse) == [("2026-05-05 00:00", "2026-05-05 09:00")]
    night(warehouse, MAY_6, {**CONTACT, "updated_at": AS_DELIVERED})
    assert seen(warehouse) == [("2024-03-01 10:00", "2024-03-01 10:00")]


def test_a_record_that_tells_no_change_was_first_seen_on_its_night(warehouse: Warehouse) -> None:
    night(warehouse, MAY_4, CONTACT)
    night(warehouse, MAY_5, CONTACT, OTHER)
    assert seen(warehouse) == [("2026-05-04 00:00", "2026-05-05 00:00")]


def test_a_record_that_left_and_returns_was_seen_before(warehouse: Warehouse) -> None:
    night(warehouse, MAY_4, CONTACT, OTHER)
    night(warehouse, MAY_5, OTHER)
    night(warehouse, MAY_6, CONTACT)
    assert seen(warehouse) == [("2026-05-04 00:00", "2026-05-04 00:00")]


def test_a_night_run_again_forgets_what_it_saw_first(warehouse: Warehouse) -> None:
    night(warehouse, MAY_4, OTHER)
    night(warehouse, MAY_5, CONTACT)
    night(warehouse, MAY_5, {**CONTACT, "updated_at": AS_DELIVERED})
    assert seen(warehouse) == [("2024-03-01 10:00", "2024-03-01 10:00")]


def test_a_project_of_before_goes_by_when_the_id_was_given_out(warehouse: Warehouse) -> None:
    warehouse.given(
        "link.customer_id_event",
        {"event_number": 1, "business_date": MAY_4, "event": "mint", "customer_id": "c1"},
        {"event_number": 2, "business_date": MAY_5, "event": "merge", "customer_id": "c2"},
    )
    night(warehouse, MAY_6, CONTACT)
    assert seen(warehouse) == [("2026-05-04 00:00", "2026-05-04 00:00")]
