"""Referential integrity over several columns, which no engine of Great Expectations' own has to compare with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.engine import Engine
from cdp_pipeline.validate.expectations import validate_table

KEY = ["source_system", "purchase_id"]
LINES = """
('shop', 'p1', 1), ('shop', 'p1', 2), ('shop', 'p2', 1), ('till', 'p1', 1), ('shop', null, 1), (null, null, 1)
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.execute("create table line (source_system varchar, purchase_id varchar, line_number integer)")
        engine.execute(f"insert into line values {LINES}")
        engine.execute("create table purchase (source_system varchar, purchase_id varchar)")
        engine.execute(
            "insert into purchase values ('shop', 'p1'), ('shop', 'p1'), ('till', 'p9'), (null, 'p2')"
        )
        engine.execute("create table sale as select source_system as shop, purchase_id as no from purchase")
        yield engine


def failing(engine: Engine, **kwargs: object) -> list[tuple[object, ...]]:
    spec = ExpectationSpec(
        type="expect_multicolumn_values_to_exist_in_table", kwargs={"column_list": KEY, **kwargs}
    )
    [verdict] = validate_table(engine, "line", [spec], [*KEY, "line_number"], with_failing_keys=True)
    keys = [tuple(row.values()) for row in verdict.failing_keys.to_pylist()]
    assert verdict.failing_rows == len(keys)
    assert verdict.is_met == (not keys)
    return keys


def test_rows_whose_key_no_row_of_the_other_table_has_fail(engine: Engine) -> None:
    assert failing(engine, table="main.purchase") == [
        ("shop", "p2", 1),
        ("shop", None, 1),
        ("till", "p1", 1),
    ]


def test_rows_with_a_part_of_the_key_missing_are_asked_only_if_wanted(engine: Engine) -> None:
    lenient = failing(engine, table="main.purchase", ignore_row_if="any_value_is_missing")
    assert lenient == [("shop", "p2", 1), ("till", "p1", 1)]
    strict = failing(engine, table="main.purchase", ignore_row_if="never")
    assert (None, None, 1) in strict


def test_columns_may_have_other_names_there(engine: Engine) -> None:
    assert len(failing(engine, table="main.sale", table_columns=["shop", "no"])) == 3
    assert len(failing(engine, table="main.sale", table_columns=["no", "shop"])) == 5


def test_counts_and_keys_agree_with_a_join(engine: Engine) -> None:
    left = engine.fetch_all(
        "select line.* from line left join (select distinct *, true as is_there from purchase) as p"
        " on line.source_system is not distinct from p.source_system"
        " and line.purchase_id is not distinct from p.purchase_id"
        " where p.is_there is null and (line.source_system is not null or line.purchase_id is not null)"
        " order by all"
    )
    assert failing(engine, table="main.purchase") == left
