"""Values of a database as text, one column at a time: exact, and in one form whatever the server."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers.nested_json import compact_nested
from cdp_pipeline.extract.readers.plain_text import (
    POINT,
    plain_duration,
    plain_numbers,
    with_mark,
    without_empty_fraction,
)

Values = Sequence[Any]
OUTSIDE_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')


def text_column(values: Values, column: str, label: str, mark: str = POINT) -> pa.Array:
    """Return a column as text; null stays null.

    Times are ISO 8601, in UTC where they carry a zone, durations hours, minutes and seconds; decimals are exact, no
    number has an exponent, and one that is none (NaN) is null; JSON and arrays are compact JSON.

    Args:
        mark: decimal mark of numbers; numbers that the database holds as text are left as they are.

    Raises:
        LandingFileError: the column holds bytes, or values of a type that has no text of its own.
    """
    kinds = set(map(type, values)) - {type(None)}
    for kind in kinds:
        if kind not in WAYS:
            raise LandingFileError(_unreadable(kind, column, label))
    if len(kinds) > 1:  # SQLite stores what it is given
        return pa.array(
            [None if value is None else _as_text([value], type(value), mark)[0].as_py() for value in values]
        )
    return _as_text(values, kinds.pop(), mark) if kinds else pa.nulls(len(values), pa.string())


def _as_text(values: Values, kind: type, mark: str) -> pa.Array:
    text = WAYS[kind](values)
    return with_mark(text, mark) if kind in {float, Decimal} else text


def compact_json(text: str | bytes) -> str:
    """Return JSON without blanks between values, its numbers untouched: a float would lose digits."""
    document = text.decode() if isinstance(text, bytes) else text
    return OUTSIDE_STRINGS.sub(lambda found: found[1] or "", document)


def _unreadable(kind: type, column: str, label: str) -> str:
    if kind in {bytes, bytearray, memoryview}:
        return (
            f"{label}: column {column} holds bytes, which are no text. Leave it out with a `query`, or encode it "
            "there."
        )
    return (
        f"{label}: column {column} holds values of type {kind.__name__}, which have no text of their own. "
        f"Read them with a `query` that casts {column} to text."
    )


def _of(arrow_type: pa.DataType) -> Callable[[Values], pa.Array]:
    return lambda values: pa.array(values, arrow_type).cast(pa.string())


def _integers(values: Values) -> pa.Array:
    try:
        return pa.array(values, pa.int64()).cast(pa.string())
    except OverflowError:
        return _each(str)(values)


def _timestamps(values: Values) -> pa.Array:
    """Write `2026-05-04T10:00:00.5`, with Z where there is a zone."""
    has_zone = next(value for value in values if value is not None).tzinfo is not None
    typed = pa.array(values, pa.timestamp("us", "UTC" if has_zone else None))
    text = pc.replace_substring(typed.cast(pa.string()), " ", "T", max_replacements=1)
    return without_empty_fraction(text)


def _times(values: Values) -> pa.Array:
    if any(value is not None and value.tzinfo for value in values):
        return _each(time.isoformat)(values)
    return without_empty_fraction(pa.array(values, pa.time64("us")).cast(pa.string()))


def _floats(values: Values) -> pa.Array:
    floats = pa.array(values, pa.float64(), from_pandas=True)  # NaN becomes null
    return plain_numbers(pa.chunked_array([floats]).cast(pa.string())).combine_chunks()


def _each(way: Callable[[Any], str | None]) -> Callable[[Values], pa.Array]:
    return lambda values: pa.array([None if value is None else way(value) for value in values], pa.string())


def _decimal(value: Decimal) -> str | None:
    return None if value.is_nan() else format(value, "f")


WAYS: dict[type, Callable[[Values], pa.Array]] = {
    str: _of(pa.string()),
    bool: _of(pa.bool_()),
    int: _integers,
    float: _floats,
    Decimal: _each(_decimal),
    datetime: _timestamps,
    date: _of(pa.date32()),
    time: _times,
    timedelta: _each(plain_duration),
    uuid.UUID: _each(str),
    dict: _each(compact_nested),
    list: _each(compact_nested),
    ipaddress.IPv4Address: _each(str),
    ipaddress.IPv6Address: _each(str),
    ipaddress.IPv4Interface: _each(str),
    ipaddress.IPv6Interface: _each(str),
    ipaddress.IPv4Network: _each(str),
    ipaddress.IPv6Network: _each(str),
}
"""How the values of each type that drivers return become text."""
