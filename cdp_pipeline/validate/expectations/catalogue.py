"""Which expectations are supported, and the check of declared ones.

Checked without data and without importing Great Expectations, so that `cdp check` answers fast. What is
not listed here is refused by name: an expectation that nothing computes must not look like one that is met.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.validate.expectations import kwargs
from cdp_pipeline.validate.expectations.business_day import at_business_date
from cdp_pipeline.validate.expectations.column_family import family_of, family_of_constant

KWARGS: Mapping[str, type[kwargs.Kwargs]] = {
    "expect_column_values_to_not_be_null": kwargs.ColumnMap,
    "expect_column_values_to_be_null": kwargs.ColumnMap,
    "expect_column_values_to_be_unique": kwargs.ColumnMap,
    "expect_column_values_to_be_in_set": kwargs.ValueSet,
    "expect_column_values_to_not_be_in_set": kwargs.ValueSet,
    "expect_column_values_to_match_regex": kwargs.MatchRegex,
    "expect_column_values_to_not_match_regex": kwargs.MatchRegex,
    "expect_column_values_to_match_regex_list": kwargs.MatchRegexList,
    "expect_column_values_to_not_match_regex_list": kwargs.NotMatchRegexList,
    "expect_column_values_to_be_between": kwargs.ValuesBetween,
    "expect_column_value_lengths_to_be_between": kwargs.LengthBetween,
    "expect_column_value_lengths_to_equal": kwargs.LengthEquals,
    "expect_column_pair_values_a_to_be_greater_than_b": kwargs.GreaterPair,
    "expect_column_pair_values_to_be_equal": kwargs.ColumnPair,
    "expect_compound_columns_to_be_unique": kwargs.ColumnGroup,
    "expect_column_values_to_exist_in_table": kwargs.ExistInTable,
    "expect_multicolumn_values_to_exist_in_table": kwargs.GroupExistsInTable,
    "expect_column_max_to_be_between": kwargs.ExtremeBetween,
    "expect_column_min_to_be_between": kwargs.ExtremeBetween,
    "expect_column_mean_to_be_between": kwargs.NumberBetween,
    "expect_column_sum_to_be_between": kwargs.NumberBetween,
    "expect_column_unique_value_count_to_be_between": kwargs.AggregateBetween,
    "expect_column_proportion_of_unique_values_to_be_between": kwargs.AggregateBetween,
    "expect_column_proportion_of_non_null_values_to_be_between": kwargs.AggregateBetween,
    "expect_column_to_exist": kwargs.ColumnExists,
    "expect_table_row_count_to_be_between": kwargs.RowCountBetween,
    "expect_table_row_count_to_equal": kwargs.CountEquals,
    "expect_table_column_count_to_be_between": kwargs.ColumnCountBetween,
    "expect_table_column_count_to_equal": kwargs.CountEquals,
    "expect_table_columns_to_match_set": kwargs.ColumnSet,
    "expect_table_columns_to_match_ordered_list": kwargs.ColumnOrder,
}
SUPPORTED_EXPECTATIONS: tuple[str, ...] = tuple(KWARGS)


def is_row_level(expectation_type: str) -> bool:
    """Tell whether an expectation is asked of every row, so that single rows can fail it."""
    return issubclass(KWARGS[expectation_type], kwargs.RowLevel)


CAST_IT = "Cast the column, or choose another expectation."


def check_expectations(
    specs: Sequence[ExpectationSpec],
    origin: str,
    columns: Mapping[str, str] | None = None,
    tables: Mapping[str, Mapping[str, str]] | None = None,
    *,
    business_date: dt.date | None = None,
    remedy: str = CAST_IT,
) -> list[kwargs.Kwargs]:
    """Check declared expectations: type known, kwargs complete and sound, columns fit.

    Args:
        origin: the file or table that declares them; it opens every message.
        columns: name and DuckDB type of each column, where known; without it only the kwargs are checked.
        tables: columns of the tables that expectations may name, by `schema.table`; not checked without it.
        business_date: what bounds such as `business_date - 30 days` count from; else today.
        remedy: what to do about an expectation that does not fit the type of its column.

    Returns:
        The parsed kwargs, in the order of `specs`.

    Raises:
        ConfigError: the first fault, with expectation, key and remedy.
    """
    day = business_date or dt.datetime.now(dt.UTC).date()
    return [_checked(spec, origin, columns, tables, day, remedy) for spec in specs]


def _checked(
    spec: ExpectationSpec,
    origin: str,
    columns: Mapping[str, str] | None,
    tables: Mapping[str, Mapping[str, str]] | None,
    business_date: dt.date,
    remedy: str,
) -> kwargs.Kwargs:
    model = KWARGS.get(spec.type)
    if model is None:
        raise ConfigError(
            f"{origin}: expectation `{spec.type}` is not supported. Supported: {', '.join(KWARGS)}."
        )
    place = f"{origin}: expectation `{spec.type}`"
    given = at_business_date(spec.kwargs, business_date, columns or {}, place)
    parsed = parse_contract(given, model, origin=place)
    if columns is not None:
        _check_columns(parsed, columns, place, remedy)
    if tables is not None and isinstance(parsed, kwargs.ExistInTable | kwargs.GroupExistsInTable):
        _check_other_table(parsed, columns or {}, tables, place)
    return parsed


def _check_other_table(
    parsed: kwargs.ExistInTable | kwargs.GroupExistsInTable,
    columns: Mapping[str, str],
    tables: Mapping[str, Mapping[str, str]],
    place: str,
) -> None:
    there = tables.get(parsed.table)
    if there is None:
        raise ConfigError(
            f"{place}: there is no table {parsed.table} by then. Name one that is built before."
        )
    for name, other in zip(parsed.columns, parsed.columns_there, strict=True):
        if other not in there:
            raise ConfigError(
                f"{place}: {parsed.table} has no column {other}. Columns are: {', '.join(there)}."
            )
        if name in columns and family_of(columns[name]) is not family_of(there[other]):
            raise ConfigError(
                f"{place}: column `{name}` is {columns[name]} and {parsed.table}.{other} is {there[other]}: "
                "they cannot be compared. Cast one of them."
            )


def _check_columns(parsed: kwargs.Kwargs, columns: Mapping[str, str], place: str, remedy: str) -> None:
    missing = [name for name in parsed.columns if name not in columns]
    if missing:
        raise ConfigError(
            f"{place}: there is no column {', '.join(missing)}. Columns are: {', '.join(columns)}."
        )
    families = {name: family_of(columns[name]) for name in parsed.columns}
    for name, family in families.items():
        if family not in parsed.families:
            raise ConfigError(
                f"{place}: column `{name}` is {columns[name]}, but it can only be asked of: "
                f"{', '.join(sorted(parsed.families))}. {remedy}"
            )
        strangers = {family_of_constant(value) for value in parsed.constants} - {family}
        if strangers:
            raise ConfigError(
                f"{place}: column `{name}` is {columns[name]} and cannot be compared with a "
                f"{', '.join(sorted(strangers))}. Write the constants as {family} values."
            )
    if isinstance(parsed, kwargs.ColumnPair) and len(set(families.values())) > 1:
        raise ConfigError(
            f"{place}: columns {parsed.column_A} ({columns[parsed.column_A]}) and {parsed.column_B} "
            f"({columns[parsed.column_B]}) cannot be compared. Cast one of them."
        )
