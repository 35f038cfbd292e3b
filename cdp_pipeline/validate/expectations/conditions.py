"""What makes a row fail: one SQL condition per row-level metric.

Grain: a row of the batch. Every condition is true or false, never null, so that a row counts exactly once.
Whether a comparison that yields null (a missing value in a pair) passes or fails follows Great
Expectations' pandas engine: it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdp_pipeline.engine import quote_identifier, quote_literal
from cdp_pipeline.validate.expectations.batch import TableBatch
from cdp_pipeline.validate.expectations.column_family import constant_sql
from cdp_pipeline.validate.expectations.regex_dialect import translate_regex

Values = Mapping[str, Any]


@dataclass(frozen=True)
class RowCondition:
    """Which rows a metric looks at, and which of those fail.

    Attributes:
        once_each: of uniqueness, the columns whose values may occur once; counted without `is_unexpected`,
            which compares every row with all others.
        count: a scalar subquery that counts the failing rows, where a join does it better than a flag per row.
    """

    is_evaluated: str
    is_unexpected: str
    once_each: tuple[str, ...] = ()
    count: str | None = None


def _column_condition(holds: Callable[[TableBatch, str, Values], str]) -> Callable[..., RowCondition]:
    """Build a metric over the non-null values of one column from the SQL that holds of a good one."""

    def condition(batch: TableBatch, domain: Values, values: Values) -> RowCondition:
        column = batch.column_sql(domain["column"])
        is_evaluated = f"{column} is not null"
        return _failing(is_evaluated, holds(batch, domain["column"], values))

    return condition


def _failing(is_evaluated: str, holds: str) -> RowCondition:
    return RowCondition(is_evaluated, f"({is_evaluated}) and not coalesce({holds}, false)")


def _not_null(batch: TableBatch, domain: Values, _: Values) -> RowCondition:
    return RowCondition("true", f"{batch.column_sql(domain['column'])} is null")


def _null(batch: TableBatch, domain: Values, _: Values) -> RowCondition:
    return RowCondition("true", f"{batch.column_sql(domain['column'])} is not null")


def _limits_sql(subject: str, values: Values, *, is_double: bool = False) -> str:
    """Compare with `min_value` and `max_value`; a strict limit is itself outside."""
    parts = []
    for bound, strict, operator in (("min_value", "strict_min", ">"), ("max_value", "strict_max", "<")):
        if values.get(bound) is not None:
            comparison = operator if values.get(strict) else f"{operator}="
            parts.append(f"{subject} {comparison} {constant_sql(values[bound], is_double=is_double)}")
    return f"({' and '.join(parts)})"


def _is_between(batch: TableBatch, column: str, values: Values) -> str:
    return _limits_sql(batch.column_sql(column), values, is_double=batch.is_double(column))


def _has_length_between(batch: TableBatch, column: str, values: Values) -> str:
    return _limits_sql(f"length({batch.column_sql(column)})", values)


def _has_length(batch: TableBatch, column: str, values: Values) -> str:
    return f"length({batch.column_sql(column)}) = {constant_sql(values['value'])}"


def _is_in_set(batch: TableBatch, column: str, values: Values) -> str:
    constants = (constant_sql(value, is_double=batch.is_double(column)) for value in values["value_set"])
    return f"{batch.column_sql(column)} in ({', '.join(constants)})"


def _matches(batch: TableBatch, column: str, regexes: Sequence[str], *, joined_by: str = "or") -> str:
    """Search for patterns; `dotall` stays off, as in Python."""
    subject = batch.column_sql(column)
    tests = (f"regexp_matches({subject}, {quote_literal(translate_regex(regex))})" for regex in regexes)
    return f"({f' {joined_by} '.join(tests)})"


def _matches_list(batch: TableBatch, column: str, values: Values) -> str:
    joined_by = "and" if values.get("match_on") == "all" else "or"
    return _matches(batch, column, values["regex_list"], joined_by=joined_by)


def _unique(batch: TableBatch, domain: Values, _: Values) -> RowCondition:
    column = batch.column_sql(domain["column"])
    return _once_each(batch, [column], is_evaluated=f"{column} is not null")


def _once_each(batch: TableBatch, columns: Sequence[str], is_evaluated: str) -> RowCondition:
    """Every row of a group that occurs twice or more fails; nulls in a group are equal to each other."""
    # row(…): tuples compare nulls as equal, a plain `(a, b) in` does not. Of one column it is no tuple.
    group = f"row({', '.join(columns)})" if len(columns) > 1 else columns[0]
    repeated = f"select {group} from {batch.relation} where {is_evaluated} group by 1 having count(*) > 1"
    return RowCondition(is_evaluated, f"({is_evaluated}) and {group} in ({repeated})", tuple(columns))


def _is_evaluated(columns: Sequence[str], ignore_row_if: str) -> str:
    """Put `ignore_row_if` into SQL; pairs and groups of columns name its three forms differently."""
    match ignore_row_if:
        case "both_values_are_missing" | "all_values_are_missing":
            return " or ".join(f"{column} is not null" for column in columns)
        case "either_value_is_missing" | "any_value_is_missing":
            return " and ".join(f"{column} is not null" for column in columns)
        case _:
            return "true"


def _compound_unique(batch: TableBatch, domain: Values, _: Values) -> RowCondition:
    columns = [batch.column_sql(name) for name in domain["column_list"]]
    return _once_each(batch, columns, _is_evaluated(columns, domain["ignore_row_if"]))


def _exists_in_table(batch: TableBatch, domain: Values, values: Values) -> RowCondition:
    column = batch.column_sql(domain["column"])
    there = quote_identifier(values.get("table_column") or domain["column"])
    return _known_elsewhere(batch, [column], f"{column} is not null", values["table"], [there])


def _group_exists_in_table(batch: TableBatch, domain: Values, values: Values) -> RowCondition:
    columns = [batch.column_sql(name) for name in domain["column_list"]]
    there = [quote_identifier(name) for name in values.get("table_columns") or domain["column_list"]]
    is_evaluated = _is_evaluated(columns, domain["ignore_row_if"])
    return _known_elsewhere(batch, columns, is_evaluated, values["table"], there)


def _known_elsewhere(
    batch: TableBatch, columns: Sequence[str], is_evaluated: str, table: str, there: Sequence[str]
) -> RowCondition:
    """Every row whose values no row of the other table has fails."""
    names = [f"value_{place}" for place in range(len(columns))]
    here_sql = ", ".join(f"{column} as {name}" for column, name in zip(columns, names, strict=True))
    there_sql = ", ".join(f"{column} as {name}" for column, name in zip(there, names, strict=True))
    equal = " and ".join(f"here.{name} is not distinct from there.{name}" for name in names)
    count = (
        f"(select count(*) from (select {here_sql} from {batch.relation} where {is_evaluated}) as here"
        f" anti join (select {there_sql} from {table}) as there on {equal})"
    )
    group = f"row({', '.join(columns)})" if len(columns) > 1 else columns[0]
    known = f"select row({', '.join(there)})" if len(there) > 1 else f"select {there[0]}"
    # Without nulls there: `in` over a list that holds one is null, not false, for whatever it lacks.
    given = " or ".join(f"{column} is not null" for column in there)
    is_known = f"{group} in ({known} from {table} where {given})"
    return RowCondition(is_evaluated, f"({is_evaluated}) and not coalesce({is_known}, false)", count=count)


def _pair(batch: TableBatch, domain: Values, operator: str) -> RowCondition:
    pair = [batch.column_sql(domain[name]) for name in ("column_A", "column_B")]
    return _failing(_is_evaluated(pair, domain["ignore_row_if"]), f" {operator} ".join(pair))


ROW_CONDITIONS: Mapping[str, Callable[[TableBatch, Values, Values], RowCondition]] = {
    "column_values.nonnull": _not_null,
    "column_values.null": _null,
    "column_values.unique": _unique,
    "column_values.in_set": _column_condition(_is_in_set),
    "column_values.not_in_set": _column_condition(lambda b, c, v: f"not {_is_in_set(b, c, v)}"),
    "column_values.match_regex": _column_condition(lambda b, c, v: _matches(b, c, [v["regex"]])),
    "column_values.not_match_regex": _column_condition(lambda b, c, v: f"not {_matches(b, c, [v['regex']])}"),
    "column_values.match_regex_list": _column_condition(_matches_list),
    "column_values.not_match_regex_list": _column_condition(
        lambda b, c, v: f"not {_matches(b, c, v['regex_list'])}"
    ),
    "column_values.between": _column_condition(_is_between),
    "column_values.value_length.between": _column_condition(_has_length_between),
    "column_values.value_length.equals": _column_condition(_has_length),
    "column_pair_values.a_greater_than_b": lambda b, d, v: _pair(b, d, ">=" if v.get("or_equal") else ">"),
    "column_pair_values.equal": lambda b, d, _: _pair(b, d, "="),
    "compound_columns.unique": _compound_unique,
    "column_values.exist_in_table": _exists_in_table,
    "multicolumn_values.exist_in_table": _group_exists_in_table,
}
