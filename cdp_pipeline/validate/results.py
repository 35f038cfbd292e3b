"""What both gates leave behind, their verdicts, and the second gate itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project.kept_tables import keep_table
from cdp_pipeline.stages import Stage

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations import Verdict


RESULT = TableContract(
    model="result",
    description="Verdicts of Great Expectations at both gates; counts and rules, never values.",
    grain="one row per business date, table and expectation",
    owner=DATA_ENGINEERING,
    key=["business_date", "table_name", "expectation_id"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="business_date", type="DATE", description="Night of the verdict."),
        ColumnContract(name="table_name", type="VARCHAR", description="Table that was judged."),
        ColumnContract(name="expectation_id", type="VARCHAR", description="Short name of the expectation."),
        ColumnContract(name="expectation_type", type="VARCHAR", description="Great Expectations type."),
        ColumnContract(name="column_name", type="VARCHAR", description="Column, where it judges one."),
        ColumnContract(name="severity", type="VARCHAR", description="critical or warning."),
        ColumnContract(name="is_met", type="BOOLEAN", description="Whether the expectation is met."),
        ColumnContract(name="evaluated_rows", type="BIGINT", description="Rows it looked at."),
        ColumnContract(name="failing_rows", type="BIGINT", description="Rows that failed it."),
    ],
)


def create_result(night: Night) -> None:
    """Create `validate.result` in a new working file."""
    keep_table(night.engine, f"validate.{RESULT.model}", RESULT)


def expectations_of(contract: TableContract) -> list[ExpectationSpec]:
    """Declared expectations, after those that every key brings."""
    return [*key_expectations(contract), *contract.expectations]


def key_expectations(contract: TableContract) -> list[ExpectationSpec]:
    """What every key promises: complete and unique."""
    complete = [
        ExpectationSpec(type="expect_column_values_to_not_be_null", kwargs={"column": name})
        for name in contract.key
    ]
    return [*complete, *_unique(contract.key)]


def judge_table(night: Night, table: str, expectations: Sequence[ExpectationSpec]) -> list[Verdict]:
    """Run expectations over a built table, keep the verdicts and return them."""
    verdicts = run_expectations(night, table, expectations)
    store_verdicts(night, table, verdicts)
    return verdicts


def run_expectations(
    night: Night,
    table: str,
    expectations: Sequence[ExpectationSpec],
    *,
    key_columns: Sequence[str] = (),
    where: str | None = None,
) -> list[Verdict]:
    """Judge a table; with `key_columns`, verdicts carry the keys of failing rows.

    The first call of a process imports Great Expectations, which takes seconds: progress says so.
    """
    if "great_expectations" not in sys.modules:
        night.report_progress(Stage.VALIDATE, "importing Great Expectations")
    from cdp_pipeline.validate.expectations import validate_table

    return validate_table(
        night.engine,
        table,
        expectations,
        key_columns,
        where=where,
        with_failing_keys=bool(key_columns),
        business_date=night.business_date,
    )


def store_verdicts(night: Night, table: str, verdicts: Sequence[Verdict]) -> None:
    """Replace the table's verdicts of this night in `validate.result`."""
    create_result(night)
    night.engine.execute(
        "delete from validate.result where table_name = ? and business_date = ?", [table, night.business_date]
    )
    rows = [
        [
            night.business_date,
            table,
            verdict.expectation.expectation_id,
            verdict.expectation.type,
            verdict.expectation.kwargs.get("column"),
            str(verdict.expectation.severity),
            verdict.is_met,
            verdict.evaluated_rows,
            verdict.failing_rows,
        ]
        for verdict in verdicts
    ]
    if rows:
        places = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
        night.engine.execute(
            f"insert into validate.result values {places}", [value for row in rows for value in row]
        )


def _unique(key: Sequence[str]) -> list[ExpectationSpec]:
    if not key:
        return []
    if len(key) == 1:
        return [ExpectationSpec(type="expect_column_values_to_be_unique", kwargs={"column": key[0]})]
    kwargs = {"column_list": list(key), "ignore_row_if": "never"}
    return [ExpectationSpec(type="expect_compound_columns_to_be_unique", kwargs=kwargs)]
