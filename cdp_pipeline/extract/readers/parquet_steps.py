"""How many rows of a Parquet file may be read at once: rows say nothing about bytes.

A dictionary names each value once, so that some kilobytes can stand for gigabytes of rows; the longest value of a
row group's dictionaries is known from reading one row of it, undecoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from pyarrow import types

from cdp_pipeline.errors import LandingFileError

STEP_BYTES = 32 * 2**20
MAX_STEP_ROWS = 32_768
STEP_ROWS_UNSEEN = 64
"""Where values are packed as differences to the one before, which nobody can look into beforehand."""
MAX_VALUE_BYTES = 64 * 2**20
MAX_NESTED_VALUES = 16 * 2**20
"""Of one column in a row group: a single row may hold them all."""
MAX_NESTED_BYTES = 2**30


class Steps:
    """Measures the row groups of a file.

    Args:
        columns: those to be read, by their names in the file.
    """

    def __init__(self, file: Path, columns: list[str], label: str) -> None:
        self._metadata = pyarrow.parquet.read_metadata(file)
        self._columns = columns
        self._label = label
        schema = self._metadata.schema
        self._leaves = {
            name: [at for at in range(len(schema)) if _belongs(schema.column(at).path, name)]
            for name in columns
        }
        texts = [
            schema.column(at).path
            for leaves in self._leaves.values()
            for at in leaves
            if schema.column(at).physical_type == "BYTE_ARRAY"
        ]
        self._file = pyarrow.parquet.ParquetFile(
            file, read_dictionary=texts, pre_buffer=False, page_checksum_verification=True
        )

    def rows_at_once(self, group: int) -> int:
        """Return how many rows of a row group take about STEP_BYTES at most, by its longest values.

        Values that stand in the file in full count by their mean: they take no more than they do there.

        Raises:
            LandingFileError: one value, or a nested column, is too large.
            pa.ArrowException, OSError: the row group is damaged.
        """
        row_group = self._metadata.row_group(group)
        rows = max(row_group.num_rows, 1)
        values = {
            name: max((row_group.column(at).num_values for at in leaves), default=0)
            for name, leaves in self._leaves.items()
        }
        nested = {name for name in self._columns if types.is_nested(self._file.schema_arrow.field(name).type)}
        for name in nested:
            if values[name] > MAX_NESTED_VALUES:
                raise self._vast(name)
        longest = self._longest_values(group)
        if longest is None:
            return STEP_ROWS_UNSEEN
        in_full = sum(
            row_group.column(at).total_uncompressed_size for leaves in self._leaves.values() for at in leaves
        )
        for name, length in longest.items():
            if length > MAX_VALUE_BYTES or (name in nested and length * values[name] > MAX_NESTED_BYTES):
                raise self._vast(name)
        row_bytes = (in_full + sum(length * values[name] for name, length in longest.items())) / rows
        return max(1, min(MAX_STEP_ROWS, int(STEP_BYTES / max(row_bytes, 1))))

    def _longest_values(self, group: int) -> dict[str, int] | None:
        """Return the length of each column's longest value in a dictionary, in bytes."""
        try:
            row = next(self._file.iter_batches(1, [group], self._columns, use_threads=False), None)
        except OSError as error:
            if "Not yet implemented" in str(error):
                return None
            raise
        if row is None:
            return {}
        return {name: max(map(_longest, _dictionaries(row[name])), default=0) for name in self._columns}

    def _vast(self, name: str) -> LandingFileError:
        return LandingFileError(
            f"{self._label}: column {name!r} holds values that unpack to more than can be held in memory. Leave it "
            "out, or write smaller row groups."
        )


def _belongs(path: str, column: str) -> bool:
    return path == column or path.startswith(f"{column}.")


def _dictionaries(values: pa.Array) -> Iterator[pa.Array]:
    """Find the dictionaries in a column, whatever it nests."""
    kind = values.type
    if types.is_dictionary(kind):
        yield values.dictionary
    elif isinstance(kind, pa.BaseExtensionType):
        yield from _dictionaries(values.storage)
    elif types.is_struct(kind):
        for at in range(kind.num_fields):
            yield from _dictionaries(values.field(at))
    elif types.is_map(kind):
        yield from _dictionaries(values.keys)
        yield from _dictionaries(values.items)
    elif types.is_nested(kind):
        yield from _dictionaries(values.values)


def _longest(dictionary: pa.Array) -> int:
    kind = dictionary.type
    if (
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
    ):
        return pc.max(pc.binary_length(dictionary)).as_py() or 0
    return 0
