"""Taking rows out of a Parquet file: they stay, without any value, so that all others keep their numbers.

Pages, dictionaries and statistics are written anew, so no value stays in them. Bloom filters and page indexes are
left out: nothing here reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from pyarrow import types

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.rewriting.records import Records


def write_parquet(source: Path, target: BinaryIO, _: Layout, records: Records, __: str) -> None:
    """Copy a Parquet file, row group by row group, with the rows' values set to null."""
    with pyarrow.parquet.ParquetFile(source, page_checksum_verification=True) as file:
        schema = _nullable(file.schema_arrow)
        first = 1
        with pyarrow.parquet.ParquetWriter(target, schema, **_as_written(file.metadata)) as writer:
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group, use_threads=False)
                is_kept = ~np.isin(np.arange(first, first + len(rows)), records)
                first += len(rows)
                writer.write_table(_without(rows, is_kept, schema), row_group_size=max(len(rows), 1))


def _without(rows: pa.Table, is_kept: np.ndarray, schema: pa.Schema) -> pa.Table:
    """Set rows to null; what only they held must not stay in a dictionary, so none is kept."""
    keep = pa.array(is_kept)
    columns = [
        _each_if(keep, _plain(column, field.type)) for column, field in zip(rows.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _each_if(keep: pa.Array, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take again only the kept values: a null of an array may keep its value in the buffer below."""
    positions = pc.if_else(keep, pa.array(np.arange(len(keep)), pa.int64()), pa.scalar(None, pa.int64()))
    return column.take(positions)


def _plain(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return column if column.type == kind else column.cast(kind)


def _nullable(schema: pa.Schema) -> pa.Schema:
    """Let every column be empty, and let none be held as a dictionary in memory; on disk they are all the same."""
    fields = [field.with_type(_without_dictionary(field.type)).with_nullable(True) for field in schema]  # noqa: FBT003 - pyarrow knows it by its place
    return pa.schema(fields, metadata=schema.metadata)


def _without_dictionary(kind: pa.DataType) -> pa.DataType:
    if types.is_dictionary(kind):
        return kind.value_type
    if types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_without_dictionary(kind.value_type)))
    if types.is_struct(kind):
        return pa.struct([field.with_type(_without_dictionary(field.type)) for field in kind.fields])
    return kind


def _as_written(metadata: pa.parquet.FileMetaData) -> dict[str, object]:
    """Return the writer's options that come nearest to how the file was written."""
    if not metadata.num_row_groups:
        return {}
    group = metadata.row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    packed = {column.path_in_schema: column.compression for column in columns}
    return {
        "compression": {path: "NONE" if kind == "UNCOMPRESSED" else kind for path, kind in packed.items()}
    }
