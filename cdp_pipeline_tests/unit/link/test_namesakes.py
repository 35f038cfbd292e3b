"""People of one full name: a list that names everybody once tells how many there are."""

from __future__ import annotations

from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.link.splink_model import read_model
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse
from cdp_pipeline_tests.unit.link.link_workspace import open_records

PEOPLE = 60
GIVEN = ("Anna", "Bernd", "Clara", "Dieter", "Emil", "Frieda")

CRM = [
    SourceRecord(f"c{n}", GIVEN[n % 6], f"Family{chr(97 + n // 6)}", source="crm", kind="contact")
    for n in range(PEOPLE)
]
"""Sixty people, each pair of names once: c0 is Anna Familya."""

CARDS = [
    SourceRecord(f"l{n}", GIVEN[n % 6], f"Family{chr(97 + n // 6)}", source="loyalty", kind="member")
    for n in range(PEOPLE)
]

SECOND = SourceRecord("second", "Anna", "Familya", city="Bonn", source="crm", kind="contact")
LEVEL = "people of the full name"
ORDER = SourceRecord("order", "Anna", "Familya", source="shop", kind="order")


def weight_of_the_name(
    warehouse: Warehouse, pair: tuple[str, str], *others: SourceRecord, joined: dict[str, str] | None = None
) -> float:
    """Return what the lists add to the weight of a pair."""
    model = read_model(SHIPPED_CONFIG / "linkage" / "model.json").settings
    with open_records(warehouse, *CRM, *CARDS, ORDER, *others) as workspace:
        workspace.create_nodes(joined)
        _, parts = workspace.weights(model, [pair])[pair]
    added: float = sum(part["match_weight"] for part in parts if part["comparison_level"] == LEVEL)
    return added


def test_a_second_person_of_the_name_in_a_list_speaks_against_a_pair(warehouse: Warehouse) -> None:
    assert weight_of_the_name(warehouse, ("c0", "order"), SECOND) < weight_of_the_name(
        warehouse, ("c1", "l1"), SECOND
    )
    assert weight_of_the_name(warehouse, ("c0", "order"), SECOND) < -1


def test_a_name_that_the_lists_know_once_gains_a_little(warehouse: Warehouse) -> None:
    assert 0 < weight_of_the_name(warehouse, ("c0", "order")) < 3


def test_a_pair_of_one_list_is_nobody_elses_namesake(warehouse: Warehouse) -> None:
    assert weight_of_the_name(warehouse, ("c0", "second"), SECOND) >= 0


def test_records_of_one_person_are_no_namesakes(warehouse: Warehouse) -> None:
    assert weight_of_the_name(warehouse, ("c0", "order"), SECOND, joined={"second": "c0"}) >= 0
