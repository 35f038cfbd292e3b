"""Expectations in words, so that a reader need not know Great Expectations. Names and constants stand in backticks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cdp_pipeline.contracts.expectation import ExpectationSpec

Given = Mapping[str, Any]


def in_words(expectation: ExpectationSpec) -> str:
    """One sentence without a full stop, such as "`orders` is at least 0"."""
    given = expectation.kwargs
    if expectation.expected and given.get("column"):
        sentence = f"{code(given['column'])} is {expectation.expected}"
    else:
        sentence = WORDS[expectation.type](given)
    share = f", in at least {given['mostly']:.0%} of the rows" if given.get("mostly", 1) < 1 else ""
    return sentence + share


def reason(expectation: ExpectationSpec) -> str:
    """Tell whoever looks at a record what was expected and why, in plain sentences without patterns."""
    given, why = expectation.kwargs, expectation.why
    if ("regex" in given or "regex_list" in given) and not expectation.expected:
        expected = "" if why else f"{given['column']} has the form that its layout asks for"
    else:
        expected = in_words(expectation).replace("`", "")
    return " ".join(part for part in (f"Expected: {expected}." if expected else "", why) if part)


def code(value: object) -> str:
    """A name or constant, in backticks."""
    return f"`{value}`" if value not in ("", None) else ""


def codes(values: Iterable[object], joint: str = ", ") -> str:
    """Several names or constants."""
    return joint.join(code(value) for value in values)


def _bound(value: object) -> str:
    """Say a bound that moves with the night as what it is: `business_date - 30 days`."""
    if not isinstance(value, str) or not value.startswith("business_date"):
        return str(value)
    day, _, shift = value.partition(" ")
    sign, _, days = shift.partition(" ")
    named = f"the {day.replace('_', ' ')}"
    return f"{days} {'before' if sign == '-' else 'after'} {named}" if shift else named


def _limits(given: Given) -> str:
    least, most = given.get("min_value"), given.get("max_value")
    above = "more than" if given.get("strict_min") else "at least"
    below = "less than" if given.get("strict_max") else "at most"
    said = [f"{above} {_bound(least)}"] * (least is not None) + [f"{below} {_bound(most)}"] * (
        most is not None
    )
    return " and ".join(said)


def _column(predicate: str) -> Callable[[Given], str]:
    return lambda given: f"{code(given['column'])} {predicate}"


def _bounded(subject: str) -> Callable[[Given], str]:
    return lambda given: f"{subject.format(code(given['column']))} is {_limits(given)}"


def _in_set(verb: str) -> Callable[[Given], str]:
    return lambda given: f"{code(given['column'])} {verb} {codes(given['value_set'])}"


def _patterns(verb: str) -> Callable[[Given], str]:
    def words(given: Given) -> str:
        patterns = given.get("regex_list") or [given["regex"]]
        which = "every pattern" if given.get("match_on") == "all" else "the pattern"
        return f"{code(given['column'])} {verb} {which} {codes(patterns, ' or ')}"

    return words


def _greater(given: Given) -> str:
    verb = "is not less than" if given.get("or_equal") else "is greater than"
    return f"{code(given['column_A'])} {verb} {code(given['column_B'])}{_when_given(given)}"


def _equal(given: Given) -> str:
    return f"{code(given['column_A'])} equals {code(given['column_B'])}{_when_given(given)}"


def _exists(given: Given) -> str:
    here = given.get("column_list") or [given["column"]]
    there = given.get("table_columns") or ([given["table_column"]] if given.get("table_column") else here)
    place = f"in {code(given['table'])}" + (f" as {codes(there)}" if there != here else "")
    verb = "stand together" if len(here) > 1 else "stands"
    asked = ", where all are given" if given.get("ignore_row_if") == "any_value_is_missing" else ""
    return f"{codes(here)} {verb} {place}{asked}"


def _when_given(given: Given) -> str:
    return ", where both are given" if given.get("ignore_row_if") == "either_value_is_missing" else ""


WORDS: Mapping[str, Callable[[Given], str]] = {
    "expect_column_values_to_not_be_null": _column("is given"),
    "expect_column_values_to_be_null": _column("is empty"),
    "expect_column_values_to_be_unique": _column("is unique"),
    "expect_column_values_to_be_in_set": _in_set("is one of"),
    "expect_column_values_to_not_be_in_set": _in_set("is none of"),
    "expect_column_values_to_match_regex": _patterns("fits"),
    "expect_column_values_to_not_match_regex": _patterns("does not fit"),
    "expect_column_values_to_match_regex_list": _patterns("fits"),
    "expect_column_values_to_not_match_regex_list": _patterns("does not fit"),
    "expect_column_values_to_be_between": _bounded("{}"),
    "expect_column_value_lengths_to_be_between": _bounded("the length of {}"),
    "expect_column_value_lengths_to_equal": lambda g: f"the length of {code(g['column'])} is {g['value']}",
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_compound_columns_to_be_unique": lambda g: f"{codes(g['column_list'])} are unique together",
    "expect_column_values_to_exist_in_table": _exists,
    "expect_multicolumn_values_to_exist_in_table": _exists,
    "expect_column_max_to_be_between": _bounded("the greatest {}"),
    "expect_column_min_to_be_between": _bounded("the least {}"),
    "expect_column_mean_to_be_between": _bounded("the mean of {}"),
    "expect_column_sum_to_be_between": _bounded("the sum of {}"),
    "expect_column_unique_value_count_to_be_between": _bounded("the number of different {}"),
    "expect_column_proportion_of_unique_values_to_be_between": _bounded("the share of unique {}"),
    "expect_column_proportion_of_non_null_values_to_be_between": _bounded("the share of given {}"),
    "expect_column_to_exist": _column("exists"),
    "expect_table_row_count_to_be_between": lambda g: f"the number of rows is {_limits(g)}",
    "expect_table_row_count_to_equal": lambda g: f"the number of rows is {g['value']}",
    "expect_table_column_count_to_be_between": lambda g: f"the number of columns is {_limits(g)}",
    "expect_table_column_count_to_equal": lambda g: f"the number of columns is {g['value']}",
    "expect_table_columns_to_match_set": lambda g: f"the columns are {codes(g['column_set'])}",
    "expect_table_columns_to_match_ordered_list": (
        lambda g: f"the columns are {codes(g['column_list'])}, in this order"
    ),
}
