"""sqlglot proves what ref() and source() declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.errors import ModelError
from cdp_pipeline.sql_project.proof import prove_dependencies, tables_read
from cdp_pipeline.stages import Stage

ORIGIN = Path("dbt_like_sql/golden/x.sql")


def prove(sql: str, declared: list[str]) -> None:
    prove_dependencies(sql, declared, Stage.GOLDEN, ORIGIN)


def test_declared_tables_pass_wherever_they_are_read() -> None:
    prove(
        "with a as (select * from link.cluster) "
        "select a.x from a join standardise.purchase as p on a.x = p.x "
        "where exists (select 1 from link.edge)",
        ["link.cluster", "standardise.purchase", "link.edge"],
    )


@pytest.mark.parametrize(
    ("sql", "declared", "message"),
    [
        ("select 1 as a from link.edge", [], r"reads link\.edge without declaring it"),
        ("select 1 as a from (select 1 from link.edge)", ["link.cluster"], r"reads link\.edge without"),
        ("select 1 as a from read_csv('x.csv')", ["link.edge"], r"declares link\.edge but does not read"),
        ("select 1 as a", ["link.edge"], r"declares link\.edge but does not read it"),
        ("select 1 as a from segment.member", ["segment.member"], r"later stage segment"),
        ("create table t as select 1 as a", [], "a model is one query"),
        ("select 1 as a; select 2 as b", [], "a model is one query"),
        ("select from where", [], r"not valid SQL"),
    ],
)
def test_anything_else_is_refused(sql: str, declared: list[str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        prove(sql, declared)


def test_a_common_table_expression_is_no_table() -> None:
    assert tables_read("with purchase as (select 1 as a) select a from purchase", ORIGIN) == set()


def test_a_qualified_table_is_read_even_if_a_common_table_expression_has_its_name() -> None:
    sql = "with purchase as (select * from standardise.purchase) select a from purchase"
    assert tables_read(sql, ORIGIN) == {"standardise.purchase"}
