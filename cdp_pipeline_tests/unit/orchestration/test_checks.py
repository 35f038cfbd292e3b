"""Verdicts as Dagster's checks: what an empty table's numbers say, and what they do not."""

from __future__ import annotations

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.orchestration.checks import (
    SOURCE_NIGHT,
    SOURCES_CHECK,
    check_results,
    check_spec,
    checks_of,
)
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.expectations import validate_table
from cdp_pipeline_tests.warehouse import BUSINESS_DATE, Warehouse

KNOWN = ExpectationSpec(
    type="expect_column_proportion_of_non_null_values_to_be_between",
    kwargs={"column": "category", "min_value": 0.9},
    severity=Severity.WARNING,
)
DELIVERED = ExpectationSpec(
    type="expect_table_row_count_to_be_between", kwargs={"min_value": 1}, severity=Severity.WARNING
)


def passed(*products: dict[str, str]) -> dict[str, bool]:
    warehouse = Warehouse(Stage.PUBLISH)
    with warehouse.engine:
        warehouse.given("standardise.product", *products)
        model = warehouse.model("standardise.product")
        verdicts = validate_table(
            warehouse.engine, model.full_name, [KNOWN, DELIVERED], ["source_system", "sku"]
        )
        checks = {"known": [KNOWN], "delivered": [DELIVERED]}
        results = list(check_results(warehouse.night, model, checks, verdicts))
    return {str(result.check_name): result.passed for result in results}


def test_a_proportion_of_no_rows_is_no_warning_and_a_missing_row_is() -> None:
    assert passed() == {"known": True, "delivered": False}


def test_a_proportion_of_rows_warns() -> None:
    assert passed({"source_system": "catalogue", "sku": "A1"}) == {"known": False, "delivered": True}


def test_the_check_of_the_sources_fails_loudest_where_one_is_blocked() -> None:
    warehouse = Warehouse(Stage.PUBLISH)
    night = {"business_date": BUSINESS_DATE, "new_files": 1, "new_records": 1, "quarantined_records": 0}
    told = {}
    with warehouse.engine:
        model = warehouse.model(SOURCE_NIGHT)
        warehouse.engine.execute(
            "create or replace table extract.source_system as select 'crm' as source_system, 'CRM' as title"
        )
        for state, reasons in (("ok", None), ("warned", "Silent."), ("blocked", "a.csv: no header.")):
            row = {**night, "source_system": "crm", "state": state, "reasons": reasons}
            warehouse.given(SOURCE_NIGHT, row)
            [result] = check_results(warehouse.night, model, checks_of(model), [])
            told[state] = (result.passed, result.severity.value, result.description)
            assert not check_spec(model, SOURCES_CHECK, []).blocking
    assert told == {
        "ok": (True, "WARN", None),
        "warned": (False, "WARN", "crm is warned: Silent."),
        "blocked": (False, "ERROR", "crm is blocked: a.csv: no header."),
    }
