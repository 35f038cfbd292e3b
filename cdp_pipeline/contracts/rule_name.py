"""Short names of rules, by what breaks them: `status_is_unknown`, `total_is_missing`, `purchase_is_absent`.

They are what a person sees beside a record and types to let it in, so they hold no hash and no technical type. A
bound or a pattern may change without the name; decisions rest on the hash of what is demanded, not on the name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Given = Mapping[str, Any]


def rule_name(expectation_type: str, kwargs: Given) -> str:
    """Name what breaks an expectation; the same for equal type and column, and for equal kinds of bounds."""
    named = NAMES.get(expectation_type, _of_other_type(expectation_type))(kwargs)
    return f"{named}_too_often" if kwargs.get("mostly", 1) < 1 else named


def _column(breach: str) -> Callable[[Given], str]:
    return lambda given: f"{given.get('column', 'table')}_{breach}"


def _columns(breach: str) -> Callable[[Given], str]:
    return lambda given: f"{'_and_'.join(given.get('column_list', ()))}_{breach}"


def _bounded(subject: str = "") -> Callable[[Given], str]:
    def name(given: Given) -> str:
        least, most = given.get("min_value"), given.get("max_value")
        breach = "is_out_of_range"
        if least is None or most is None:
            breach = "is_above_maximum" if least is None else "is_below_minimum"
        return "_".join(part for part in (given.get("column", "table"), subject, breach) if part)

    return name


def _pair(breach: str) -> Callable[[Given], str]:
    return lambda given: f"{given.get('column_A')}_{breach}_{given.get('column_B')}"


def _greater(given: Given) -> str:
    return _pair("is_less_than" if given.get("or_equal") else "is_not_greater_than")(given)


def _absent(given: Given) -> str:
    """Name a row that another table lacks, by the column alone that stands for it, or by the table."""
    table = str(given.get("table")).rpartition(".")[2]
    return f"{given['column']}_is_not_in_{table}" if "column" in given else f"{table}_is_absent"


def _of_other_type(expectation_type: str) -> Callable[[Given], str]:
    """`cdp check` refuses such an expectation by its type."""
    return _column(expectation_type.removeprefix("expect_"))


NAMES: Mapping[str, Callable[[Given], str]] = {
    "expect_column_values_to_not_be_null": _column("is_missing"),
    "expect_column_values_to_be_null": _column("is_not_empty"),
    "expect_column_values_to_be_unique": _column("is_not_unique"),
    "expect_column_values_to_be_in_set": _column("is_unknown"),
    "expect_column_values_to_not_be_in_set": _column("is_forbidden"),
    "expect_column_values_to_match_regex": _column("has_wrong_form"),
    "expect_column_values_to_not_match_regex": _column("has_forbidden_form"),
    "expect_column_values_to_match_regex_list": _column("has_wrong_form"),
    "expect_column_values_to_not_match_regex_list": _column("has_forbidden_form"),
    "expect_column_values_to_be_between": _bounded(),
    "expect_column_value_lengths_to_be_between": _bounded("length"),
    "expect_column_value_lengths_to_equal": _column("has_wrong_length"),
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_equal": _pair("differs_from"),
    "expect_compound_columns_to_be_unique": _columns("are_not_unique"),
    "expect_column_values_to_exist_in_table": _absent,
    "expect_multicolumn_values_to_exist_in_table": _absent,
    "expect_column_max_to_be_between": _bounded("maximum"),
    "expect_column_min_to_be_between": _bounded("minimum"),
    "expect_column_mean_to_be_between": _bounded("mean"),
    "expect_column_sum_to_be_between": _bounded("sum"),
    "expect_column_unique_value_count_to_be_between": _bounded("distinct_count"),
    "expect_column_proportion_of_unique_values_to_be_between": _bounded("unique_share"),
    "expect_column_proportion_of_non_null_values_to_be_between": _bounded("known_share"),
    "expect_column_to_exist": _column("is_no_column"),
    "expect_table_row_count_to_be_between": _bounded("row_count"),
    "expect_table_row_count_to_equal": _column("has_wrong_row_count"),
    "expect_table_column_count_to_be_between": _bounded("column_count"),
    "expect_table_column_count_to_equal": _column("has_wrong_column_count"),
    "expect_table_columns_to_match_set": _column("has_other_columns"),
    "expect_table_columns_to_match_ordered_list": _column("has_other_columns"),
}
