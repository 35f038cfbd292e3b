"""Reading one table or query into one Parquet file of text columns, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import sqlalchemy as sa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.source import DatabaseExtract
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.database.connection import open_snapshot
from cdp_pipeline.extract.database.text_columns import text_column
from cdp_pipeline.extract.database.watermark import Value, Watermark, greatest, not_in_the_future
from cdp_pipeline.extract.readers.plain_text import POINT, mark_of

PARTITION_ROWS = 5_000  # 10,000 are no faster, and hold twice as much
MYSQL_TIMESTAMP = 7
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


@dataclass(frozen=True)
class Read:
    """What one read brought.

    Attributes:
        records: rows, as the database counted them and as they came.
        watermark: the greatest value that was read, or the one before where that was greater.
        sha256: of the Parquet file.
    """

    records: int
    watermark: Watermark | None
    sha256: str


def read_database(
    database: DatabaseExtract, layout: Layout, label: str, target: Path, *, after: Watermark | None, zone: str
) -> Read:
    """Read all rows, or those at or beyond the last watermark, into `target`; without rows it holds columns alone.

    When the watermark's column has come to hold another kind of value than before, everything is read again.

    The count of the same rows in the same transaction is what the rows that came are held to. Rows whose watermark
    is null come every time: nobody can tell whether they have changed.

    Args:
        layout: as the source writes it; numbers of its number columns are written with its decimal mark.
        label: names the read in messages.
        after: how far the last read came; none reads everything.
        zone: IANA zone of times without one.

    Raises:
        RetryableError: the server was not reached, or broke off.
        CdpError: anything else that keeps the rows from being read; nothing is left in `target`.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    unfinished = target.with_suffix(".unfinished")
    started_at = datetime.now(UTC)
    try:
        with open_snapshot(database, label) as connection:
            read, newest = _read_rows(connection, database, layout, label, unfinished, after)
            if after and newest is not None and not after.is_comparable(newest):
                after = None  # such as a column that gained a zone: nobody can tell what lies beyond the last value
                read, newest = _read_rows(connection, database, layout, label, unfinished, after)
        watermark = _advanced(after, newest, zone, started_at)
        unfinished.chmod(PRIVATE_FILE)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    with target.open("rb") as file:
        return Read(read, watermark, hashlib.file_digest(file, "sha256").hexdigest())


def _read_rows(
    connection: sa.Connection,
    database: DatabaseExtract,
    layout: Layout,
    label: str,
    target: Path,
    after: Watermark | None,
) -> tuple[int, Value | None]:
    """Write the rows to `target`; return how many came, and the greatest watermark among them.

    Raises:
        ConservationError: the database counts others than it gives.
    """
    relation, condition = _relation(database), _condition(database, after)
    counting = sa.select(sa.func.count()).select_from(relation)
    rows: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(relation)
    if condition is not None:
        counting, rows = counting.where(condition), rows.where(condition)
    counted = int(connection.execute(counting).scalar_one())
    read, newest = _stream(connection, rows, target, database, layout, label)
    if read != counted:
        raise ConservationError(
            f"{label}: the database counts {counted:,} rows and gave {read:,}. Nothing of it is loaded. Run again; "
            "if it stays so, look for a query whose result changes by itself."
        )
    return read, newest


def _relation(database: DatabaseExtract) -> sa.FromClause:
    """Name the table, quoted as the database needs it, or put the query in brackets."""
    if database.table:
        schema, _, name = database.table.rpartition(".")
        return sa.table(name, schema=schema or None)
    query = (database.query or "").strip().rstrip(";")
    query += "\n"  # it may end in a comment, which would take the closing bracket along
    return sa.text(query.replace(":", r"\:")).columns().subquery("extracted")


def _condition(database: DatabaseExtract, after: Watermark | None) -> sa.ColumnElement[bool] | None:
    if not database.watermark or not after:
        return None
    column: sa.ColumnClause[Any] = sa.column(database.watermark)
    value = after.less(timedelta(minutes=database.lookback_minutes))
    bound = (
        sa.literal(value, sa.DateTime(timezone=bool(value.tzinfo))) if isinstance(value, datetime) else value
    )
    return sa.or_(column >= bound, column.is_(None))


def _stream(
    connection: sa.Connection,
    rows: sa.Select[Any],
    target: Path,
    database: DatabaseExtract,
    layout: Layout,
    label: str,
) -> tuple[int, Value | None]:
    """Write partition after partition; return how many rows came, and the greatest watermark among them."""
    result = connection.execute(rows, execution_options={"stream_results": True, "yield_per": PARTITION_ROWS})
    names = _column_names(result, database, label)
    marks = _decimal_marks(layout)
    place = names.index(database.watermark) if database.watermark else None
    read, newest = 0, None
    schema = pa.schema([(name, pa.string()) for name in names])
    with pyarrow.parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for columns in _partitions(result, connection.dialect.name):
            texts = [
                text_column(values, name, label, marks.get(name, POINT))
                for name, values in zip(names, columns, strict=True)
            ]
            writer.write_table(pa.table(texts, schema=schema))
            read += len(columns[0])
            if place is not None:
                newest = greatest(names[place], label, columns[place], newest)
    return read, newest


def _decimal_marks(layout: Layout) -> dict[str, str]:
    return {
        header: mark_of(column, layout)
        for column in layout.columns.values()
        for header in (column.header, *column.aliases)
    }


def _partitions(result: sa.CursorResult[Any], dialect: str) -> Iterator[list[Sequence[Any]]]:
    """Turn rows into columns; of MySQL's times, say which are in UTC, as only the cursor knows."""
    kinds = [column[1] for column in result.cursor.description] if result.cursor else []
    is_mysql = dialect in {"mysql", "mariadb"}
    for rows in result.partitions():
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        yield [
            [value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in column]
            if is_mysql and kind == MYSQL_TIMESTAMP
            else column
            for column, kind in zip(columns, kinds, strict=True)
        ]


def _column_names(result: sa.CursorResult[Any], database: DatabaseExtract, label: str) -> list[str]:
    names = list(result.keys())
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LandingFileError(
            f"{label}: the query names these columns twice: {twice}. Give each a name of its own."
        )
    if database.watermark and database.watermark not in names:
        raise LandingFileError(
            f"{label}: there is no watermark column {database.watermark}; there are {', '.join(names)}. Correct the "
            "source."
        )
    return names


def _advanced(after: Watermark | None, newest: Value | None, zone: str, now: datetime) -> Watermark | None:
    """Return how far reading came: never behind the last time, never ahead of the clock."""
    if newest is None:
        return after
    newest = not_in_the_future(newest, zone, now)
    return Watermark.of(newest if after is None else max(after.value(), newest))
