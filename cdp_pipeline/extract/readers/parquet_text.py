"""Typed columns of Parquet as the text that a CSV export of the same table would hold."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from cdp_pipeline.extract.readers.nested_json import compact_nested
from cdp_pipeline.extract.readers.plain_text import plain_numbers, without_empty_fraction


def as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write typed values as text: ISO dates and times, plain numbers, nested values as compact JSON.

    Times keep their zone where they have one; whole floats have no fraction, no number has an exponent, and one that
    is none (NaN) is null. A nested value with a time beyond calendar and clock is null as well.

    Raises:
        UnicodeDecodeError: a nested value holds text that is not UTF-8.
    """
    kind = values.type
    if types.is_dictionary(kind):
        return as_text(values.cast(kind.value_type))
    if isinstance(kind, pa.UuidType) or types.is_nested(kind):
        return _each_as_text(values)
    if isinstance(kind, pa.BaseExtensionType):
        return as_text(values.cast(kind.storage_type))
    if types.is_float16(kind):
        return as_text(values.cast(pa.float32()))
    text = values.cast(pa.string())
    if types.is_floating(kind):
        return plain_numbers(pc.if_else(pc.is_nan(values), pa.scalar(None, pa.string()), text))
    if types.is_decimal(kind):
        return plain_numbers(text)
    if types.is_timestamp(kind) or types.is_time(kind):
        return without_empty_fraction(text)
    return text


def storage(kind: pa.DataType) -> pa.DataType:
    """Look through dictionaries and extension types, UUIDs apart: those have a text of their own."""
    if types.is_dictionary(kind):
        return storage(kind.value_type)
    if isinstance(kind, pa.UuidType):
        return pa.string()
    return storage(kind.storage_type) if isinstance(kind, pa.BaseExtensionType) else kind


def without_text(kind: pa.DataType) -> str | None:
    """Name what in a type has no text, in a nested one at any depth: bytes or durations."""
    kind = storage(kind)
    if types.is_nested(kind):
        inner = (without_text(kind.field(at).type) for at in range(kind.num_fields))
        return next((what for what in inner if what), None)
    if types.is_duration(kind):
        return "durations"
    kinds = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view)
    return "bytes" if any(is_kind(kind) for is_kind in kinds) else None


def _each_as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    # No kernel writes nested values; layouts hardly ever want them.
    return pa.chunked_array([pa.array([_one_as_text(value) for value in values], pa.string())])


def _one_as_text(value: pa.Scalar) -> str | None:
    try:
        row = value.as_py(maps_as_pydicts="strict")
    except KeyError:  # a key stands twice in a map: as pairs, nothing is lost
        row = value.as_py()
    except UnicodeDecodeError:
        raise
    except (OverflowError, ValueError):
        return None
    if row is None:
        return None
    return compact_nested(row) if isinstance(row, (dict, list)) else str(row)
