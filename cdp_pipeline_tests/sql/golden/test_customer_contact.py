"""How customers can be reached, and the state of each way."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import Warehouse


def test_household_address_is_known_as_shared() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", email="family@example.org")
    warehouse.add_record("c2", "crm/contact/2", email="family@example.org", phone="+49891234567")
    warehouse.build("golden")
    assert warehouse.rows(
        "select customer_id, contact_kind, is_shared, customer_count from golden.customer_contact "
        "order by customer_id, contact_kind"
    ) == [("c1", "email", True, 2), ("c2", "email", True, 2), ("c2", "phone", False, 1)]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "reachable"),
        ([("bounced_hard", "2026-02-01")], "bounced"),
        ([("bounced_soft", "2026-02-01")], "reachable"),
        ([("bounced_hard", "2026-02-01"), ("sent", "2026-03-01")], "bounced"),
        ([("bounced_hard", "2026-02-01"), ("opened", "2026-03-01")], "reachable"),
        ([("opened", "2026-02-01"), ("bounced_hard", "2026-03-01")], "bounced"),
        ([("complained", "2026-02-01"), ("clicked", "2026-03-01")], "complained"),
    ],
)
def test_delivery_state_follows_campaign_events(events: list[tuple[str, str]], state: str) -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", email="ann@example.org")
    for event, at in events:
        warehouse.add_email_event("ann@example.org", event, at)
    warehouse.build("golden")
    since = None if state == "reachable" else next(at for event, at in events if event.startswith(state))
    assert warehouse.rows(
        "select delivery_state, cast(cast(state_since as date) as varchar) from golden.customer_contact"
    ) == [(state, since)]


def test_usable_contact_points_rank_before_dead_and_invalid_ones() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", invalid_email="x@", updated_at="2026-04-01")
    warehouse.add_record("c1", "crm/contact/2", email="dead@example.org", updated_at="2026-03-01")
    warehouse.add_record("c1", "crm/contact/3", email="old@example.org", updated_at="2020-01-01")
    warehouse.add_record("c1", "crm/contact/4", email="new@example.org", updated_at="2025-01-01")
    warehouse.add_email_event("dead@example.org", "bounced_hard", "2026-04-01")
    warehouse.build("golden")
    ranked = warehouse.rows("select contact_value from golden.customer_contact order by contact_rank")
    assert [value for (value,) in ranked] == ["new@example.org", "old@example.org", "dead@example.org", "x@"]


def test_one_contact_point_on_many_records_is_one_row() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", email="ann@example.org", updated_at="2020-01-01")
    warehouse.add_record("c1", "shop/order/#1", email="ann@example.org", updated_at="2026-01-01")
    warehouse.build("golden")
    assert warehouse.rows(
        "select record_count, cast(cast(last_seen_at as date) as varchar) from golden.customer_contact"
    ) == [(2, "2026-01-01")]
