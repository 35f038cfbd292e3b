"""Numbers and times of typed exports, written as the text that a CSV export of the same table would hold."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.contracts.layout import Layout, LayoutColumn

Texts = TypeVar("Texts", pa.Array, pa.ChunkedArray)

POINT = "."
EXPONENT = re.compile(r"[eE][+-]?[0-9]{1,3}$")  # a larger one, written in full, would fill memory
FRACTION_ZEROS = r"(\.\d*?)0+(Z|[+-]\d\d:?\d\d)?$"
EMPTY_FRACTION = r"\.(Z|[+-]\d\d:?\d\d)?$"


def is_number(column: LayoutColumn) -> bool:
    """Tell whether a column's text is read as a number later on."""
    return column.type in (ColumnType.INTEGER, ColumnType.DECIMAL)


def mark_of(column: LayoutColumn, layout: Layout) -> str:
    """Return the decimal mark in which a column's numbers are to be written.

    The text of a number column is read by the layout's mark later on, whatever kind of file it came from: under a
    decimal comma, 1.500 would be 1500. Text columns (ids, versions) keep the point.
    """
    return layout.format.decimal_mark if is_number(column) else POINT


def plain_number(number: str) -> str:
    """Write 1e+20 in full."""
    return format(Decimal(number), "f") if EXPONENT.search(number) else number


def plain_numbers(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write 1e+20 in full; few numbers are so large or small, so each distinct one is written by Python."""
    has_exponent = pc.match_substring_regex(numbers, EXPONENT.pattern)
    if not pc.any(has_exponent, min_count=0).as_py():
        return numbers
    written = numbers.dictionary_encode().combine_chunks()
    plain = [plain_number(number) for number in written.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(plain, pa.string()).take(written.indices)])


def with_mark(numbers: Texts, mark: str) -> Texts:
    """Write numbers with another decimal mark than the point."""
    return numbers if mark == POINT else pc.replace_substring(numbers, POINT, mark)


def without_empty_fraction(times: Texts) -> Texts:
    """Leave out zeros at the end of a second's fraction, and a fraction that has nothing else."""
    shorter = pc.replace_substring_regex(times, FRACTION_ZEROS, r"\1\2")
    return pc.replace_substring_regex(shorter, EMPTY_FRACTION, r"\1")


def plain_duration(duration: timedelta) -> str:
    """Write hours, however many, minutes and seconds, with a fraction where there is one: 30:00:00, -00:30:00.5."""
    microseconds = abs(duration) // timedelta(microseconds=1)
    seconds, fraction = divmod(microseconds, 1_000_000)
    sign = "-" if duration < timedelta(0) else ""
    decimals = f".{fraction:06}".rstrip("0") if fraction else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{decimals}"
