"""Dagster's event log on SQLite, with connections that stay open for the length of a night.

Dagster's own storage makes an engine and a connection for every statement, and the last one to close a database
in WAL mode folds its log away each time. A night stores some 1,400 events; that was a fifth of its CPU time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event


class NightEventLog(SqliteEventLogStorage):
    """The same databases, each over one connection."""

    def __init__(self, base_dir: str) -> None:
        super().__init__(base_dir)
        self._engines: dict[str, Engine] = {}
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._one_at_a_time, self._engine_of(shard).begin() as connection:
            yield connection

    def _engine_of(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _wait_for_no_disk)
            self._initdb(engine)
            self._engines[shard] = engine
        return self._engines[shard]

    def dispose(self) -> None:
        """Close the connections."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


class NightStorage(DagsterSqliteStorage):
    """Dagster's default storage, with the event log of this module."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = NightEventLog(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NightStorage:
        """Make the storage from `dagster.yaml`'s values."""
        return cls.from_local(inst_data=inst_data, **config_value)


def open_instance(home: Path) -> dg.DagsterInstance:
    """Open Dagster's instance for one night; a storage that the home's settings name stays as it is."""
    reference = InstanceRef.from_dir(str(home))
    storage = reference.storage_data
    if storage and storage.class_name == DagsterSqliteStorage.__name__:
        ours = ConfigurableClassData(__name__, NightStorage.__name__, storage.config_yaml)
        reference = reference._replace(storage_data=ours)
    return dg.DagsterInstance.from_ref(reference)


def _wait_for_no_disk(connection: Any, _record: object) -> None:
    """In WAL mode a power cut may cost the log its last events, and never harms it."""
    connection.execute("pragma synchronous = normal")
