"""How profiles looked and whose records were, night by night: rows begin and end only where something changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from cdp_pipeline.contracts.lookup import find_table_contract
from cdp_pipeline.golden.survivorship import FACTS
from cdp_pipeline_tests.warehouse import Warehouse, shipped_project

MAY = {day: date(2026, 5, day) for day in range(1, 12)}
CONTACT = {"source_system": "crm", "record_kind": "contact"}
PROFILES = (
    "select customer_id, city, valid_from, valid_to, begun_by, ended_by, merged_into from golden.profile_history"
    " order by customer_id, valid_from"
)
MEMBERS = (
    "select source_record_id, customer_id, valid_from, valid_to, begun_by, ended_by from golden.membership_history"
    " order by source_record_id, valid_from"
)


class Nights:
    """Nights of which each is given whole: the customer and the city of each record, and what befell ids."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()
        self.events: list[dict[str, object]] = []

    def run(
        self,
        day: int,
        records: Mapping[str, tuple[str, str]],
        *events: tuple[str, str],
        merged: Mapping[str, str] | None = None,
    ) -> None:
        """Build one night.

        Args:
            records: customer and city by record.
            events: what the ledger says of this night: event and customer.
            merged: where merged ids lead.
        """
        warehouse = self.warehouse
        warehouse.given("link.customer_source_record", *(
            {**CONTACT, "source_record_id": name, "customer_id": customer}
            for name, (customer, _) in records.items()
        ))  # fmt: skip
        warehouse.given("standardise.customer_record", *(
            {**CONTACT, "source_record_id": name, "updated_at": "2026-01-01"} for name in records
        ))  # fmt: skip
        warehouse.given("standardise.postal_address", *(
            {**CONTACT, "source_record_id": name, "address_label": "home", "city": city}
            for name, (_, city) in records.items()
        ))  # fmt: skip
        aliases = [{"old_customer_id": old, "customer_id": new} for old, new in (merged or {}).items()]
        warehouse.given("link.customer_id_alias", *aliases)
        for event, customer in events:
            number = len(self.events) + 1
            fixed = {"event_number": number, "business_date": MAY[day], "cause": "new_data"}
            self.events.append({**fixed, "event": event, "customer_id": customer})
        warehouse.given("link.customer_id_event", *self.events)
        warehouse.on(MAY[day])
        warehouse.build("profile_history")

    @property
    def profiles(self) -> list[tuple[object, ...]]:
        return self.warehouse.rows(PROFILES)

    @property
    def members(self) -> list[tuple[object, ...]]:
        return self.warehouse.rows(MEMBERS)


@pytest.fixture
def nights() -> Nights:
    nights = Nights()
    nights.run(1, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm")}, ("mint", "a"), ("mint", "b"))
    return nights


def test_nights_without_change_add_no_row(nights: Nights) -> None:
    before = nights.profiles, nights.members
    for day in range(2, 8):
        nights.run(day, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm")})
    assert (nights.profiles, nights.members) == before
    assert nights.profiles == [
        ("a", "Bonn", MAY[1], None, "added", None, None),
        ("b", "Ulm", MAY[1], None, "added", None, None),
    ]
    assert nights.members == [
        ("r1", "a", MAY[1], None, "added", None),
        ("r2", "b", MAY[1], None, "added", None),
    ]


def test_a_changed_value_ends_one_interval_and_begins_the_next(nights: Nights) -> None:
    nights.run(4, {"r1": ("a", "Aachen"), "r2": ("b", "Ulm")})
    assert nights.profiles[:2] == [
        ("a", "Bonn", MAY[1], MAY[4], "added", "changed", None),
        ("a", "Aachen", MAY[4], None, "changed", None, None),
    ]
    assert len(nights.members) == 2


def test_a_purchase_or_another_time_of_change_begins_no_interval(nights: Nights) -> None:
    nights.warehouse.add_purchase("crm/contact/r1", "o1", "2026-05-02", "9.00")
    nights.run(2, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm")})
    assert nights.warehouse.rows("select max(last_seen_at)::date from golden.golden_profile") == [(MAY[2],)]
    assert len(nights.profiles) == 2


def test_a_merged_customer_ends_with_the_survivors_name_and_the_records_go_over(nights: Nights) -> None:
    nights.run(3, {"r1": ("a", "Bonn"), "r2": ("a", "Ulm")}, ("merge", "b"), merged={"b": "a"})
    assert nights.profiles[-1] == ("b", "Ulm", MAY[1], MAY[3], "added", "merged", "a")
    assert nights.members == [
        ("r1", "a", MAY[1], None, "added", None),
        ("r2", "b", MAY[1], MAY[3], "added", "merged"),
        ("r2", "a", MAY[3], None, "merged", None),
    ]


def test_an_undone_merge_begins_anew_under_the_former_id(nights: Nights) -> None:
    nights.run(3, {"r1": ("a", "Bonn"), "r2": ("a", "Ulm")}, ("merge", "b"), merged={"b": "a"})
    nights.run(5, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm")}, ("undo", "b"))
    assert nights.profiles == [
        ("a", "Bonn", MAY[1], None, "added", None, None),
        ("b", "Ulm", MAY[1], MAY[3], "added", "merged", "a"),
        ("b", "Ulm", MAY[5], None, "undone", None, None),
    ]
    assert nights.members[-1] == ("r2", "b", MAY[5], None, "split", None)


def test_values_that_go_with_records_split_off_end_with_the_split(nights: Nights) -> None:
    nights.run(2, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm"), "r0": ("a", "Aachen")})
    assert nights.profiles[1][:2] == ("a", "Aachen")
    nights.run(3, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm"), "r0": ("c", "Aachen")}, ("split", "c"))
    assert nights.profiles == [
        ("a", "Bonn", MAY[1], MAY[2], "added", "changed", None),
        ("a", "Aachen", MAY[2], MAY[3], "changed", "split", None),
        ("a", "Bonn", MAY[3], None, "changed", None, None),
        ("b", "Ulm", MAY[1], None, "added", None, None),
        ("c", "Aachen", MAY[3], None, "split", None, None),
    ]
    assert nights.members[:2] == [
        ("r0", "a", MAY[2], MAY[3], "added", "split"),
        ("r0", "c", MAY[3], None, "split", None),
    ]


def test_a_record_that_goes_from_one_living_customer_to_another_moved(nights: Nights) -> None:
    both = {"r1": ("a", "Bonn"), "r2": ("b", "Ulm")}
    nights.run(2, {**both, "r3": ("a", "Bonn")})
    nights.run(3, {**both, "r3": ("b", "Bonn")})
    assert nights.members[2:] == [
        ("r3", "a", MAY[2], MAY[3], "added", "moved"),
        ("r3", "b", MAY[3], None, "moved", None),
    ]


def test_who_leaves_is_retired_and_may_return(nights: Nights) -> None:
    nights.run(2, {"r1": ("a", "Bonn")}, ("retire", "b"))
    nights.run(5, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm")}, ("return", "b"))
    assert nights.profiles[1:] == [
        ("b", "Ulm", MAY[1], MAY[2], "added", "retired", None),
        ("b", "Ulm", MAY[5], None, "returned", None, None),
    ]
    assert nights.members[1:] == [
        ("r2", "b", MAY[1], MAY[2], "added", "removed"),
        ("r2", "b", MAY[5], None, "returned", None),
    ]


def test_a_night_run_again_ends_in_the_same_rows(nights: Nights) -> None:
    merged = {"r1": ("a", "Bonn"), "r2": ("a", "Ulm"), "r3": ("c", "Trier")}
    nights.run(3, merged, ("merge", "b"), ("mint", "c"), merged={"b": "a"})
    once = nights.profiles, nights.members
    nights.run(3, merged, merged={"b": "a"})
    assert (nights.profiles, nights.members) == once


def test_a_night_run_again_on_other_data_takes_back_what_it_wrote(nights: Nights) -> None:
    before = nights.profiles, nights.members
    nights.run(3, {"r1": ("a", "Trier"), "r2": ("a", "Ulm")}, ("merge", "b"), merged={"b": "a"})
    assert (nights.profiles, nights.members) != before
    nights.run(3, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm")}, ("undo", "b"))
    assert (nights.profiles, nights.members) == before


def test_what_is_older_than_the_history_was_not_added_when_it_began() -> None:
    nights = Nights()
    nights.warehouse.given(
        "link.customer_id_event",
        {"event_number": 1, "business_date": MAY[1], "event": "mint", "customer_id": "a"},
    )
    nights.events = [{"event_number": 1, "business_date": MAY[1], "event": "mint", "customer_id": "a"}]
    nights.run(4, {"r1": ("a", "Bonn"), "r2": ("b", "Ulm")}, ("mint", "b"))
    assert [row[4] for row in nights.profiles] == ["recorded", "added"]
    assert [row[4] for row in nights.members] == ["recorded", "added"]


def test_a_column_that_the_history_did_not_have_begins_intervals_for_those_who_have_a_value(
    nights: Nights,
) -> None:
    nights.warehouse.engine.execute("alter table golden.profile_history drop column city")
    nights.run(2, {"r1": ("a", "Bonn"), "r2": ("b", None)})  # type: ignore[dict-item]
    assert nights.profiles == [
        ("a", None, MAY[1], MAY[2], "added", "changed", None),
        ("a", "Bonn", MAY[2], None, "changed", None, None),
        ("b", None, MAY[1], None, "added", None, None),
    ]


def test_every_column_of_the_profile_has_a_history_but_counts_and_times_of_traces() -> None:
    folders = shipped_project().sql_folders
    profile = find_table_contract(folders, "golden", "golden_profile")
    history = find_table_contract(folders, "golden", "profile_history")
    without = {*FACTS} - {"customer_id", "household_id"}
    assert [name for name in profile.column_names if name not in history.column_names] == sorted(
        without, key=profile.column_names.index
    )
    for name in {*history.column_names} & {*profile.column_names} - {"customer_id"}:
        one, other = history.column(name), profile.column(name)
        assert (one.type, one.sensitivity) == (other.type, other.sensitivity), name
