"""A thin wrapper around one DuckDB connection.

Result sets are always fetched whole: a half-read result blocks the connection. Tables are replaced
inside transactions, so that a killed process leaves either the old table or the new one.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa

from cdp_pipeline.errors import CdpError, RetryableError

Parameters = Sequence[object]

UNSOUND_OPTIMIZER = "outer_join_simplification"
"""DuckDB 2.0.0 loses rows of a left join with it (duckdb#24540); a test shows the loss and its absence."""


class EngineError(CdpError):
    """A statement failed; the message says why without the values that it met."""


class EngineResourceError(EngineError, RetryableError):
    """The disk or the memory did not suffice for the moment, or DuckDB met an error of its own."""


@dataclass(frozen=True)
class EngineOptions:
    """Limits of one engine.

    Attributes:
        threads: worker threads; None leaves DuckDB's choice (all cores).
        memory_limit: such as `4GB`; None leaves DuckDB's choice (80 % of the machine).
        temp_directory: where operators spill; needed for data larger than the limit.
    """

    threads: int | None = None
    memory_limit: str | None = None
    temp_directory: Path | None = None


class Engine:
    """One connection to a DuckDB database, in a file or in memory."""

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection, private_spill: Path | None = None) -> None:
        self._connection = connection
        self._private_spill = private_spill
        self._views = 0

    @classmethod
    def open(
        cls, path: Path | None = None, options: EngineOptions | None = None, *, read_only: bool = False
    ) -> Engine:
        """Open (or create) a database file, or one in memory.

        Raises:
            CdpError: another process holds the file, or it is no DuckDB database.
        """
        options = options or EngineOptions()
        settings: dict[str, str | bool | int | float | list[str]] = {}
        if options.threads:
            settings["threads"] = options.threads
        if options.memory_limit:
            settings["memory_limit"] = options.memory_limit
        spill = options.temp_directory
        if path is None and spill is None:  # DuckDB would spill people's data into the current folder
            spill = Path(tempfile.mkdtemp(prefix="cdp_spill_"))
        if spill:
            settings["temp_directory"] = str(spill)
        try:
            connection = duckdb.connect(
                str(path) if path else ":memory:", read_only=read_only, config=settings
            )
        except duckdb.Error as error:
            raise CdpError(
                f"{path}: the database cannot be opened: {_first_line(error).removesuffix('.')}. {_remedy(path)}"
            ) from None
        connection.execute("set enable_progress_bar = false").fetchall()
        connection.execute("set TimeZone = 'UTC'").fetchall()
        connection.execute(f"set disabled_optimizers = '{UNSOUND_OPTIMIZER}'").fetchall()
        return cls(connection, private_spill=spill if spill != options.temp_directory else None)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection itself, for libraries that bring their own SQL (Splink)."""
        return self._connection

    def close(self) -> None:
        """Close the connection; the last one writes the checkpoint, so that no `.wal` is left."""
        self._connection.close()
        if self._private_spill:
            shutil.rmtree(self._private_spill, ignore_errors=True)

    def execute(self, sql: str, parameters: Parameters = ()) -> None:
        """Run a statement and discard its result."""
        self.fetch_all(sql, parameters)

    def fetch_all(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run a query and return all rows as tuples."""
        with _without_values():
            return self._connection.execute(sql, list(parameters)).fetchall()

    def fetch_value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Run a query that yields one row of one column and return the value."""
        [[value]] = self.fetch_all(sql, parameters)
        return value

    def fetch_column(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        """Run a query of one column and return its values."""
        return [value for (value,) in self.fetch_all(sql, parameters)]

    def fetch_arrow(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Run a query and return an Arrow table."""
        with _without_values():
            return cast("pa.Table", self._connection.sql(sql, params=list(parameters)).to_arrow_table())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside together, or nothing."""
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    @contextmanager
    def arrow_view(self, table: pa.Table | pa.RecordBatchReader) -> Iterator[str]:
        """Give an Arrow table a name that SQL can read while the context lasts."""
        self._views += 1
        name = f"arrow_view_{self._views}"
        self._connection.register(name, table)
        try:
            yield name
        finally:
            with suppress(duckdb.TransactionException):  # aborted: its rollback forgets the view
                self._connection.unregister(name)

    def describe(self, query: str) -> dict[str, str]:
        """Return name and DuckDB type of each column of a query or `from table`, without running it."""
        return {row[0]: row[1] for row in self.fetch_all(f"describe {query}")}

    def table_exists(self, table: str) -> bool:
        """Tell whether `schema.table` exists as a table or view."""
        schema, _, name = table.rpartition(".")
        found = self.fetch_value(
            "select count(*) from information_schema.tables where table_schema = ? and table_name = ?",
            [schema or "main", name],
        )
        return bool(found)

    def row_count(self, table: str) -> int:
        """Count the rows of a table."""
        return int(self.fetch_value(f"select count(*) from {table}"))

    def replace_table(self, table: str, query: str, parameters: Parameters = ()) -> None:
        """Build `schema.table` from a query; readers of a rerun see the old or the new one."""
        self.execute(f"create or replace table {table} as {query}", parameters)

    def write_csv(self, path: Path, query: str) -> int:
        """Write the rows of a query, in its order, as UTF-8 with a header; null and empty text are empty fields.

        Lines end in LF. The query's columns must be text.

        Returns:
            The number of rows.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        # comment '': else the writer quotes every value that begins with #, as order names do.
        return int(
            self.fetch_value(
                f"copy (select nullif(columns(*), '') from ({query}))"
                f" to {quote_literal(str(path))} (format csv, header true, delimiter ',', comment '')"
            )
        )

    def create_schemas(self, names: Sequence[str]) -> None:
        """Create the schemas that are not there yet."""
        for name in names:
            self.execute(f"create schema if not exists {quote_identifier(name)}")

    def comment_on(self, table: str, description: str, columns: dict[str, str]) -> None:
        """Store the meaning of a table and of its columns where a reader of the database finds it."""
        self.execute(f"comment on table {table} is {quote_literal(description)}")
        for name, text in columns.items():
            self.execute(f"comment on column {table}.{quote_identifier(name)} is {quote_literal(text)}")


def quote_identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """Quote a text constant for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _without_values() -> Iterator[None]:
    """Turn DuckDB's errors into ours; its messages quote values, and values are people's data."""
    try:
        yield
    except duckdb.Error as error:
        message = re.sub(r"'(?:[^']|'')*'", "'…'", _first_line(error))
        kind = (
            EngineResourceError
            if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException | duckdb.InternalException)
            else EngineError
        )
        raise kind(f"{message} (values are hidden)") from None


def _remedy(path: Path | None) -> str:
    if path is None or path.exists():
        return "Close whatever holds it, or restore the file."
    return "The file is not there: correct the path, or restore it."


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
