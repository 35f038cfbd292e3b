"""Declared expectations are refused early: by name, with the key at fault and the remedy."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.validate.expectations import SUPPORTED_EXPECTATIONS, check_expectations

COLUMNS = {
    "email": "VARCHAR",
    "total": "DECIMAL(18,2)",
    "born_on": "DATE",
    "tags": "VARCHAR[]",
    "seen_at": "TIMESTAMP",
}


def check(expectation_type: str, columns: dict[str, str] | None = None, **kwargs: Any) -> None:
    check_expectations([ExpectationSpec(type=expectation_type, kwargs=kwargs)], "orders.yml", columns)


def test_unsupported_expectation_is_refused_with_the_supported_list() -> None:
    with pytest.raises(ConfigError) as refusal:
        check("expect_column_kl_divergence_to_be_less_than", column="email")

    message = str(refusal.value)
    assert message.startswith("orders.yml: expectation `expect_column_kl_divergence_to_be_less_than` is not")
    assert all(name in message for name in SUPPORTED_EXPECTATIONS)


@pytest.mark.parametrize(
    ("expectation_type", "kwargs", "said"),
    [
        ("expect_column_values_to_not_be_null", {}, "`column` is missing"),
        ("expect_column_values_to_not_be_null", {"column": "email", "mostyl": 1}, "Did you mean `mostly`"),
        ("expect_column_values_to_not_be_null", {"column": "email", "mostly": 1.1}, "`mostly`"),
        ("expect_column_values_to_not_be_null", {"column": "email", "row_condition": "x"}, "unknown"),
        ("expect_column_values_to_be_in_set", {"column": "email", "value_set": []}, "`value_set`"),
        ("expect_column_values_to_be_in_set", {"column": "email", "value_set": ["a", None]}, "value_set.1"),
        ("expect_column_values_to_match_regex", {"column": "email", "regex": "(?=a)"}, "look-around"),
        ("expect_column_values_to_be_between", {"column": "total"}, "min_value, max_value or both"),
        ("expect_column_values_to_be_between", {"column": "total", "min_value": "01000"}, "`min_value`"),
        ("expect_column_values_to_be_between", {"column": "total", "min_value": True}, "a bound is"),
        (
            "expect_column_values_to_be_between",
            {"column": "total", "min_value": 2, "max_value": 1},
            "greater",
        ),
        (
            "expect_column_values_to_be_between",
            {"column": "total", "min_value": 2, "max_value": "2026-01-01"},
            "kind",
        ),
        (
            "expect_column_values_to_be_between",
            {"column": "seen_at", "min_value": "2026-01-01T00:00Z"},
            "UTC",
        ),
        ("expect_compound_columns_to_be_unique", {"column_list": ["email"]}, "`column_list`"),
        ("expect_table_row_count_to_equal", {"value": -1}, "`value`"),
    ],
)
def test_bad_kwargs_are_refused_without_data(
    expectation_type: str, kwargs: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=f"(?s)orders.yml: expectation `{expectation_type}`.*{said}"):
        check(expectation_type, **kwargs)


@pytest.mark.parametrize(
    ("expectation_type", "kwargs", "said"),
    [
        ("expect_column_values_to_not_be_null", {"column": "e_mail"}, "no column e_mail"),
        ("expect_column_values_to_match_regex", {"column": "total", "regex": "1"}, "only be asked of: text"),
        (
            "expect_column_values_to_be_between",
            {"column": "email", "min_value": 1},
            "date, number, timestamp",
        ),
        ("expect_column_values_to_be_between", {"column": "total", "min_value": "2026-01-01"}, "with a date"),
        (
            "expect_column_values_to_be_between",
            {"column": "seen_at", "min_value": "2026-01-01"},
            "as timestamp",
        ),
        ("expect_column_values_to_be_in_set", {"column": "email", "value_set": ["a", 1]}, "with a number"),
        (
            "expect_column_mean_to_be_between",
            {"column": "born_on", "min_value": 1},
            "only be asked of: number",
        ),
        (
            "expect_column_pair_values_to_be_equal",
            {"column_A": "email", "column_B": "total"},
            "cannot be compared",
        ),
    ],
)
def test_expectation_that_does_not_fit_the_column_is_refused(
    expectation_type: str, kwargs: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        check(expectation_type, COLUMNS, **kwargs)


def test_any_column_can_be_asked_for_presence_and_uniqueness() -> None:
    check("expect_column_values_to_not_be_null", COLUMNS, column="tags")
    check("expect_column_values_to_be_unique", COLUMNS, column="tags")


def test_checking_does_not_import_great_expectations() -> None:
    program = (
        "import sys\n"
        "from cdp_pipeline.contracts.expectation import ExpectationSpec\n"
        "from cdp_pipeline.validate.expectations import check_expectations\n"
        "kwargs = {'column': 'email', 'regex': '@'}\n"
        "spec = ExpectationSpec(type='expect_column_values_to_match_regex', kwargs=kwargs)\n"
        "check_expectations([spec], 'orders.yml')\n"
        "sys.exit('great_expectations' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


ORDERS = {"sales.orders": {"order_no": "VARCHAR", "placed_on": "DATE"}}


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"table": "sales.order"}, "there is no table sales.order by then"),
        ({"table": "sales.orders"}, "sales.orders has no column email"),
        ({"table": "sales.orders", "table_column": "placed_on"}, "cannot be compared"),
        ({"table": "orders"}, "`table`"),
    ],
)
def test_the_table_that_values_must_exist_in_is_checked(kwargs: dict[str, str], said: str) -> None:
    spec = ExpectationSpec(
        type="expect_column_values_to_exist_in_table", kwargs={"column": "email", **kwargs}
    )
    with pytest.raises(ConfigError, match=said):
        check_expectations([spec], "orders.yml", COLUMNS, ORDERS)
    fits = spec.model_copy(
        update={"kwargs": {"column": "email", "table": "sales.orders", "table_column": "order_no"}}
    )
    check_expectations([fits], "orders.yml", COLUMNS, ORDERS)


@pytest.mark.parametrize("bound", ["business_date-1", "business_date - 1 week", "business_date + 1 days ago"])
def test_a_moving_bound_of_another_form_is_refused(bound: str) -> None:
    with pytest.raises(ConfigError, match=r"min_value: 'business_date.* Write it as"):
        check("expect_column_values_to_be_between", COLUMNS, column="born_on", min_value=bound)


def test_a_moving_bound_takes_the_kind_of_its_column() -> None:
    for column in ("born_on", "seen_at"):
        check("expect_column_values_to_be_between", COLUMNS, column=column, max_value="business_date + 1 day")
    with pytest.raises(ConfigError, match=r"`total` is DECIMAL.* compared with a date"):
        check("expect_column_values_to_be_between", COLUMNS, column="total", max_value="business_date")
