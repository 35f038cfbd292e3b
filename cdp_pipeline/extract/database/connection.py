"""One read-only transaction that sees the database at one moment."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cdp_pipeline.contracts.source import DatabaseExtract
from cdp_pipeline.errors import ConfigError, RetryableError
from cdp_pipeline.extract.database.failure import in_words
from cdp_pipeline.extract.database.text_columns import compact_json

CONNECT_SECONDS = 15
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql",
           "mariadb": "mariadb+pymysql"}  # fmt: skip


@contextmanager
def open_snapshot(database: DatabaseExtract, label: str) -> Iterator[sa.Connection]:
    """Open a read-only transaction in which every statement sees the same rows.

    Raises:
        ConfigError: the environment variable is not set, or holds no URL of a database that can be read.
        RetryableError: the server cannot be reached.
    """
    url = _url(database, label)
    with in_words(database, label):
        engine = _engine(url, database, label)
        try:
            with engine.connect() as connection:
                yield _begin(connection, database)
        finally:
            engine.dispose()


def _url(database: DatabaseExtract, label: str) -> sa.URL:
    text = os.environ.get(database.url_env, "")
    if not text:
        raise ConfigError(
            f"{label}: environment variable {database.url_env} is not set. It must hold the database's URL, such as "
            "postgresql://user:password@host/name."
        )
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigError(
            f"{label}: {database.url_env} holds no URL of a database. Write it like "
            "postgresql://user:password@host/name."
        ) from None
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() not in {"postgresql", "mysql", "mariadb", "sqlite"}:
        raise ConfigError(
            f"{label}: {database.url_env} names a kind of database that is not read. Use postgresql, mysql or sqlite."
        )
    return url


def _engine(url: sa.URL, database: DatabaseExtract, label: str) -> sa.Engine:
    settings: dict[str, Any] = {"poolclass": sa.NullPool, "hide_parameters": True}
    backend = url.get_backend_name()
    if backend == "sqlite":
        path = Path(url.database or "").resolve()
        if not path.is_file():  # SQLite would make a new one
            raise RetryableError(
                f"{label}: the SQLite file that {database.url_env} names is not there. Correct its path."
            )
        return sa.create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True), **settings
        )
    if backend == "postgresql":
        settings["json_deserializer"] = compact_json
    return sa.create_engine(url, connect_args={"connect_timeout": CONNECT_SECONDS}, **settings)


def _begin(connection: sa.Connection, database: DatabaseExtract) -> sa.Connection:
    """Begin the transaction, with UTC as its zone and a limit to each statement."""
    seconds = database.timeout_minutes * 60
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.execute(
            sa.text(
                "select set_config('TimeZone', 'UTC', true), set_config('statement_timeout', :limit, true)"
            ),
            {"limit": f"{seconds}s"},
        )
    elif connection.dialect.name in {"mysql", "mariadb"}:
        is_mariadb = getattr(connection.dialect, "is_mariadb", False)
        limit = f"max_statement_time = {seconds}" if is_mariadb else f"max_execution_time = {seconds * 1000}"
        for statement in (
            f"set session {limit}",
            "set session time_zone = '+00:00'",
            "set session transaction isolation level repeatable read",
            "start transaction with consistent snapshot, read only",
        ):
            connection.exec_driver_sql(statement)
    else:
        connection.exec_driver_sql("begin")
    return connection
