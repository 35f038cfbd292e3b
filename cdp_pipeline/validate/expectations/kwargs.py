"""What each supported expectation takes: its kwargs, and the families of columns that it can be asked of.

Stricter than Great Expectations' own models, which turn the text `"01000"` into the number 1000 and accept
misspelt flags; whatever passes here means the same in Great Expectations.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.validate.expectations.column_family import ColumnFamily, family_of_constant
from cdp_pipeline.validate.expectations.regex_dialect import translate_regex

_ANY = frozenset(ColumnFamily)
_ORDERED = frozenset({ColumnFamily.NUMBER, ColumnFamily.DATE, ColumnFamily.TIMESTAMP})


def _parse_bound(value: object) -> object:
    """Read an ISO date or time from text; GX knows no bounds of text."""
    if isinstance(value, str):
        has_time = len(value) > len("2026-01-31")
        value = dt.datetime.fromisoformat(value) if has_time else dt.date.fromisoformat(value)
    if isinstance(value, dt.datetime) and value.tzinfo:
        raise ValueError("times are in UTC and carry no offset")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a bound is a finite number")
    if isinstance(value, bool) or not isinstance(value, int | float | dt.date):
        raise ValueError("a bound is a number, an ISO date or an ISO time")
    return value


def _translatable(pattern: str) -> str:
    translate_regex(pattern)
    return pattern


Column = Annotated[StrictStr, Field(min_length=1)]
Bound = Annotated[Any, BeforeValidator(_parse_bound)]
Regex = Annotated[StrictStr, Field(min_length=1), AfterValidator(_translatable)]
Table = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
Count = Annotated[StrictInt, Field(ge=0)]


class Kwargs(Contract):
    """What one expectation takes. `columns` are the columns that it reads, which must exist."""

    families: ClassVar[frozenset[ColumnFamily]] = _ANY

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose values the expectation reads."""
        return ()

    @property
    def constants(self) -> Sequence[Any]:
        """Constants that the column's values are compared with."""
        return ()

    def as_gx(self) -> dict[str, Any]:
        """Return the kwargs as Great Expectations takes them: dates and times as ISO text."""
        given = self.model_dump(exclude_unset=True)
        return {key: v.isoformat() if isinstance(v, dt.date) else v for key, v in given.items()}


class _Limits(Kwargs):
    min_value: Bound = None
    max_value: Bound = None
    strict_min: StrictBool = False
    strict_max: StrictBool = False

    @model_validator(mode="after")
    def _are_limits(self) -> Self:
        if self.min_value is None and self.max_value is None:
            raise ValueError("min_value, max_value or both are needed")
        if len(set(map(family_of_constant, self.constants_given))) > 1:
            raise ValueError("min_value and max_value must be of one kind")
        if len(self.constants_given) == 2 and self.min_value > self.max_value:
            raise ValueError("min_value is greater than max_value")
        return self

    @property
    def constants_given(self) -> list[Any]:
        return [bound for bound in (self.min_value, self.max_value) if bound is not None]


class _OneColumn(Kwargs):
    column: Column

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)


class RowLevel(Kwargs):
    """A question to every row; `mostly` is the share of rows that must answer yes."""

    mostly: Annotated[float, Field(ge=0, le=1)] = 1.0


class ColumnMap(_OneColumn, RowLevel):
    """A question to every non-null value of a column (to every row, for the null expectations)."""


class ValueSet(ColumnMap):
    """Membership. Text is compared with text, numbers with numbers."""

    families = frozenset({ColumnFamily.TEXT, ColumnFamily.NUMBER, ColumnFamily.BOOLEAN})
    value_set: Annotated[list[StrictBool | StrictInt | StrictFloat | StrictStr], Field(min_length=1)]

    @property
    def constants(self) -> Sequence[Any]:  # noqa: D102
        return self.value_set


class TextMap(ColumnMap):
    """A question about text."""

    families = frozenset({ColumnFamily.TEXT})


class MatchRegex(TextMap):
    """Search: the pattern may match anywhere, unless anchored."""

    regex: Regex


class NotMatchRegexList(TextMap):
    """None of the patterns matches."""

    regex_list: Annotated[list[Regex], Field(min_length=1)]


class MatchRegexList(NotMatchRegexList):
    """Any or all of the patterns match."""

    match_on: Literal["any", "all"] = "any"


class LengthEquals(TextMap):
    """Length in Unicode code points."""

    value: Count


class LengthBetween(TextMap, _Limits):
    """Length in Unicode code points."""

    min_value: Count | None = None
    max_value: Count | None = None


class ValuesBetween(ColumnMap, _Limits):
    """Bounds of numbers, dates or times; of the column's own kind, as in Great Expectations' pandas."""

    families = _ORDERED

    @property
    def constants(self) -> Sequence[Any]:  # noqa: D102
        return self.constants_given


class AggregateBetween(_OneColumn, _Limits):
    """A number about a column, such as a count or a proportion, within limits."""

    min_value: StrictInt | StrictFloat | None = None
    max_value: StrictInt | StrictFloat | None = None


class NumberBetween(AggregateBetween):
    """A number computed from numbers."""

    families = frozenset({ColumnFamily.NUMBER})


class ExtremeBetween(_OneColumn, _Limits):
    """The least or greatest value within limits."""

    families = _ORDERED

    @property
    def constants(self) -> Sequence[Any]:  # noqa: D102
        return self.constants_given


class ColumnPair(RowLevel):
    """A question to two columns of a row, both of one kind."""

    families = _ANY - {ColumnFamily.OTHER}
    column_A: Column  # noqa: N815 - Great Expectations' own name
    column_B: Column  # noqa: N815
    ignore_row_if: Literal["both_values_are_missing", "either_value_is_missing", "neither"] = (
        "both_values_are_missing"
    )

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return (self.column_A, self.column_B)


class GreaterPair(ColumnPair):
    """A greater than B."""

    families = _ORDERED | {ColumnFamily.TEXT}
    or_equal: StrictBool = False


class ColumnGroup(RowLevel):
    """A question to several columns of a row together."""

    column_list: Annotated[list[Column], Field(min_length=2)]
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = (
        "all_values_are_missing"
    )

    @property
    def columns(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(self.column_list)


class ExistInTable(ColumnMap):
    """The values of a column stand in another table; `table_column` where its name there is another."""

    table: Table
    table_column: Column | None = None

    @property
    def columns_there(self) -> tuple[str, ...]:
        """Columns of the other table that `columns` are compared with, in the same order."""
        return (self.table_column or self.column,)


class GroupExistsInTable(ColumnGroup):
    """The values of several columns stand together in a row of another table."""

    table: Table
    table_columns: Annotated[list[Column], Field(min_length=2)] | None = None

    @model_validator(mode="after")
    def _has_pairs(self) -> Self:
        if self.table_columns and len(self.table_columns) != len(self.column_list):
            raise ValueError("table_columns names as many columns as column_list")
        return self

    @property
    def columns_there(self) -> tuple[str, ...]:
        """Columns of the other table that `columns` are compared with, in the same order."""
        return tuple(self.table_columns or self.column_list)


class RowCountBetween(_Limits):
    """A count of rows within limits."""

    min_value: Count | None = None
    max_value: Count | None = None


class ColumnCountBetween(Kwargs):
    """A count of columns within limits, both inclusive."""

    min_value: Count
    max_value: Count


class CountEquals(Kwargs):
    """An exact count of rows or columns."""

    value: Count


class ColumnSet(Kwargs):
    """Names of columns in any order."""

    column_set: Annotated[list[Column], Field(min_length=1)]
    exact_match: StrictBool = True


class ColumnOrder(Kwargs):
    """Names of columns in order."""

    column_list: Annotated[list[Column], Field(min_length=1)]


class ColumnExists(Kwargs):
    """One column; `column` is looked for, so it need not exist."""

    column: Column
    column_index: Count | None = None
