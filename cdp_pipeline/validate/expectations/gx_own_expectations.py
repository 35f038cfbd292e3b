"""Expectations that Great Expectations lacks, as its own kind: defining the class registers it.

Referential integrity: its core compares with a list of values, which no table of keys should become.
"""

from __future__ import annotations

from typing import ClassVar

from great_expectations.expectations.expectation import ColumnMapExpectation, MulticolumnMapExpectation

COLUMN_METRIC = "column_values.exist_in_table"
GROUP_METRIC = "multicolumn_values.exist_in_table"


class ExpectColumnValuesToExistInTable(ColumnMapExpectation):
    """Every value of the column stands in a column of another table; nulls are not asked."""

    table: str
    table_column: str | None = None

    map_metric: ClassVar[str] = COLUMN_METRIC
    success_keys: ClassVar[tuple[str, ...]] = ("table", "table_column", "mostly")


class ExpectMulticolumnValuesToExistInTable(MulticolumnMapExpectation):
    """Every group of values stands in one row of another table; nulls are equal to each other."""

    table: str
    table_columns: list[str] | None = None

    map_metric: ClassVar[str] = GROUP_METRIC
    success_keys: ClassVar[tuple[str, ...]] = ("table", "table_columns", "mostly")
