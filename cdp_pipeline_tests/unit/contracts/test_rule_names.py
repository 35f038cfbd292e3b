"""What a rule is called and how its reason reads, beside a record that a person has to judge."""

from __future__ import annotations

from typing import Any

import pytest

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.expectation import ExpectationSpec, distinctly_named
from cdp_pipeline.contracts.expectation_words import reason
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.rule_name import NAMES
from cdp_pipeline.validate.expectations import SUPPORTED_EXPECTATIONS


def rule(kind: str, **kwargs: Any) -> ExpectationSpec:
    return ExpectationSpec(type=f"expect_{kind}", kwargs=kwargs)


def layout_of(columns: dict[str, dict[str, Any]], **written: Any) -> Layout:
    document = {
        "layout": "orders",
        "title": "Orders",
        "description": "Test layout.",
        "documentation": "none",
        "key": ["order_no"],
        "format": written,
        "columns": {"order_no": {"header": "Order"}, **columns},
    }
    return parse_contract(document, Layout, origin="layouts/orders.yml")


def typed(column: dict[str, Any], **written: Any) -> tuple[str, str]:
    """Name and reason of what a type promises of a column `x`."""
    spec = layout_of({"x": {"header": "X", **column}}, **written).gate[-1]
    return spec.expectation_id, reason(spec)


def test_every_supported_expectation_has_a_name_of_its_own() -> None:
    assert set(NAMES) == set(SUPPORTED_EXPECTATIONS)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        (rule("column_values_to_not_be_null", column="email"), "email_is_missing"),
        (rule("column_values_to_not_be_null", column="email", mostly=0.9), "email_is_missing_too_often"),
        (rule("column_values_to_be_in_set", column="status", value_set=["a"]), "status_is_unknown"),
        (rule("column_values_to_be_between", column="orders", min_value=0), "orders_is_below_minimum"),
        (rule("column_values_to_be_between", column="n", min_value=0, max_value=1), "n_is_out_of_range"),
        (rule("column_max_to_be_between", column="day", min_value="x"), "day_maximum_is_below_minimum"),
        (
            rule("column_values_to_exist_in_table", column="customer_id", table="golden.profile"),
            "customer_id_is_not_in_profile",
        ),
        (
            rule("multicolumn_values_to_exist_in_table", column_list=["a", "b"], table="standardise.order"),
            "order_is_absent",
        ),
        (rule("table_row_count_to_be_between", min_value=1), "table_row_count_is_below_minimum"),
        (
            rule(
                "column_pair_values_a_to_be_greater_than_b", column_A="ended", column_B="began", or_equal=True
            ),
            "ended_is_less_than_began",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_rule_is_named_after_what_breaks_it(spec: ExpectationSpec, name: str) -> None:
    assert spec.expectation_id == name


def test_rules_of_one_name_are_told_apart_whatever_their_order_and_others_stay_plain() -> None:
    one, two = (rule("column_values_to_match_regex", column="code", regex=r) for r in ("^A", "^B"))
    plain = rule("column_values_to_not_be_null", column="code")
    names = [spec.expectation_id for spec in distinctly_named([one, plain, two])]
    assert names[1] == "code_is_missing"
    assert len(set(names)) == 3
    assert all(name.startswith("code_has_wrong_form") for name in (names[0], names[2]))
    assert [spec.expectation_id for spec in distinctly_named([two, one])] == [names[2], names[0]]
    assert [spec.expectation_id for spec in distinctly_named([one, one])] == ["code_has_wrong_form"] * 2


def test_a_name_outlives_a_changed_pattern_and_may_be_given() -> None:
    kind = "column_values_to_match_regex"
    assert (
        rule(kind, column="a", regex="x").expectation_id == rule(kind, column="a", regex="y").expectation_id
    )
    named = ExpectationSpec(type=f"expect_{kind}", kwargs={"column": "a", "regex": "x"}, name="a_is_odd")
    assert named.expectation_id == "a_is_odd"


def test_the_reason_shows_an_example_as_the_file_writes_it() -> None:
    assert typed({"type": "decimal", "max_decimals": 2}, decimal_mark=",") == (
        "x_is_no_amount",
        "Expected: x is an amount such as 1250,50, with at most 2 digits behind the mark.",
    )
    assert typed({"type": "date", "why": "Needed."}, date_formats=["%d.%m.%Y"]) == (
        "x_is_no_date",
        "Expected: x is a date of the calendar such as 31.05.2026 or 2026-05-31. Needed.",
    )
    assert typed({"type": "timestamp", "needs_zone": True}) == (
        "x_is_no_time",
        "Expected: x is a time such as 2026-05-31 14:30:00+02:00, with its zone.",
    )
    assert typed({"type": "integer"})[0] == "x_is_no_whole_number"


def test_a_reason_never_shows_a_pattern() -> None:
    kwargs = {"column": "currency", "regex": "^[A-Z]{3}$"}
    bare = ExpectationSpec(type="expect_column_values_to_match_regex", kwargs=kwargs)
    assert reason(bare) == "Expected: currency has the form that its layout asks for."
    assert reason(bare.model_copy(update={"why": "Needed."})) == "Needed."
    told = bare.model_copy(update={"expected": "three capital letters, such as EUR", "why": "Needed."})
    assert reason(told) == "Expected: currency is three capital letters, such as EUR. Needed."
