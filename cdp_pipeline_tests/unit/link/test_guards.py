"""Clusters that hang together by too little are taken apart again; dense ones and must-links are not."""

from __future__ import annotations

from datetime import date

from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups
from cdp_pipeline_tests.unit.link.shared_nights import Linked, linked_together


def no_bridge_is_sure(linkage: Linkage) -> Linkage:
    return guarded(linkage, "weak_bridge", match_weight=99)


def four_names_are_many(linkage: Linkage) -> Linkage:
    return guarded(linkage, "cluster_size", max_records=4)


def guarded(linkage: Linkage, name: str, **bound: float) -> Linkage:
    """Change one bound, so that a few records show what it does."""
    changed = getattr(linkage.guards, name).model_copy(update=bound)
    return linkage.model_copy(update={"guards": linkage.guards.model_copy(update={name: changed})})


def chain(given: str, born: date, family: str, misspelt: str) -> list[SourceRecord]:
    """Two halves of a chain, in whose middle the birth date and the family name are mistyped."""
    mistyped = born.replace(day=born.day + 5)
    return [
        SourceRecord("a", given, family, born, street="Gartenweg 12", source="crm"),
        SourceRecord("b", given, misspelt, mistyped, street="Gartenweg 12", phone="+49301234", source="shop"),
        SourceRecord("c", given[0], misspelt, phone="+49301234", source="till"),
    ]


def annas(*families: str) -> list[SourceRecord]:
    """Women of one phone, whom their given name joins."""
    return [
        SourceRecord(family[0].lower(), "Anna", family, email=f"{family}@example.org", phone="+493012345")
        for family in families
    ]


@linked_together(*chain("Eva", date(1980, 5, 3), "Brandstetter", "Brandstettr"))
def test_a_chain_stays_where_both_halves_look_like_one_person(linked: Linked) -> None:
    assert linked.people == groups("a b c")
    assert linked.edges("left_source_record_id, right_source_record_id, edge_kind") == {
        ("a", "b", "splink"),
        ("b", "c", "splink"),
    }


@linked_together(
    *chain("Eva", date(1980, 5, 3), "Brandstetter", "Brandstettr"),
    rules=no_bridge_is_sure,
)
def test_a_chain_is_cut_at_its_weak_bridges_and_the_edge_says_so(linked: Linked) -> None:
    assert linked.people == groups("a", "b", "c")
    assert linked.edges("left_source_record_id, right_source_record_id, edge_kind, vetoed_by") == {
        ("a", "b", "vetoed", "weak_bridge"),
        ("b", "c", "vetoed", "weak_bridge"),
    }


@linked_together(
    SourceRecord("a", "Ida", "Kaltenbrunner", date(1967, 10, 3), street="Gartenweg 12", source="crm"),
    SourceRecord("b", "Ida", "Kaltenbrunnr", date(1967, 10, 8), street="Gartenweg 12", source="shop"),
    SourceRecord("c", "Ida", "Kaltenbruner", date(1967, 10, 9), street="Gartenweg 12", source="till"),
    rules=no_bridge_is_sure,
)
def test_records_that_agree_each_with_each_hang_by_no_bridge(linked: Linked) -> None:
    assert linked.people == groups("a b c")


@linked_together(
    *chain("Ruth", date(1991, 2, 14), "Winterhalter", "Winterhaltr")[:2],
    rules=no_bridge_is_sure,
)
def test_a_pair_was_judged_already(linked: Linked) -> None:
    assert linked.people == groups("a b")


@linked_together(
    SourceRecord("a", "Hedwig", "Lindenmaier", email="e@example.org", source="crm"),
    SourceRecord("b", "Hedwig", "Lindenmaier", email="e@example.org", phone="+49301234", source="shop"),
    SourceRecord("c", "Hedwig", "Querenhuber", phone="+49301234", source="till"),
    rules=no_bridge_is_sure,
)
def test_a_bridge_that_a_rule_makes_is_never_weak(linked: Linked) -> None:
    assert linked.people == groups("a b c")


@linked_together(
    *annas("Brandstetter", "Kowalski", "Querenhuber", "Schmidt", "Yilmaz"), rules=four_names_are_many
)
def test_a_cluster_of_too_many_names_is_cut_where_most_hang_and_the_edge_says_so(linked: Linked) -> None:
    assert linked.people == groups("b", "k", "q", "s", "y")
    assert linked.edges("edge_name, edge_kind, vetoed_by") == {
        ("same_phone_and_given_name", "vetoed", "too_large")
    }


@linked_together(*annas("Adler", "Czerny", "Dietz", "Engel"), rules=four_names_are_many)
def test_a_cluster_as_large_as_the_cap_stays(linked: Linked) -> None:
    assert linked.people == groups("a c d e")


def test_two_hundred_orders_of_one_person_are_not_large(warehouse: Warehouse) -> None:
    linkage = guarded(warehouse.project.linkage, "cluster_size", max_records=2)
    warehouse.change_linkage(guards=linkage.guards)
    orders = [SourceRecord(f"o{n}", "Anna", "Kowalski", phone="+493012345") for n in range(200)]
    [person] = warehouse.link(*orders)
    assert len(person) == 200


@linked_together(
    *annas("Gruber", "Hirsch", "Immler", "Jansen", "Lorenz"),
    SourceRecord("m", "Anna", "Merger", phone="+493012345", merged_into="l"),
    rules=four_names_are_many,
)
def test_must_links_hold_in_a_cluster_that_is_too_large(linked: Linked) -> None:
    assert linked.people == groups("g", "h", "i", "j", "l m")


@linked_together(
    *annas("Nagel", "Oberle", "Pohl", "Riedl", "Thoma"),
    SourceRecord("z", "Anna", "Zander", email="z@example.org", phone="+493099999"),
    SourceRecord("w", "Anna", "Thoma", email="Thoma@example.org", phone="+493099999"),
    rules=four_names_are_many,
)
def test_what_holds_in_the_pieces_of_a_large_cluster_stays_joined(linked: Linked) -> None:
    assert linked.people == groups("n", "o", "p", "r", "t w z")
