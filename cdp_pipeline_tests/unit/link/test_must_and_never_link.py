"""What people decided outranks rules, model and vetoes, night after night; a never-link holds along every chain."""

from __future__ import annotations

from datetime import date

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, groups
from cdp_pipeline_tests.unit.link.shared_nights import Linked, delivery, linked_together


def eva(name: str, family: str) -> SourceRecord:
    """Two Evas of one family are one person by their e-mail."""
    return SourceRecord(name, "Eva", family, email="eva@example.org")


def otto(name: str, family: str, born: date) -> SourceRecord:
    """One who contradicts every Eva."""
    return SourceRecord(name, "Otto", family, born, suffix="senior", email="otto@example.org")


@linked_together(
    otto("c", "Adler", date(1952, 5, 3)),
    SourceRecord("d", "Ruth", "Bachmeier", date(1980, 11, 27), suffix="junior"),
    decisions=["c = d"],
)
def test_a_must_link_outranks_every_veto(linked: Linked) -> None:
    assert linked.people == groups("c d")
    assert linked.edges("edge_kind, edge_name, vetoed_by") == {("decision", "must_link", None)}


@linked_together(
    SourceRecord("a", "Eva", "Czerny", date(1978, 8, 5), email="eva@example.org"),
    SourceRecord("b", "Eva", "Czerny", date(1978, 8, 5), email="eva@example.org"),
    otto("c", "Dorfner", date(1947, 2, 18)),
    SourceRecord("d", "Otto", "Dorfner", date(1947, 2, 18), email="otto@example.org"),
    decisions=["a = c"],
)
def test_a_must_link_brings_what_rules_join_to_each_of_its_records(linked: Linked) -> None:
    assert linked.people == groups("a b c d")


@linked_together(
    SourceRecord("a", "Eva", "Eisele", date(1986, 4, 21), email="x@example.org"),
    SourceRecord("c", "Eva", "Eisele", date(1957, 1, 30), email="x@example.org"),
    SourceRecord("d", "Eva", "Eisele", date(1995, 7, 12), email="x@example.org"),
    decisions=["a = c"],
)
def test_a_must_link_lets_nobody_in_who_contradicts_both(linked: Linked) -> None:
    assert linked.people == groups("a c", "d")


FUCHS = (eva("a", "Fuchs"), eva("b", "Fuchs"))


@linked_together(nights=[delivery(*FUCHS), delivery(*FUCHS, decisions=["a <> b"])])
def test_a_never_link_parts_what_a_rule_joins(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a b")
    assert linked.people == groups("a", "b")
    assert linked.edges("edge_kind, vetoed_by") == {("vetoed", "decision")}


GRUBER = (eva("a", "Gruber"), eva("b", "Gruber"))
NEWCOMER = SourceRecord("n", "Eva", "Gruber", email="eva@example.org", source="shop")


@linked_together(
    nights=[
        delivery(*GRUBER, decisions=["a <> b"]),
        delivery(*GRUBER, decisions=["a <> b"]),
        delivery(*GRUBER, NEWCOMER, decisions=["a <> b"]),
        delivery(NEWCOMER, *reversed(GRUBER), decisions=["a <> b"]),
    ]
)
def test_a_split_survives_reruns_and_new_data(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a", "b")
    assert linked.nights[1].people == groups("a", "b")
    people = linked.nights[2].people
    assert len(people) == 2
    assert not any({"a", "b"} <= person for person in people)
    assert people == linked.nights[3].people


CHAIN = (
    SourceRecord("a", "Eva", "Hirsch", email="one@example.org"),
    SourceRecord("x", "Eva", "Hirsch", email="one@example.org", phone="+49301234"),
    SourceRecord("y", "Eva", "Hirsch", phone="+49301234", loyalty="L1"),
    SourceRecord("b", "Eva", "Hirsch", loyalty="L1"),
)


@linked_together(nights=[delivery(*CHAIN), delivery(*CHAIN, decisions=["a <> b"])])
def test_a_never_link_holds_along_a_chain_of_rules(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a x y b")
    assert len(linked.people) == 2
    assert not any({"a", "b"} <= person for person in linked.people)


MISTYPED = (
    SourceRecord("a", "Eva", "Brandstetter", date(1984, 8, 17), street="Ring 1", phone="+49301234"),
    SourceRecord("b", "Evva", "Brandsteter", date(1984, 8, 17), street="Ring 1", phone="+49301234"),
)


@linked_together(nights=[delivery(*MISTYPED), delivery(*MISTYPED, decisions=["a <> b"])])
def test_a_never_link_holds_against_the_model(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a b")
    assert linked.people == groups("a", "b")
    assert linked.edges("vetoed_by", "edge_kind <> 'vetoed' or edge_name = 'same_phone'") == {("decision",)}


BY_THE_CRM = (SourceRecord("a", "Eva", "Immler"), SourceRecord("b", "Eva", "Immler", merged_into="a"))
BY_A_CARD = tuple(SourceRecord(name, "Eva", "Jansen", loyalty="L1") for name in "ab")


@linked_together(nights=[delivery(*BY_THE_CRM), delivery(*BY_THE_CRM, decisions=["a <> b"])])
def test_a_never_link_parts_what_the_crm_merged(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a b")
    assert linked.people == groups("a", "b")


@linked_together(nights=[delivery(*BY_A_CARD), delivery(*BY_A_CARD, decisions=["a <> b"])])
def test_a_never_link_parts_what_a_card_and_its_holders_name_join(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a b")
    assert linked.people == groups("a", "b")


@linked_together(
    SourceRecord("a", "Eva", "Kessler", date(1943, 3, 26)),
    SourceRecord("b", "Ruth", "Kessler", date(1972, 9, 15), merged_into="a"),
    SourceRecord("c", "Ida", "Kessler", date(1999, 12, 8), merged_into="a"),
    decisions=["a <> b", "b <> c"],
)
def test_of_a_sources_merge_only_the_never_linked_record_leaves(linked: Linked) -> None:
    assert linked.people == groups("a c", "b")


@linked_together(
    SourceRecord("a", "Eva", "Lorenz"),
    SourceRecord("x", "Ruth", "Mocker"),
    SourceRecord("b", "Ida", "Nagel", merged_into="x"),
    decisions=["a = x", "a <> b"],
)
def test_a_must_link_holds_where_a_sources_merge_leads_to_a_never_linked_record(linked: Linked) -> None:
    assert linked.people == groups("a x", "b")
    assert linked.conflicts() == []


SIGN_UPS = [SourceRecord(name, email="eva@example.org") for name in "mn"]


@linked_together(
    nights=[
        delivery(eva("a", "Oberle"), *SIGN_UPS),
        delivery(eva("a", "Oberle"), *SIGN_UPS, decisions=["a <> n"]),
    ]
)
def test_a_never_link_keeps_a_nameless_record_from_its_person(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a m n")
    assert linked.people == groups("a m", "n")
    assert ("vetoed", "decision") in linked.edges("edge_kind, vetoed_by")


@linked_together(
    *(SourceRecord(name, email="who@example.org") for name in "mn"),
    decisions=["m <> n"],
)
def test_a_never_link_parts_nameless_records_that_only_have_each_other(linked: Linked) -> None:
    assert linked.people == groups("m", "n")


@linked_together(
    eva("a", "Pohl"),
    SourceRecord("c", "Eva", "Quast", email="other@example.org"),
    SourceRecord("m", email="eva@example.org"),
    SourceRecord("n", email="other@example.org"),
    decisions=["m = n"],
)
def test_nameless_records_that_a_must_link_joins_bring_no_two_people_together(linked: Linked) -> None:
    assert not any({"a", "c"} <= person for person in linked.people)
    assert any({"m", "n"} <= person for person in linked.people)


WAITING = ["a = later", "a <> later2"]


@linked_together(
    nights=[
        delivery(eva("a", "Riedl"), otto("c", "Sommer", date(1939, 10, 9)), decisions=WAITING),
        delivery(
            eva("a", "Riedl"),
            SourceRecord("later", "Ida", "Thoma"),
            eva("later2", "Riedl"),
            decisions=WAITING,
        ),
        delivery(eva("a", "Riedl"), decisions=WAITING),
    ]
)
def test_decisions_on_records_that_are_not_there_wait(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a", "c")
    assert linked.nights[1].people == groups("a later", "later2")
    assert linked.nights[2].people == groups("a")


@linked_together(
    *(
        SourceRecord(name, given, f"Family{name}")
        for name, given in {"a": "Eva", "x": "Ruth", "b": "Ida", "side": "Otto"}.items()
    ),
    decisions=["a = x", "x = b", "x = side", "a <> b"],
)
def test_must_links_that_lead_from_one_never_linked_record_to_the_other_are_not_applied(
    linked: Linked,
) -> None:
    assert linked.people == groups("a", "b", "x side")
    assert linked.conflicts() == [(4, 1, "a x", "chain"), (4, 2, "b x", "chain")]
    assert linked.edges("edge_kind, edge_name, vetoed_by") == {
        ("decision", "must_link", None),
        ("vetoed", "must_link", "decision"),
    }


@linked_together(eva("a", "Urban"), eva("b", "Urban"), decisions=["a = b", "a <> b"])
def test_two_decisions_on_one_pair_that_contradict_each_other_keep_it_apart(linked: Linked) -> None:
    assert linked.people == groups("a", "b")
    assert linked.conflicts() == [(2, 1, "a b", "same_pair")]


LINKS_IN_A_CHAIN = ["a = x", "x = b", "a <> b"]
RUTH = SourceRecord("x", "Ruth", "Wagner")


@linked_together(
    nights=[
        delivery(eva("a", "Vogt"), RUTH, decisions=LINKS_IN_A_CHAIN),
        delivery(eva("a", "Vogt"), RUTH, eva("b", "Vogt"), decisions=LINKS_IN_A_CHAIN),
    ]
)
def test_decisions_contradict_nothing_while_a_record_of_the_chain_is_away(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a x")
    assert linked.nights[0].conflicts() == []
    assert linked.people == groups("a", "b", "x")
    assert len(linked.conflicts()) == 2


@linked_together(
    eva("a", "Zeller"),
    eva("b", "Zeller"),
    otto("c", "Yssel", date(1961, 6, 24)),
    decisions=["a = c", "b <> c"],
)
def test_clusters_are_those_of_the_edges_that_hold(linked: Linked) -> None:
    assert linked.people == groups("a c", "b")
    held = "edge_kind in ('rule', 'splink', 'decision')"
    assert linked.edges("left_source_record_id, right_source_record_id", held) == {("a", "c")}
