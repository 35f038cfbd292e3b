"""Nights that link only what changed: what they look at anew, and that they end as a linkage of everything would."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline.errors import NightError
from cdp_pipeline.link.components import build_cluster
from cdp_pipeline.link.incremental import build_edge
from cdp_pipeline_tests.unit.link.link_warehouse import FIRST_NIGHT, SourceRecord, Warehouse, groups
from cdp_pipeline_tests.unit.link.shared_nights import Linked, delivery, linked_together

ANNA = SourceRecord("anna", "Anna", "Brandstetter", email="anna@example.org", street="Ring 1")
ANNAS_ORDER = SourceRecord("order", "Anna", "Brandstetter", email="anna@example.org", source="shop")
PETER = SourceRecord("peter", "Peter", "Querenhuber", email="peter@example.org", source="shop")
OTHERS = tuple(
    SourceRecord(f"other{n}", given, f"Fam{chr(97 + n)}son", email=f"o{n}@example.org", street=f"Weg {n}")
    for n, given in enumerate(("Ruth", "Max", "Eva", "Paul", "Ida", "Otto"))
)


def link_changes(linkage: Linkage) -> Linkage:
    """Link what changed, however few records there are and however many change."""
    limits = linkage.full_linkage.model_copy(update={"changed_share": 1.0, "up_to_records": 0})
    return linkage.model_copy(update={"full_linkage": limits})


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """A warehouse that links what changed."""
    warehouse = Warehouse(threads=1)
    warehouse.change_linkage(full_linkage=link_changes(warehouse.project.linkage).full_linkage)
    yield warehouse
    warehouse.engine.close()


RUTH = SourceRecord("ruth", "Ruth", "Adlmannseder", email="ruth@example.org")
UWE = SourceRecord("uwe", "Uwe", "Bichlmeier", email="uwe@example.org", source="shop")
SIGN_UP = SourceRecord("sign_up", email="ruth@example.org", source="news")


@linked_together(
    nights=[
        delivery(RUTH, SIGN_UP),
        delivery(RUTH, SIGN_UP, dataclasses.replace(UWE, email="ruth@example.org")),
    ],
    rules=link_changes,
)
def test_a_sign_up_leaves_its_mailbox_when_a_second_person_uses_it(linked: Linked) -> None:
    assert linked.nights[0].people == groups("ruth sign_up")
    assert linked.people == groups("ruth", "sign_up", "uwe")


INA = SourceRecord("ina", "Ina", "Czeschka", email="ina@example.org")
LEO = SourceRecord("leo", "Leo", "Dornauer", email="leo@example.org", source="shop")


@linked_together(
    nights=[
        delivery(INA, dataclasses.replace(LEO, given="Ina", email="ina@example.org")),
        delivery(INA, LEO),
    ],
    rules=link_changes,
)
def test_people_part_when_the_value_that_joined_them_is_corrected(linked: Linked) -> None:
    assert linked.nights[0].people == groups("ina leo")
    assert linked.people == groups("ina", "leo")
    assert linked.id_of("ina") == linked.nights[0].id_of("ina")


UTE = SourceRecord("ute", "Ute", "Eglseder", email="ute@example.org")
UTES_ORDER = SourceRecord("order", "Ute", "Eglseder", email="ute@example.org", source="shop")
KAI = SourceRecord("kai", "Kai", "Fichtlscherer", email="kai@example.org")


@linked_together(nights=[delivery(UTE, UTES_ORDER, KAI), delivery(UTE)], rules=link_changes)
def test_what_is_left_of_a_customer_stays_when_a_record_goes(linked: Linked) -> None:
    assert linked.nights[0].people == groups("ute order", "kai")
    assert linked.nights[0].edges("edge_kind")
    assert linked.people == groups("ute")
    assert linked.edges("edge_kind") == set()


LISA = SourceRecord("lisa", "Lisa", "Gschwendtner", email="lisa@example.org")
LISAS_ORDER = SourceRecord("order", "Lisa", "Gschwendtner", email="lisa@example.org")


@linked_together(
    nights=[
        delivery(LISA, LISAS_ORDER),
        delivery(LISA, LISAS_ORDER, decisions=["lisa <> order"]),
        delivery(LISA, LISAS_ORDER),
    ],
    rules=link_changes,
)
def test_a_decision_holds_from_the_next_night_and_ceases_when_it_is_taken_back(linked: Linked) -> None:
    assert [night.people for night in linked.nights] == [
        groups("lisa order"),
        groups("lisa", "order"),
        groups("lisa order"),
    ]


JUTTA = SourceRecord("jutta", "Jutta", "Hallermeier", email="jutta@example.org")
EMIL = SourceRecord("emil", "Emil", "Irlbacher", email="emil@example.org")


@linked_together(
    nights=[
        delivery(JUTTA),
        delivery(JUTTA, decisions=["emil = jutta"]),
        delivery(JUTTA, EMIL, decisions=["emil = jutta"]),
    ],
    rules=link_changes,
)
def test_a_must_link_holds_once_both_records_are_there(linked: Linked) -> None:
    assert linked.nights[1].people == groups("jutta")
    assert linked.people == groups("jutta emil")


SENIOR = SourceRecord("a", "Karl", "Jobstreibitzer", suffix="senior", street="Ring 1")
JUNIOR = SourceRecord("b", "Karl", "Jobstreibitzer", suffix="junior", street="Ring 1", source="shop")


@linked_together(
    nights=[delivery(SENIOR, JUNIOR), delivery(SENIOR, dataclasses.replace(JUNIOR, suffix=None))],
    rules=link_changes,
)
def test_a_corrected_suffix_is_compared_with_everybody_again(linked: Linked) -> None:
    assert linked.nights[0].people == groups("a", "b")
    assert linked.people == groups("a b")


def changed_records(warehouse: Warehouse) -> int:
    return int(warehouse.engine.fetch_value("select changed from link_state.full_linkage"))


def link_next_night(warehouse: Warehouse, *records: SourceRecord) -> set[frozenset[str]]:
    return warehouse.link(*records, *OTHERS, business_date=FIRST_NIGHT + timedelta(days=1)) - groups(
        *(other.id for other in OTHERS)
    )


def test_a_new_record_joins_whom_it_belongs_to_and_the_night_says_how_much_it_linked(
    warehouse: Warehouse,
) -> None:
    warehouse.link(ANNA, PETER, *OTHERS)
    assert link_next_night(warehouse, ANNA, PETER, ANNAS_ORDER) == groups("anna order", "peter")
    assert changed_records(warehouse) == 1
    runs = "select linked_everything, linked_records from link.linkage_run order by business_date"
    assert warehouse.engine.fetch_all(runs) == [(True, 8), (False, 2)]


def test_an_unchanged_night_links_nothing(warehouse: Warehouse) -> None:
    warehouse.link(ANNA, ANNAS_ORDER, PETER, *OTHERS)
    edges = warehouse.edges("*")
    assert link_next_night(warehouse, ANNA, ANNAS_ORDER, PETER) == groups("anna order", "peter")
    assert (changed_records(warehouse), warehouse.edges("*")) == (0, edges)


def test_changed_rules_link_everything(warehouse: Warehouse) -> None:
    warehouse.link(ANNA, ANNAS_ORDER, *OTHERS)
    rules = [rule for rule in warehouse.project.linkage.rules if "email" not in rule.keys]
    warehouse.change_linkage(rules=rules, match_threshold=far_away(warehouse))
    assert link_next_night(warehouse, ANNA, ANNAS_ORDER) == groups("anna", "order")


def far_away(warehouse: Warehouse) -> object:
    return warehouse.project.linkage.match_threshold.model_copy(update={"match_weight": 99})


@pytest.mark.parametrize(
    "limit", [{"changed_share": 0.1}, {"up_to_records": 8}], ids=["much changed", "small data"]
)
def test_within_the_limits_everything_is_linked(warehouse: Warehouse, limit: dict[str, float]) -> None:
    full_linkage = warehouse.project.linkage.full_linkage.model_copy(update=limit)
    warehouse.change_linkage(full_linkage=full_linkage)
    warehouse.link(ANNA, *OTHERS)
    link_next_night(warehouse, ANNA, PETER)
    assert changed_records(warehouse) == 0


def test_a_night_that_died_before_the_clusters_loses_nothing(warehouse: Warehouse) -> None:
    warehouse.link(ANNA, *OTHERS)
    warehouse.deliver(ANNA, ANNAS_ORDER, *OTHERS)
    warehouse.build("linkage_record", "identifier")
    with warehouse.engine.transaction():
        build_edge(warehouse.night(FIRST_NIGHT + timedelta(days=1)))
    assert link_next_night(warehouse, ANNA, ANNAS_ORDER) == groups("anna order")


def test_clusters_alone_are_refused_when_records_came_since(warehouse: Warehouse) -> None:
    warehouse.link(ANNA, *OTHERS)
    warehouse.deliver(ANNA, PETER, *OTHERS)
    warehouse.build("linkage_record", "identifier")
    with pytest.raises(NightError, match=r"cdp run --from link"):
        build_cluster(warehouse.night())


def test_everybody_may_leave(warehouse: Warehouse) -> None:
    warehouse.link(ANNA, PETER)
    assert warehouse.link(business_date=FIRST_NIGHT + timedelta(days=1)) == set()


def test_a_value_that_becomes_shared_ties_nobody_any_more(warehouse: Warehouse) -> None:
    alike = [SourceRecord(f"a{n}", "Anna", phone="+4930123", source=f"s{n}") for n in range(2)]
    assert groups("a0 a1") <= warehouse.link(*alike, *OTHERS)
    born = [date(1950 + n, 1 + n, 3) for n in range(12)]
    crowd = [
        SourceRecord(f"c{n}", f"{chr(97 + n)}lfonso", f"Xyz{chr(97 + n)}", born[n], phone="+4930123")
        for n in range(12)
    ]
    assert groups("a0", "a1") <= link_next_night(warehouse, *alike, *crowd)


def test_a_mailbox_tells_the_names_that_were_known_when_everything_was_linked(warehouse: Warehouse) -> None:
    eva = SourceRecord("eva", "Eva", "Brandstetter")
    sign_up = SourceRecord("sign_up", email="zyxa.brandstetter@example.org", source="news")
    warehouse.link(ANNA, eva, sign_up, *OTHERS)
    namesakes = [
        SourceRecord("zyxa", "Zyxa", "Brandstetter", phone="+4930123"),
        SourceRecord("other_zyxa", "Zyxa", "Querenhuber"),
    ]
    reachable = dataclasses.replace(sign_up, phone="+4930123")
    assert groups("sign_up", "zyxa") <= link_next_night(warehouse, ANNA, eva, reachable, *namesakes)
    warehouse.engine.execute("drop schema link_state cascade")
    assert groups("sign_up zyxa") <= link_next_night(warehouse, ANNA, eva, reachable, *namesakes)
