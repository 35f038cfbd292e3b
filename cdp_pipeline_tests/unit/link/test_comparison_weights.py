"""The evidence kept with a scored pair: each comparison by its level, and weights that sum to the pair's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse

EDGES = "select edge_kind, match_weight, comparison_weights from link.edge"


def edges_of(warehouse: Warehouse, *records: SourceRecord) -> list[tuple[str, float, list[dict[str, Any]]]]:
    warehouse.link(*records)
    return warehouse.engine.fetch_all(EDGES)


def test_each_comparison_of_a_scored_pair_is_named_by_its_level(warehouse: Warehouse) -> None:
    [(kind, _, weights)] = edges_of(
        warehouse,
        SourceRecord("a", "Eva", "Brandstetter", date(1980, 5, 3), street="Gartenweg 12"),
        SourceRecord("b", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12", source="shop"),
    )
    assert kind == "splink"
    assert [(part["comparison"], part["comparison_level"]) for part in weights] == [
        ("prior", "two records of one home"),
        ("given_name", "Exact match on given_name"),
        ("family_name", "Jaro-Winkler distance of family_name >= 0.9"),
        ("birth_date", "one digit, or day and month"),
        ("birth_year", "not compared"),
        ("email", "not compared"),
        ("phone", "not compared"),
        ("address", "one address in common"),
        ("loyalty_number", "not compared"),
        ("cookie", "not compared"),
        ("consent", "not compared"),
        ("account", "not compared"),
        ("prior", "both explanations"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        SourceRecord("b", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12"),
        SourceRecord("b", "Brandstetter", "Eva", date(1980, 5, 8), street="Gartnweg 12"),
        SourceRecord("b", "Eva", "Brandstetter", suffix="junior", street="Gartenweg 12"),
        SourceRecord("b", "Eva", "Brandstettr", street="Gartenweg 12", email="eva@example.org"),
    ],
    ids=["mistyped", "swapped", "vetoed", "another e-mail"],
)
def test_the_weights_sum_to_the_match_weight(warehouse: Warehouse, other: SourceRecord) -> None:
    one = SourceRecord(
        "a",
        "Eva",
        "Brandstetter",
        date(1980, 5, 3),
        suffix="senior",
        street="Gartenweg 12",
        email="e@example.org",
    )
    scored = [row for row in edges_of(warehouse, one, other) if row[2] is not None]
    assert scored, "the model scored the pair"
    for _, match_weight, weights in scored:
        assert sum(part["match_weight"] for part in weights) == pytest.approx(match_weight, abs=0.001)


def test_an_edge_by_a_rule_needs_no_comparison(warehouse: Warehouse) -> None:
    edges = edges_of(
        warehouse,
        SourceRecord("a", "Eva", "Brandstetter", email="e@example.org"),
        SourceRecord("b", "Eva", "Brandstetter", email="e@example.org", source="shop"),
    )
    assert [weights for kind, _, weights in edges if kind == "rule"] == [None] * len(edges)
