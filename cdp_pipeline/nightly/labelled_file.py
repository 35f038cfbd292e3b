"""Files of people's own that say who is who: the truth, and clusters made elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.inspection.dialect import detect_dialect
from cdp_pipeline.extract.readers import FileKind, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEY = ("source_system", "record_kind", "source_record_id")
TRUTH_COLUMNS = (*KEY, "person_id", "is_junk", "troubles")


def read_truth(path: Path) -> pa.Table:
    """Read who each record is: source_record_id and person_id, where given the rest of the key, is_junk, troubles.

    Returns:
        All columns of TRUTH_COLUMNS as text, null where the file has none or an empty field, and `row`, from 1.

    Raises:
        LandingFileError: the file cannot be read, or lacks a column.
    """
    table = _read_text(path, TRUTH_COLUMNS, needed=("source_record_id", "person_id"))
    return table.append_column("row", _numbers(table, first=1))


def read_clusters(path: Path) -> pa.Table:
    """Read clusters as `cdp link INPUT OUTPUT` writes them.

    Returns:
        record (a number), those columns of the record key that the file has, cluster.

    Raises:
        LandingFileError: the file cannot be read, or lacks a column.
    """
    table = _read_text(path, (*KEY, "cluster_id"), needed=("source_record_id", "cluster_id"))
    filled = [name for name in KEY if table.column(name).null_count == 0]
    named = table.select([*filled, "cluster_id"]).rename_columns([*filled, "cluster"])
    return named.append_column("record", _numbers(table, first=0))


def _numbers(table: pa.Table, first: int) -> pa.Array:
    return pa.array(range(first, first + table.num_rows), pa.int64())


def _read_text(path: Path, columns: Sequence[str], needed: Sequence[str]) -> pa.Table:
    """Read the columns as text; those that the file lacks are null."""
    if not path.is_file():
        what = "is a folder; name a file in it" if path.is_dir() else "the file does not exist"
        raise LandingFileError(f"{path}: {what}.")
    try:
        table = _table(path, columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise LandingFileError(
            f"{path}: cannot be read ({type(error).__name__}): a row has more or fewer fields than the header, a quote "
            "stays open, or the file is damaged. Correct it, or save it again."
        ) from None
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise LandingFileError(
            f"{path}: has no column {' and no column '.join(missing)}. Needed are {' and '.join(needed)}, as CSV or "
            "Parquet."
        )
    if not table.num_rows:
        raise LandingFileError(f"{path}: holds no record under its header. Give one row per record.")
    empty = pa.nulls(table.num_rows, pa.string())
    return pa.table({name: table[name] if name in table.column_names else empty for name in columns})


def _table(path: Path, columns: Sequence[str]) -> pa.Table:
    if not path.stat().st_size:
        raise LandingFileError(
            f"{path}: is empty: not even a header. Give one row per record, below the headers."
        )
    kind = kind_of(path, str(path))
    if kind not in {FileKind.DELIMITED, FileKind.PARQUET}:
        what = "an XLSX workbook" if kind is FileKind.WORKBOOK else "JSON Lines"
        raise LandingFileError(f"{path}: is {what}, not CSV or Parquet. Save it as one of them.")
    return _parquet(path, columns) if kind is FileKind.PARQUET else _csv(path, columns)


def _parquet(path: Path, columns: Sequence[str]) -> pa.Table:
    present = pa.parquet.read_schema(path).names
    table = pa.parquet.read_table(path, columns=[name for name in columns if name in present])
    return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))


def _csv(path: Path, columns: Sequence[str]) -> pa.Table:
    """Read by whatever separator and encoding the file has."""
    dialect = detect_dialect(path, columns)
    read = pa.csv.ReadOptions(encoding=dialect.encoding)
    parse = pa.csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True)
    with pa.csv.open_csv(path, read_options=read, parse_options=parse) as reader:
        present = [name for name in columns if name in reader.schema.names]
    convert = pa.csv.ConvertOptions(
        include_columns=present,
        column_types={name: pa.string() for name in present},
        strings_can_be_null=True,
        null_values=[""],
    )
    return pa.csv.read_csv(path, read_options=read, parse_options=parse, convert_options=convert)
