"""People of one home share name, address and contacts; that alone makes nobody one person."""

from __future__ import annotations

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups


def test_one_name_at_one_address_is_one_person_while_nothing_speaks_against_it(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Karl", "Brandstetter", street="Ring 1", email="karl@example.org"),
        SourceRecord("b", "Karl", "Brandstetter", street="Ring 1", source="shop"),
    )
    assert people == groups("a b")


def test_one_name_at_one_address_with_other_contacts_is_parent_and_child(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Karl", "Brandstetter", street="Ring 1", email="karl@example.org", phone="+491701"),
        SourceRecord(
            "b",
            "Karl",
            "Brandstetter",
            street="Ring 1",
            email="otter@example.com",
            phone="+491702",
            source="shop",
        ),
    )
    assert people == groups("a", "b")
