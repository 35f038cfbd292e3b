"""People's decisions teach the model what the hard pairs look like, without letting a few of them swing it."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from cdp_pipeline.engine import EngineOptions
from cdp_pipeline.link.decided_labels import DecidedLabels, add_decided, create_decided_labels
from cdp_pipeline.link.training import create_teaching_nodes
from cdp_pipeline.link.workspace import open_workspace
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse

FATHER = SourceRecord("father", "Otto", "Lang", date(1950, 1, 1), street="Ring 1")
SON = SourceRecord("son", "Otto", "Lang", date(1980, 1, 1), street="Ring 1")
NAMESAKE = SourceRecord("namesake", "Otto", "Lang", street="Weg 2", postcode="89073")
MAIDEN = SourceRecord("maiden", "Eva", "Klein", email="eva@mail.example")
MARRIED = SourceRecord("married", "Eva", "Horn", email="horn@mail.example")
MARRIED_AGAIN = SourceRecord("twice", "Eva", "Horn", email="horn@mail.example")
"""Equal to the one before in everything: one node."""


def decided(*texts: str) -> pa.Table:
    """`decided("a = b", "b <> c")`: one person, two people."""
    rows = []
    for text in texts:
        left, sign, right = text.split()
        row = {"decision": {"=": "must_link", "<>": "never_link"}[sign]}
        for side, record in (("left", left), ("right", right)):
            row |= {
                f"{side}_source_system": "crm",
                f"{side}_record_kind": "contact",
                f"{side}_source_record_id": record,
            }
        rows.append(row)
    return pa.Table.from_pylist(rows)


def labels(warehouse: Warehouse, *texts: str) -> tuple[DecidedLabels, int, list[tuple[object, ...]]]:
    """What became of the decisions, how many pairs teach matches, and what those of relatives share."""
    warehouse.deliver(FATHER, SON, NAMESAKE, MAIDEN, MARRIED, MARRIED_AGAIN)
    warehouse.build("linkage_record", "identifier", "given_name_root", "decision_conflict")
    with open_workspace(warehouse.engine, warehouse.project.linkage, EngineOptions()) as workspace:
        create_teaching_nodes(workspace, warehouse.project.linkage, seed=1)
        taught = create_decided_labels(workspace, decided(*texts))
        matches = workspace.row_count("decided_match")
        relatives = workspace.fetch_all("select distinct found_by from decided_relative order by all")
    return taught, matches, relatives


def test_each_decision_teaches_what_it_can(warehouse: Warehouse) -> None:
    taught, matches, relatives = labels(
        warehouse,
        "maiden = married",
        "father <> son",
        "father <> namesake",
        "married = nobody",
        "married = twice",
    )
    assert taught == DecidedLabels(matches=1, relatives=1, strangers=1, left_out=2)
    assert taught.used == 2
    assert matches == 1
    # Found by a common address and name, which therefore learn nothing from the pair.
    assert relatives == [(["address", "family_name"],)]


def test_what_people_disagree_on_teaches_nothing(warehouse: Warehouse) -> None:
    taught, matches, _ = labels(warehouse, "maiden = married", "maiden <> twice")
    assert (taught, matches) == (DecidedLabels(left_out=2), 0)


def share(counts: dict[int, float]) -> float:
    return counts[0] / sum(counts.values())


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [(0, 0.1), (10, 0.1 + 0.9 * 0.2 * 10 / 110), (100, 0.1 + 0.9 * 0.1), (10**9, 0.1 + 0.9 * 0.2)],
)
def test_ten_decisions_move_little_and_any_number_a_fifth_at_most(decisions: int, expected: float) -> None:
    counts = {"email": {0: 1000.0, 1: 9000.0}, "phone": {1: 5.0}}
    add_decided(counts, {"email": {0: decisions} if decisions else {}, "phone": {}})
    assert share(counts["email"]) == pytest.approx(expected)
    assert counts["phone"] == {1: 5.0}


def test_what_no_rule_labels_is_not_left_to_a_few_decisions() -> None:
    counts: dict[str, dict[int, float]] = {"consent": {}}
    add_decided(counts, {"consent": {0: 3, 1: 1}})
    assert sum(counts["consent"].values()) == 0
