"""Families of DuckDB types: what an expectation may be asked of a column, and how to write its constants."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from cdp_pipeline.engine import quote_literal

Constant = str | int | float | bool | dt.date | dt.datetime


class ColumnFamily(StrEnum):
    """Types that expectations treat alike."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    OTHER = "other"  # lists, structs, 32-bit floats …: only presence and uniqueness can be asked


_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_FAMILIES = {
    **dict.fromkeys([*_INTEGERS, *(f"U{name}" for name in _INTEGERS), "DOUBLE"], ColumnFamily.NUMBER),
    **dict.fromkeys(["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"], ColumnFamily.TIMESTAMP),
    "VARCHAR": ColumnFamily.TEXT,
    "BOOLEAN": ColumnFamily.BOOLEAN,
    "DATE": ColumnFamily.DATE,
}


def family_of(duckdb_type: str) -> ColumnFamily:
    """Return the family of a DuckDB type such as `DECIMAL(18,2)`."""
    name = duckdb_type.partition("(")[0].strip().upper()
    return ColumnFamily.NUMBER if name == "DECIMAL" else _FAMILIES.get(name, ColumnFamily.OTHER)


def family_of_constant(value: Constant) -> ColumnFamily:
    """Return the family of columns that a constant can be compared with."""
    if isinstance(value, bool):
        return ColumnFamily.BOOLEAN
    if isinstance(value, int | float):
        return ColumnFamily.NUMBER
    if isinstance(value, dt.datetime):  # before date, of which it is a subclass
        return ColumnFamily.TIMESTAMP
    return ColumnFamily.DATE if isinstance(value, dt.date) else ColumnFamily.TEXT


def constant_sql(value: Constant, *, is_double: bool = False) -> str:
    """Write a constant in SQL.

    Args:
        is_double: the other side is a DOUBLE. A bare `0.1` is a DECIMAL in DuckDB; compared with a
            DOUBLE it must be the double 0.1, to the last bit, as it is in Python.
    """
    match family_of_constant(value):
        case ColumnFamily.NUMBER:
            return f"cast('{value!r}' as double)" if is_double else repr(value)
        case ColumnFamily.BOOLEAN:
            return "true" if value else "false"
        case ColumnFamily.DATE | ColumnFamily.TIMESTAMP as family:
            return f"{family.value} '{value}'"
        case _:
            return quote_literal(str(value))
