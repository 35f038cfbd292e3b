"""Keeping verdicts, and the second gate over canonical tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.night import Night

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations import Verdict


def expectations_of(contract: TableContract) -> list[ExpectationSpec]:
    """Declared expectations, after those that every key brings: complete and unique."""
    complete = [
        ExpectationSpec(type="expect_column_values_to_not_be_null", kwargs={"column": name})
        for name in contract.key
    ]
    return [*complete, *_unique(contract.key), *contract.expectations]


def judge_table(night: Night, table: str, expectations: Sequence[ExpectationSpec]) -> list[Verdict]:
    """Run expectations over a built table, keep the verdicts and return them."""
    from cdp_pipeline.validate.expectations import validate_table  # imports Great Expectations: 4 to 6 s

    verdicts = validate_table(night.engine, table, expectations, [])
    store_verdicts(night, table, verdicts)
    return verdicts


def store_verdicts(night: Night, table: str, verdicts: Sequence[Verdict]) -> None:
    """Replace the table's verdicts of this night in `validate.result`."""
    night.engine.execute(
        "delete from validate.result where table_name = ? and business_date = ?", [table, night.business_date]
    )
    for verdict in verdicts:
        expectation = verdict.expectation
        night.engine.execute(
            "insert into validate.result values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                night.business_date,
                table,
                expectation.expectation_id,
                expectation.type,
                expectation.kwargs.get("column"),
                str(expectation.severity),
                verdict.is_met,
                verdict.evaluated_rows,
                verdict.failing_rows,
            ],
        )


def _unique(key: Sequence[str]) -> list[ExpectationSpec]:
    if not key:
        return []
    if len(key) == 1:
        return [ExpectationSpec(type="expect_column_values_to_be_unique", kwargs={"column": key[0]})]
    kwargs = {"column_list": list(key), "ignore_row_if": "never"}
    return [ExpectationSpec(type="expect_compound_columns_to_be_unique", kwargs=kwargs)]
