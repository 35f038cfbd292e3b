"""The evidence kept with a scored pair: each comparison by its level, and weights that sum to the pair's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord
from cdp_pipeline_tests.unit.link.shared_nights import Linked, linked_together


def edges_of(linked: Linked) -> list[tuple[str, float, list[dict[str, Any]]]]:
    return linked.rows("edge", "left_source_system", "edge_kind, match_weight, comparison_weights")


@linked_together(
    SourceRecord("a", "Eva", "Brandstetter", date(1980, 5, 3), street="Gartenweg 12"),
    SourceRecord("b", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12", source="shop"),
)
def test_each_comparison_of_a_scored_pair_is_named_by_its_level(linked: Linked) -> None:
    [(kind, _, weights)] = edges_of(linked)
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


def beside_a_senior(born: date, family: str, other: SourceRecord) -> list[SourceRecord]:
    one = SourceRecord("a", "Eva", family, born, "senior", "e@example.org", street="Gartenweg 12")
    return [one, other]


@pytest.mark.parametrize(
    ("born", "family", "other"),
    [
        (
            date(1967, 10, 3),
            "Kaltenbrunner",
            SourceRecord("b", "Eva", "Kaltenbrunnr", date(1967, 10, 8), street="Gartenweg 12"),
        ),
        (
            date(1991, 2, 14),
            "Winterhalter",
            SourceRecord("b", "Winterhalter", "Eva", date(1991, 2, 19), street="Gartnweg 12"),
        ),
        (
            date(1954, 7, 26),
            "Lindenmaier",
            SourceRecord("b", "Eva", "Lindenmaier", suffix="junior", street="Gartenweg 12"),
        ),
        (
            date(1973, 12, 9),
            "Querenhuber",
            SourceRecord("b", "Eva", "Querenhubr", street="Gartenweg 12", email="eva@example.org"),
        ),
    ],
    ids=["mistyped", "swapped", "vetoed", "another e-mail"],
)
@linked_together(of=beside_a_senior)
def test_the_weights_sum_to_the_match_weight(
    linked: Linked, born: date, family: str, other: SourceRecord
) -> None:
    scored = [row for row in edges_of(linked) if row[2] is not None]
    assert scored, "the model scored the pair"
    for _, match_weight, weights in scored:
        assert sum(part["match_weight"] for part in weights) == pytest.approx(match_weight, abs=0.001)


@linked_together(
    SourceRecord("a", "Eva", "Obermoser", email="e@example.org"),
    SourceRecord("b", "Eva", "Obermoser", email="e@example.org", source="shop"),
)
def test_an_edge_by_a_rule_needs_no_comparison(linked: Linked) -> None:
    edges = edges_of(linked)
    assert [weights for kind, _, weights in edges if kind == "rule"] == [None] * len(edges)
