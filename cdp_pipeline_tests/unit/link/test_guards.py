"""Clusters that hang together by too little are taken apart again; dense ones and must-links are not."""

from __future__ import annotations

from datetime import date

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups

SURE = 99  # no bridge is as sure as that

CHAIN = (
    SourceRecord("a", "Eva", "Brandstetter", date(1980, 5, 3), street="Gartenweg 12", source="crm"),
    SourceRecord(
        "b", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12", phone="+49301234", source="shop"
    ),
    SourceRecord("c", "E", "Brandstettr", phone="+49301234", source="till"),
)

ANNAS = tuple(
    SourceRecord(family[0].lower(), "Anna", family, email=f"{family}@example.org", phone="+493012345")
    for family in ("Brandstetter", "Kowalski", "Querenhuber", "Schmidt", "Yilmaz")
)


def guard(warehouse: Warehouse, name: str, bound: str, value: float) -> None:
    """Change one bound, so that a few records show what it does."""
    guards = warehouse.project.linkage.guards
    changed = getattr(guards, name).model_copy(update={bound: value})
    warehouse.change_linkage(guards=guards.model_copy(update={name: changed}))


def test_a_chain_stays_where_both_halves_look_like_one_person(warehouse: Warehouse) -> None:
    assert warehouse.link(*CHAIN) == groups("a b c")
    assert warehouse.edges("left_source_record_id, right_source_record_id, edge_kind") == {
        ("a", "b", "splink"),
        ("b", "c", "splink"),
    }


def test_a_chain_is_cut_at_its_weak_bridges_and_the_edge_says_so(warehouse: Warehouse) -> None:
    guard(warehouse, "weak_bridge", "match_weight", SURE)
    assert warehouse.link(*CHAIN) == groups("a", "b", "c")
    assert warehouse.edges("left_source_record_id, right_source_record_id, edge_kind, vetoed_by") == {
        ("a", "b", "vetoed", "weak_bridge"),
        ("b", "c", "vetoed", "weak_bridge"),
    }


def test_records_that_agree_each_with_each_hang_by_no_bridge(warehouse: Warehouse) -> None:
    guard(warehouse, "weak_bridge", "match_weight", SURE)
    people = warehouse.link(
        SourceRecord("a", "Eva", "Brandstetter", date(1980, 5, 3), street="Gartenweg 12", source="crm"),
        SourceRecord("b", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12", source="shop"),
        SourceRecord("c", "Eva", "Brandsteter", date(1980, 5, 9), street="Gartenweg 12", source="till"),
    )
    assert people == groups("a b c")


def test_a_pair_was_judged_already(warehouse: Warehouse) -> None:
    guard(warehouse, "weak_bridge", "match_weight", SURE)
    assert warehouse.link(*CHAIN[:2]) == groups("a b")


def test_a_bridge_that_a_rule_makes_is_never_weak(warehouse: Warehouse) -> None:
    guard(warehouse, "weak_bridge", "match_weight", SURE)
    people = warehouse.link(
        SourceRecord("a", "Eva", "Brandstetter", email="e@example.org", source="crm"),
        SourceRecord("b", "Eva", "Brandstetter", email="e@example.org", phone="+49301234", source="shop"),
        SourceRecord("c", "Eva", "Querenhuber", phone="+49301234", source="till"),
    )
    assert people == groups("a b c")


def test_a_cluster_of_too_many_names_is_cut_where_most_hang_and_the_edge_says_so(
    warehouse: Warehouse,
) -> None:
    guard(warehouse, "cluster_size", "max_records", 4)
    assert warehouse.link(*ANNAS) == groups("b", "k", "q", "s", "y")
    assert warehouse.edges("edge_name, edge_kind, vetoed_by") == {
        ("same_phone_and_given_name", "vetoed", "too_large")
    }


def test_a_cluster_as_large_as_the_cap_stays(warehouse: Warehouse) -> None:
    guard(warehouse, "cluster_size", "max_records", 5)
    assert warehouse.link(*ANNAS) == groups("b k q s y")


def test_two_hundred_orders_of_one_person_are_not_large(warehouse: Warehouse) -> None:
    guard(warehouse, "cluster_size", "max_records", 2)
    orders = [SourceRecord(f"o{n}", "Anna", "Kowalski", phone="+493012345") for n in range(200)]
    [person] = warehouse.link(*orders)
    assert len(person) == 200


def test_must_links_hold_in_a_cluster_that_is_too_large(warehouse: Warehouse) -> None:
    guard(warehouse, "cluster_size", "max_records", 4)
    merged = SourceRecord("m", "Anna", "Merger", phone="+493012345", merged_into="y")
    assert warehouse.link(*ANNAS, merged) == groups("b", "k", "q", "s", "m y")


def test_what_holds_in_the_pieces_of_a_large_cluster_stays_joined(warehouse: Warehouse) -> None:
    guard(warehouse, "cluster_size", "max_records", 4)
    second_number = SourceRecord("z", "Anna", "Zander", email="z@example.org", phone="+493099999")
    yilmaz = SourceRecord("w", "Anna", "Yilmaz", email="Yilmaz@example.org", phone="+493099999")
    assert warehouse.link(*ANNAS, second_number, yilmaz) == groups("b", "k", "q", "s", "w y z")
