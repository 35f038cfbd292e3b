"""Random rules over random customers: the compiled SQL agrees with a reading of the rule in plain Python."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.segment import SegmentFile
from cdp_pipeline.segment.catalogue import read_catalogue
from cdp_pipeline.segment.compiler import compile_segment
from cdp_pipeline_tests.warehouse import Warehouse, shipped_project

VALUES: dict[str, list[Any]] = {
    "language": [None, "de", "en", "o'neil \" -- x"],
    "orders": [None, 0, 1, 2, 5],
    "net_revenue": [None, Decimal("0.10"), Decimal("19.99"), Decimal("20.00")],
    "last_purchase_on": [None, date(2026, 1, 1), date(2026, 4, 30)],
}
Verdict = bool | None


def random_condition(rng: random.Random, depth: int = 3) -> dict[str, Any]:
    if depth and rng.random() < 0.6:
        kind = rng.choice(["all", "any", "none"])
        return {kind: [random_condition(rng, depth - 1) for _ in range(rng.randrange(1, 4))]}
    column = rng.choice(list(VALUES))
    known = [value for value in VALUES[column] if value is not None]
    operator = rng.choice(
        ["equals", "differs_from", "one_of", "is_known", "at_least", "at_most", "more_than", "less_than"]
    )
    if operator == "is_known":
        return {"column": column, operator: rng.choice([True, False])}
    if operator == "one_of":
        return {"column": column, operator: rng.sample(known, k=2)}
    if column == "language":
        operator = "equals"
    return {"column": column, operator: rng.choice(known)}


def judge(condition: dict[str, Any], customer: dict[str, Any]) -> Verdict:
    """Kleene's three-valued logic, written down anew."""
    if "all" in condition:
        return conjunction([judge(part, customer) for part in condition["all"]])
    if "any" in condition:
        return negation(conjunction([negation(judge(part, customer)) for part in condition["any"]]))
    if "none" in condition:
        return conjunction([negation(judge(part, customer)) for part in condition["none"]])
    value, (operator, operand) = customer[condition["column"]], list(condition.items())[1]
    if operator == "is_known":
        return (value is not None) is operand
    if value is None:
        return None
    comparisons = {
        "equals": lambda: value == operand,
        "differs_from": lambda: value != operand,
        "one_of": lambda: value in operand,
        "at_least": lambda: value >= operand,
        "at_most": lambda: value <= operand,
        "more_than": lambda: value > operand,
        "less_than": lambda: value < operand,
    }
    return comparisons[operator]()


def negation(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def conjunction(verdicts: list[Verdict]) -> Verdict:
    if False in verdicts:
        return False
    return None if None in verdicts else True


@pytest.mark.parametrize("seed", range(6))
def test_compiled_rules_agree_with_three_valued_logic(seed: int) -> None:
    rng, catalogue = random.Random(seed), read_catalogue(shipped_project())
    customers = [{name: rng.choice(values) for name, values in VALUES.items()} for _ in range(40)]
    warehouse = Warehouse()
    warehouse.given(
        "golden.golden_profile"
    )  # for its columns; the rows below stand in for profile and traits
    columns = "n integer, language varchar, orders bigint, net_revenue decimal(18, 2), last_purchase_on date"
    warehouse.engine.execute(f"create table customer ({columns})")
    for number, customer in enumerate(customers):
        warehouse.engine.execute("insert into customer values (?, ?, ?, ?, ?)", [number, *customer.values()])
    seen = set()
    for _ in range(50):
        rule = random_condition(rng)
        sql = compile_segment(segment_with(rule), catalogue).sql(dialect="duckdb")
        found = [verdict for (verdict,) in warehouse.rows(f"select {sql} from customer order by n")]
        assert found == [judge(rule, customer) for customer in customers], rule
        seen |= set(found)
    assert seen == {True, False, None}


def segment_with(rule: dict[str, Any]) -> SegmentFile:
    text = {"en": "T", "de": "T"}
    header = {
        "segment": "t",
        "title": text,
        "description": text,
        "owner": "team:test",
        "purposes": ["marketing"],
    }
    return parse_contract({**header, "where": rule}, SegmentFile, origin="test")
