"""The state of a contact point in one word, and when one counts as handed on to somebody else."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import Warehouse

NUMBER = "+491710000001"


def hold(
    warehouse: Warehouse, customer_id: str, last: str | None, first: str | None = None, **values: object
) -> None:
    """Let a customer have the number on one record: first seen then, last changed then."""
    record = f"shop/order/#{customer_id}"
    key = {"source_system": "shop", "record_kind": "order", "source_record_id": f"#{customer_id}"}
    warehouse.add_record(customer_id, record, updated_at=last, **{"phone": NUMBER, **values})
    if first or last:
        warehouse.add(
            "record_first_seen", {**key, "first_seen_on": first or last, "first_seen_at": first or last}
        )


def statuses(warehouse: Warehouse) -> dict[str, str]:
    warehouse.build("customer_contact")
    return dict(warehouse.rows("select customer_id, contact_status from golden.customer_contact"))


def new_warehouse() -> Warehouse:
    warehouse = Warehouse()
    warehouse.given("record_first_seen")
    return warehouse


def test_number_that_somebody_else_has_a_year_later_is_recycled_for_the_former_holder() -> None:
    warehouse = new_warehouse()
    hold(warehouse, "old", "2022-03-01")
    hold(warehouse, "new", "2026-01-01", first="2025-06-01")
    assert statuses(warehouse) == {"old": "recycled", "new": "valid"}
    assert warehouse.rows("select distinct is_shared, customer_count from golden.customer_contact") == [
        (True, 2)
    ]


@pytest.mark.parametrize(
    ("old_last", "new_first"),
    [("2025-01-01", "2025-06-01"), (None, "2025-06-01"), ("2022-03-01", "2022-09-01")],
    ids=["half a year", "of unknown age", "held at the same time"],
)
def test_number_without_a_year_between_its_holders_is_shared(old_last: str | None, new_first: str) -> None:
    warehouse = new_warehouse()
    hold(warehouse, "old", old_last)
    hold(warehouse, "new", "2026-01-01", first=new_first)
    assert statuses(warehouse) == {"old": "shared", "new": "shared"}


def test_family_shares_a_number_however_late_the_younger_ones_came() -> None:
    warehouse = new_warehouse()
    hold(warehouse, "mother", "2019-03-01")
    hold(warehouse, "daughter", "2026-01-01")
    warehouse.given("household", *({"customer_id": c, "household_id": "h1"} for c in ("mother", "daughter")))
    assert statuses(warehouse) == {"mother": "shared", "daughter": "shared"}


def test_number_of_many_households_is_shared_and_never_handed_on() -> None:
    warehouse = new_warehouse()
    for year in range(2018, 2026, 2):
        hold(warehouse, f"c{year}", f"{year}-01-01")
    assert set(statuses(warehouse).values()) == {"shared"}


def test_number_with_another_record_of_unknown_age_is_not_recycled() -> None:
    warehouse = new_warehouse()
    hold(warehouse, "old", "2022-03-01")
    warehouse.add_record("old", "shop/customer/1", phone=NUMBER, updated_at=None)
    hold(warehouse, "new", "2026-01-01", first="2025-06-01")
    assert statuses(warehouse) == {"old": "shared", "new": "shared"}


def test_first_state_that_holds_is_told() -> None:
    warehouse = new_warehouse()
    warehouse.add_record("c1", "crm/contact/1", invalid_email="x@")
    warehouse.add_record("c2", "crm/contact/2", email="angry@example.org")
    warehouse.add_record("c3", "crm/contact/3", email="dead@example.org")
    warehouse.add_record("c4", "crm/contact/4", email="dead@example.org")
    warehouse.add_record("c5", "crm/contact/5", email="fine@example.org")
    warehouse.add_email_event("angry@example.org", "bounced_hard", "2026-02-01")
    warehouse.add_email_event("angry@example.org", "complained", "2026-01-01")
    warehouse.add_email_event("dead@example.org", "bounced_hard", "2026-02-01")
    assert statuses(warehouse) == {
        "c1": "invalid",
        "c2": "complained",
        "c3": "bounced",
        "c4": "bounced",
        "c5": "valid",
    }


def test_confirmation_of_an_address_is_told() -> None:
    warehouse = new_warehouse()
    warehouse.add_record("c1", "crm/contact/1", email="ann@example.org")
    proof = {"contact_kind": "email", "contact_value": "ann@example.org"}
    warehouse.given(
        "contact_verification", {**proof, "source_system": "email", "verified_at": "2025-01-10 09:05"}
    )
    warehouse.build("customer_contact")
    assert warehouse.rows("select cast(verified_at as varchar) from golden.customer_contact") == [
        ("2025-01-10 09:05:00",)
    ]


def test_recycled_number_ranks_behind_the_customers_own() -> None:
    warehouse = new_warehouse()
    hold(warehouse, "old", "2022-03-01")
    warehouse.add_record("old", "crm/contact/1", phone="+491710000002", updated_at="2019-01-01")
    hold(warehouse, "new", "2026-01-01", first="2025-06-01")
    warehouse.build("customer_contact")
    assert warehouse.rows(
        "select contact_value from golden.customer_contact where customer_id = 'old' order by contact_rank"
    ) == [("+491710000002",), (NUMBER,)]


def test_former_holder_is_not_written_to_at_a_number_that_a_stranger_has_now() -> None:
    warehouse = new_warehouse()
    hold(warehouse, "old", "2022-03-01")
    hold(warehouse, "new", "2026-01-01", first="2025-06-01")
    for customer_id in ("old", "new"):
        for number in range(2):
            record = f"shop/order/#{customer_id}"
            warehouse.add_purchase(record, f"{customer_id}-{number}", "2026-04-20", "10.00")
    warehouse.add_consent(NUMBER, "ad_audiences", "granted", "2021-01-01")
    warehouse.build()
    google = "activation = 'google_repeat_buyers'"
    assert warehouse.rows(f"select customer_id from activate.activation_row where {google}") == [("new",)]
    assert warehouse.rows(
        "select customer_id, reason, cast(reason_since as date)::varchar"
        f" from activate.audience_exclusion where {google}"
    ) == [("old", "recycled", "2025-06-01")]
