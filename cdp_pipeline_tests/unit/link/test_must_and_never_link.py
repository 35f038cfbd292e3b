"""What people decided outranks rules, model and vetoes, night after night; a never-link holds along every chain."""

from __future__ import annotations

from datetime import date

import pytest

from cdp_pipeline_tests.unit.link.link_warehouse import FIRST_NIGHT, SourceRecord, Warehouse, groups

KEY = ("source_system", "record_kind", "source_record_id")


def decide(warehouse: Warehouse, *decisions: str) -> None:
    """`decide(warehouse, "a = b", "b <> c")`: decisions in force, numbered from 1, on records of crm/contact."""
    warehouse.build("match_decision")
    warehouse.engine.execute("delete from link.match_decision")
    for number, text in enumerate(decisions, start=1):
        left, sign, right = text.split()
        keys = [part for record in sorted((left, right)) for part in ("crm", "contact", record)]
        verdict = {"=": "must_link", "<>": "never_link"}[sign]
        row = [number, verdict, *keys, "2026-05-01 12:00:00"]
        warehouse.engine.execute("insert into link.match_decision values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def conflicts(warehouse: Warehouse) -> list[tuple[object, ...]]:
    """Which never-link contradicts which must-link, between which records, and how."""
    return warehouse.engine.fetch_all(
        "select never_link_decision_id, must_link_decision_id,"
        " left_source_record_id || ' ' || right_source_record_id, conflict"
        " from link.decision_conflict order by all"
    )


EVA, EVA_AGAIN = (SourceRecord(name, "Eva", "Klein", email="eva@example.org") for name in ("a", "b"))
OTTO = SourceRecord("c", "Otto", "Lang", date(1952, 5, 3), suffix="senior", email="otto@example.org")


def test_a_must_link_outranks_every_veto(warehouse: Warehouse) -> None:
    ruth = SourceRecord("d", "Ruth", "Horn", date(1980, 11, 27), suffix="junior")
    decide(warehouse, "c = d")
    assert warehouse.link(OTTO, ruth) == groups("c d")
    assert warehouse.edges("edge_kind, edge_name, vetoed_by") == {("decision", "must_link", None)}


def test_a_must_link_brings_what_rules_join_to_each_of_its_records(warehouse: Warehouse) -> None:
    born = date(1980, 11, 27)
    decide(warehouse, "a = c")
    assert warehouse.link(
        SourceRecord("a", "Eva", "Klein", born, email="eva@example.org"),
        SourceRecord("b", "Eva", "Klein", born, email="eva@example.org"),
        OTTO,
        SourceRecord("d", "Otto", "Lang", date(1952, 5, 3), email="otto@example.org"),
    ) == groups("a b c d")


def test_a_must_link_lets_nobody_in_who_contradicts_both(warehouse: Warehouse) -> None:
    decide(warehouse, "a = c")
    people = warehouse.link(
        SourceRecord("a", "Eva", "Klein", date(1980, 11, 27), email="x@example.org"),
        SourceRecord("c", "Eva", "Klein", date(1952, 5, 3), email="x@example.org"),
        SourceRecord("d", "Eva", "Klein", date(1995, 7, 12), email="x@example.org"),
    )
    assert people == groups("a c", "d")


def test_a_never_link_parts_what_a_rule_joins(warehouse: Warehouse) -> None:
    assert warehouse.link(EVA, EVA_AGAIN) == groups("a b")
    decide(warehouse, "a <> b")
    assert warehouse.link(EVA, EVA_AGAIN) == groups("a", "b")
    assert warehouse.edges("edge_kind, vetoed_by") == {("vetoed", "decision")}


def test_a_split_survives_reruns_and_new_data(warehouse: Warehouse) -> None:
    decide(warehouse, "a <> b")
    for _ in range(2):
        assert warehouse.link(EVA, EVA_AGAIN) == groups("a", "b")
    newcomer = SourceRecord("n", "Eva", "Klein", email="eva@example.org", source="shop")
    people = warehouse.link(EVA, EVA_AGAIN, newcomer, business_date=date(2026, 5, 5))
    assert len(people) == 2
    assert not any({"a", "b"} <= person for person in people)
    assert people == warehouse.link(newcomer, EVA_AGAIN, EVA, business_date=date(2026, 5, 6))


def test_a_never_link_holds_along_a_chain_of_rules(warehouse: Warehouse) -> None:
    chain = (
        SourceRecord("a", "Eva", "Klein", email="one@example.org"),
        SourceRecord("x", "Eva", "Klein", email="one@example.org", phone="+49301234"),
        SourceRecord("y", "Eva", "Klein", phone="+49301234", loyalty="L1"),
        SourceRecord("b", "Eva", "Klein", loyalty="L1"),
    )
    assert warehouse.link(*chain) == groups("a x y b")
    decide(warehouse, "a <> b")
    people = warehouse.link(*chain)
    assert len(people) == 2
    assert not any({"a", "b"} <= person for person in people)


def test_a_never_link_holds_against_the_model(warehouse: Warehouse) -> None:
    born = date(1980, 11, 27)
    pair = (
        SourceRecord("a", "Eva", "Brandstetter", born, street="Ring 1", phone="+49301234"),
        SourceRecord("b", "Evva", "Brandsteter", born, street="Ring 1", phone="+49301234"),
    )
    assert warehouse.link(*pair) == groups("a b")
    decide(warehouse, "a <> b")
    assert warehouse.link(*pair) == groups("a", "b")
    assert warehouse.edges("vetoed_by", "edge_kind <> 'vetoed' or edge_name = 'same_phone'") == {
        ("decision",)
    }


@pytest.mark.parametrize(
    "merged",
    [
        [SourceRecord("a", "Eva", "Klein"), SourceRecord("b", "Eva", "Klein", merged_into="a")],
        [SourceRecord(name, "Eva", "Klein", loyalty="L1") for name in "ab"],
    ],
    ids=["the CRM's merge", "a card and its holder's name"],
)
def test_a_never_link_parts_what_a_source_merged(warehouse: Warehouse, merged: list[SourceRecord]) -> None:
    assert warehouse.link(*merged) == groups("a b")
    decide(warehouse, "a <> b")
    assert warehouse.link(*merged) == groups("a", "b")


def test_of_a_sources_merge_only_the_never_linked_record_leaves(warehouse: Warehouse) -> None:
    master, *merged = (
        SourceRecord(name, given, "Klein", born, merged_into=None if name == "a" else "a")
        for name, given, born in [
            ("a", "Eva", date(1952, 5, 3)),
            ("b", "Ruth", date(1980, 11, 27)),
            ("c", "Ida", date(1995, 7, 12)),
        ]
    )
    decide(warehouse, "a <> b", "b <> c")
    assert warehouse.link(master, *merged) == groups("a c", "b")


def test_a_must_link_holds_where_a_sources_merge_leads_to_a_never_linked_record(
    warehouse: Warehouse,
) -> None:
    decide(warehouse, "a = x", "a <> b")
    people = warehouse.link(
        SourceRecord("a", "Eva", "Klein"),
        SourceRecord("x", "Ruth", "Lang"),
        SourceRecord("b", "Ida", "Horn", merged_into="x"),
    )
    assert people == groups("a x", "b")
    assert conflicts(warehouse) == []


def test_a_never_link_keeps_a_nameless_record_from_its_person(warehouse: Warehouse) -> None:
    sign_ups = [SourceRecord(name, email="eva@example.org") for name in "mn"]
    assert warehouse.link(EVA, *sign_ups) == groups("a m n")
    decide(warehouse, "a <> n")
    assert warehouse.link(EVA, *sign_ups) == groups("a m", "n")
    assert ("vetoed", "decision") in warehouse.edges("edge_kind, vetoed_by")


def test_a_never_link_parts_nameless_records_that_only_have_each_other(warehouse: Warehouse) -> None:
    sign_ups = [SourceRecord(name, email="who@example.org") for name in "mn"]
    decide(warehouse, "m <> n")
    assert warehouse.link(*sign_ups) == groups("m", "n")


def test_nameless_records_that_a_must_link_joins_bring_no_two_people_together(warehouse: Warehouse) -> None:
    people = [
        EVA,
        SourceRecord("c", "Eva", "Lang", email="other@example.org"),
        SourceRecord("m", email="eva@example.org"),
        SourceRecord("n", email="other@example.org"),
    ]
    decide(warehouse, "m = n")
    found = warehouse.link(*people)
    assert not any({"a", "c"} <= person for person in found)
    assert any({"m", "n"} <= person for person in found)


def test_decisions_on_records_that_are_not_there_wait(warehouse: Warehouse) -> None:
    decide(warehouse, "a = later", "a <> later2")
    assert warehouse.link(EVA, OTTO) == groups("a", "c")
    later = [SourceRecord("later", "Ida", "Horn"), SourceRecord("later2", "Eva", "Klein", email=EVA.email)]
    assert warehouse.link(EVA, *later) == groups("a later", "later2")
    assert warehouse.link(EVA) == groups("a")


def test_must_links_that_lead_from_one_never_linked_record_to_the_other_are_not_applied(
    warehouse: Warehouse,
) -> None:
    names = {"a": "Eva", "x": "Ruth", "b": "Ida", "side": "Otto"}
    records = [SourceRecord(name, given, f"Family{name}") for name, given in names.items()]
    decide(warehouse, "a = x", "x = b", "x = side", "a <> b")
    assert warehouse.link(*records) == groups("a", "b", "x side")
    assert conflicts(warehouse) == [(4, 1, "a x", "chain"), (4, 2, "b x", "chain")]
    assert warehouse.edges("edge_kind, edge_name, vetoed_by") == {
        ("decision", "must_link", None),
        ("vetoed", "must_link", "decision"),
    }


def test_two_decisions_on_one_pair_that_contradict_each_other_keep_it_apart(warehouse: Warehouse) -> None:
    decide(warehouse, "a = b", "a <> b")
    assert warehouse.link(EVA, EVA_AGAIN) == groups("a", "b")
    assert conflicts(warehouse) == [(2, 1, "a b", "same_pair")]


def test_decisions_contradict_nothing_while_a_record_of_the_chain_is_away(warehouse: Warehouse) -> None:
    decide(warehouse, "a = x", "x = b", "a <> b")
    ruth = SourceRecord("x", "Ruth", "Lang")
    assert warehouse.link(EVA, ruth) == groups("a x")
    assert conflicts(warehouse) == []
    assert warehouse.link(EVA, ruth, EVA_AGAIN) == groups("a", "b", "x")
    assert len(conflicts(warehouse)) == 2


def test_clusters_are_those_of_the_edges_that_hold(warehouse: Warehouse) -> None:
    decide(warehouse, "a = c", "b <> c")
    people = warehouse.link(EVA, EVA_AGAIN, OTTO, business_date=FIRST_NIGHT)
    assert people == groups("a c", "b")
    held = "edge_kind in ('rule', 'splink', 'decision')"
    assert warehouse.edges("left_source_record_id, right_source_record_id", held) == {("a", "c")}
