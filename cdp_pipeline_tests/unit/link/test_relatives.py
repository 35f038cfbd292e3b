"""People of one home share name, address and contacts; that alone makes nobody one person."""

from __future__ import annotations

from datetime import date

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, groups
from cdp_pipeline_tests.unit.link.shared_nights import Linked, linked_together


@linked_together(
    SourceRecord("a", "Karl", "Brandstetter", street="Ring 1", email="karl@example.org"),
    SourceRecord("b", "Karl", "Brandstetter", street="Ring 1", source="shop"),
)
def test_one_name_at_one_address_is_one_person_while_nothing_speaks_against_it(linked: Linked) -> None:
    assert linked.people == groups("a b")


@linked_together(
    SourceRecord("a", "Karl", "Kaltenbrunner", street="Ring 1", email="otter58@example.org", phone="+491701"),
    SourceRecord(
        "b",
        "Karl",
        "Kaltenbrunner",
        street="Ring 1",
        email="karl87@example.com",
        phone="+491702",
        source="shop",
    ),
)
def test_one_name_at_one_address_with_another_year_in_the_mailbox_is_parent_and_child(linked: Linked) -> None:
    assert linked.people == groups("a", "b")


@linked_together(
    SourceRecord("father", "Karl", "Winterhalter", date(1955, 8, 2), street="Ring 1"),
    SourceRecord("son", "Karl", "Winterhalter", date(1987, 11, 20), street="Ring 1"),
    SourceRecord("order", "Karl", "Winterhalter", street="Ring 1", source="shop"),
)
def test_an_order_that_fits_father_and_son_alike_joins_neither(linked: Linked) -> None:
    assert linked.people == groups("father", "son", "order")
    assert {kind for (kind,) in linked.edges("edge_kind")} == {"near_miss"}


@linked_together(
    SourceRecord("father", "Karl", "Lindenmaier", date(1957, 4, 19), street="Ring 1", phone="+491701"),
    SourceRecord("son", "Karl", "Lindenmaier", date(1984, 2, 6), street="Ring 1", phone="+491702"),
    SourceRecord("order", "Carl", "Lindenmaier", date(1957, 4, 19), street="Ring 1", source="shop"),
)
def test_an_order_that_fits_the_father_better_joins_him(linked: Linked) -> None:
    assert linked.people == groups("father order", "son")
