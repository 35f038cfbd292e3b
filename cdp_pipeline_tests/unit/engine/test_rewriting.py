"""Rewriting a database file: nothing that was deleted remains in its bytes, everything else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.rewriting import ANEW_SUFFIX, rewrite_database
from cdp_pipeline.errors import CdpError

TOKEN = "anna-token-5d1f"


def database_with_a_deleted_row(path: Path) -> Path:
    with Engine.open(path) as engine:
        engine.execute("create schema golden")
        engine.execute("create table golden.person (name varchar, amount decimal(18,2), tags varchar[])")
        engine.execute("comment on table golden.person is 'People.'")
        engine.execute("comment on column golden.person.name is 'As delivered.'")
        engine.execute("create view golden.named as select name from golden.person")
        engine.execute("insert into golden.person select 'p' || n, n, ['t'] from range(5000) as r(n)")
        engine.execute("insert into golden.person values ($1, 1, [$1])", [TOKEN])
    with Engine.open(path) as engine:
        engine.execute("delete from golden.person where name = $1", [TOKEN])
        engine.execute("checkpoint")
    return path


def test_deleted_bytes_are_gone_and_the_rest_is_there(tmp_path: Path) -> None:
    path = database_with_a_deleted_row(tmp_path / "a.duckdb")
    assert TOKEN.encode() in path.read_bytes()  # else the test proves nothing
    path.chmod(0o600)
    rewrite_database(path)
    assert TOKEN.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["a.duckdb"]
    with Engine.open(path, read_only=True) as engine:
        assert engine.row_count("golden.named") == 5000
        assert engine.fetch_all("select comment from duckdb_tables()") == [("People.",)]
        described = "select comment from duckdb_columns() where table_name = 'person' order by column_index"
        assert engine.fetch_column(described) == ["As delivered.", None, None]


def test_older_clients_that_could_read_the_file_still_can(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with Engine.open() as engine:
        engine.execute(f"attach '{path}' as old (storage_version 'v1.5.0')")
        engine.execute("create table old.a as select 1 as n")
    rewrite_database(path)
    with Engine.open() as engine:
        engine.execute(f"attach '{path}' as anew (read_only)")
        [(tags,)] = engine.fetch_all("select tags from duckdb_databases() where database_name = 'anew'")
    assert tags["storage_version"] == "v1.5.0+"


def test_what_a_killed_rewriting_left_does_no_harm(tmp_path: Path) -> None:
    path = database_with_a_deleted_row(tmp_path / "a.duckdb")
    path.with_name(f"a.duckdb{ANEW_SUFFIX}").write_bytes(b"half a copy")
    path.with_name(f"a.duckdb{ANEW_SUFFIX}.wal").write_bytes(b"half a log")
    rewrite_database(path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.duckdb"]


def test_a_database_that_was_not_closed_is_refused(tmp_path: Path) -> None:
    path = database_with_a_deleted_row(tmp_path / "a.duckdb")
    path.with_name("a.duckdb.wal").write_bytes(b"")
    with pytest.raises(CdpError, match="was not closed"):
        rewrite_database(path)
