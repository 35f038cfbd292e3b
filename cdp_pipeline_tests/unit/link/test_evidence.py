"""A pair answers to two other explanations, strangers and one home; what is kept of both sums to its weight."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from cdp_pipeline.link.evidence import RELATIVES, RELATIVES_PRIOR
from cdp_pipeline.link.splink_model import PRIOR, USUAL_RECORDS, levels_of, settings
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse
from cdp_pipeline_tests.unit.link.link_workspace import open_records

BORN = date(1980, 5, 3)

STRANGERS_PRIOR, HOME_PRIOR = -10, 2
"""Log2 odds."""

SHARES = {
    "birth_date": [(1 / 2, 2**-10, 2**-4), (1 / 4, 2**-6, 2**-3), (1 / 8, 2**-4, 2**-3), (1 / 8, 1, 1)],
    "phone": [(1 / 2, 2**-12, 2**-2), (1 / 2, 1, 1)],
}
"""How often one person's records, strangers' and relatives' agree at each level. In log2 odds the levels of the
birth date weigh 9, 4, 1 and -3 against strangers and 3, 1, 0 and -3 against relatives; those of the phone 11 and -1
against strangers, 1 and -1 against relatives."""


def model_of(**shares: list[tuple[float, float, float]]) -> dict[str, Any]:
    """A model that compares what is given."""
    model = settings({}).create_settings_dict("duckdb")
    model["comparisons"] = [c for c in model["comparisons"] if c["output_column_name"] in shares]
    for comparison in model["comparisons"]:
        levels = zip(levels_of(comparison), shares[comparison["output_column_name"]], strict=True)
        for level, (one_person, strangers, relatives) in levels:
            level |= {"m_probability": one_person, "u_probability": strangers, RELATIVES: relatives}
    return {**model, PRIOR: 1 / (1 + 2**-STRANGERS_PRIOR), RELATIVES_PRIOR: HOME_PRIOR}


def both(against_strangers: float, against_relatives: float) -> float:
    """The match weight if either explanation may be the true one: their odds add up."""
    return -math.log2(2**-against_strangers + 2**-against_relatives)


EXACT, ONE, TWO = "Exact match on birth_date", "one digit, or day and month", "two digits"
SAME_PHONE = "one number in common"


Part = tuple[str, str, float]


def weighed(
    warehouse: Warehouse, model: dict[str, Any], others: Sequence[SourceRecord]
) -> list[tuple[float, list[Part]]]:
    """Return match weight and evidence of each record beside one Eva Klein."""
    one = SourceRecord("a", "Eva", "Klein", BORN, phone="+491")
    with open_records(warehouse, one, *others) as workspace:
        workspace.create_nodes()
        weights = workspace.weights(model, [(one.id, other.id) for other in others])
    return [
        (weight, [(part["comparison"], part["comparison_level"], part["match_weight"]) for part in parts])
        for weight, parts in (weights[one.id, other.id] for other in others)
    ]


CASES: list[tuple[date | None, str | None, int, int, list[Part]]] = [
    # A home explains such pairs better than chance does, so what it weighs is shown.
    (BORN, "+491", 10, 6, [("birth_date", EXACT, 3), ("phone", SAME_PHONE, 1)]),
    (date(1980, 5, 8), "+491", 5, 4, [("birth_date", ONE, 1), ("phone", SAME_PHONE, 1)]),
    # Chance explains these.
    (BORN, None, -1, 5, [("birth_date", EXACT, 9), ("phone", "not compared", 0)]),
    (date(1952, 11, 27), "+491", -2, 0, [("birth_date", "differs", -3), ("phone", SAME_PHONE, 11)]),
    (date(1980, 6, 8), "+492", -10, 1, [("birth_date", TWO, 1), ("phone", "differs", -1)]),
    (None, None, -10, 2, [("birth_date", "not compared", 0), ("phone", "not compared", 0)]),
]
"""Birth date and phone of a record beside one of BORN and +491, its match weight against strangers and against
relatives, and what is shown of it."""


@pytest.fixture(scope="module")
def scored() -> Iterator[list[tuple[float, list[Part]]]]:
    warehouse = Warehouse(threads=1)
    others = [
        SourceRecord(f"b{n}", "Eva", "Klein", born, phone=phone) for n, (born, phone, *_) in enumerate(CASES)
    ]
    with warehouse.engine:
        yield weighed(warehouse, model_of(**SHARES), others)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_pair_answers_to_both_explanations_and_shows_the_likelier(
    scored: list[tuple[float, list[Part]]], number: int
) -> None:
    _, _, strangers, relatives, told = CASES[number]
    weight, parts = scored[number]
    assert weight == pytest.approx(both(strangers, relatives), abs=1e-4)
    assert sum(part for *_, part in parts) == pytest.approx(weight, abs=1e-3)
    is_home = relatives < strangers
    prior = ("two records of one home", HOME_PRIOR) if is_home else ("two records drawn at random", -10)
    assert parts[:3] == [("prior", *prior), *told]
    rest = both(strangers, relatives) - min(strangers, relatives)
    shown = [weight for name, level, weight in parts[3:] if (name, level) == ("prior", "both explanations")]
    assert shown == ([pytest.approx(rest, abs=1e-4)] if abs(rest) >= 1e-4 else [])
    assert len(parts) == 3 + len(shown)


def test_without_odds_of_a_home_one_person_is_as_likely_as_relatives(warehouse: Warehouse) -> None:
    model = model_of(**SHARES)
    del model[RELATIVES_PRIOR]
    [(weight, parts)] = weighed(warehouse, model, [SourceRecord("b", "Eva", "Klein", BORN, phone="+491")])
    assert weight == pytest.approx(both(10, 4), abs=1e-4)
    assert parts[0] == ("prior", "two records of one home", 0)


def test_how_rare_a_name_is_speaks_against_strangers_alone(warehouse: Warehouse) -> None:
    u = 2**-10
    names = [(1 / 2, u, 1 / 2), (1 / 4, 1 / 64, 1 / 4), (1 / 8, 1 / 16, 1 / 8), (1 / 8, 1, 1 / 8)]
    [(weight, parts)] = weighed(warehouse, model_of(family_name=names), [SourceRecord("b", "Ruth", "Klein")])
    # Both records bear the name: in so small a file it counts as little more frequent than usual.
    frequency = (2 + USUAL_RECORDS * u) / (2 + USUAL_RECORDS)
    rarity = math.log2(u / frequency)
    assert weight == pytest.approx(both(-10 + 9 + rarity, 2), abs=1e-4)
    assert parts[1:3] == [
        ("family_name", "Exact match on family_name", 9),
        ("family_name", "rarity of the value", pytest.approx(rarity, abs=1e-4)),
    ]
