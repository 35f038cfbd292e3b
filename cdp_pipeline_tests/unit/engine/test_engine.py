"""The engine hides values from errors, rolls back whole, and lets one writer in."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from cdp_pipeline.contracts.settings import EngineSettings
from cdp_pipeline.engine import Engine, EngineError
from cdp_pipeline.engine.working_file import writer_lock
from cdp_pipeline.errors import CdpError, NightError


def test_errors_never_quote_values() -> None:
    with Engine.open() as engine, pytest.raises(EngineError) as error:
        engine.execute("select cast(secret as integer) from (values ('erika@example.com')) as t(secret)")
    assert "erika" not in str(error.value)
    assert "Could not convert" in str(error.value)


def test_a_failed_transaction_leaves_nothing_behind() -> None:
    with Engine.open() as engine:

        def create_and_fail() -> None:
            with engine.transaction():
                engine.execute("create table half as select 1 as a")
                engine.execute("select * from missing_table")

        with pytest.raises(EngineError):
            create_and_fail()
        assert not engine.table_exists("half")


def test_a_failure_inside_a_transaction_is_not_hidden_by_what_follows() -> None:
    def fail(engine: Engine) -> None:
        with engine.transaction(), engine.arrow_view(pa.table({"a": [1]})) as view:
            engine.execute(f"select missing_column from {view}")

    with Engine.open() as engine:
        with pytest.raises(EngineError, match="missing_column"):
            fail(engine)
        with engine.transaction(), engine.arrow_view(pa.table({"a": [1]})) as view:
            assert engine.fetch_value(f"select a from {view}") == 1


def test_an_arrow_view_is_gone_after_its_context() -> None:
    with Engine.open() as engine:
        with engine.arrow_view(pa.table({"a": [1, 2]})) as view:
            assert engine.fetch_value(f"select sum(a) from {view}") == 3
        assert not engine.table_exists(view)


def test_comments_are_stored_with_table_and_columns() -> None:
    with Engine.open() as engine:
        engine.execute("create table t as select 1 as a")
        engine.comment_on("t", "It's a table.", {"a": "A number."})
        assert (
            engine.fetch_value("select comment from duckdb_tables() where table_name = 't'")
            == "It's a table."
        )
        assert (
            engine.fetch_value("select comment from duckdb_columns() where table_name = 't'") == "A number."
        )


def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "work.duckdb"
    path.write_text("not a database" * 1000, encoding="utf-8")
    with pytest.raises(
        CdpError, match=r"cannot be opened: .+\. Close whatever holds it, or restore the file\."
    ):
        Engine.open(path)


def test_a_database_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(CdpError, match=r"database does not exist\. The file is not there: correct the path"):
        Engine.open(tmp_path / "gone.duckdb", read_only=True)


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with (
        writer_lock(tmp_path),
        pytest.raises(NightError, match=r"another night is running \(process \d+, since 20"),
        writer_lock(tmp_path),
    ):
        pass
    with writer_lock(tmp_path):
        pass  # free again


LEFT_JOIN_WITH_A_NULL_TEST = """
with stay as materialized (select 'a' as id, date '2026-05-02' as left_on)
select stay.id from stay left join (select 'a' as id) as today on stay.id = today.id
union all
select today.id from (select 'a' as id) as today
left join stay on today.id = stay.id and stay.left_on is null
where stay.id is null
"""


def test_a_left_join_keeps_rows_that_the_default_optimizer_loses() -> None:
    with Engine.open() as engine:
        assert engine.fetch_column(LEFT_JOIN_WITH_A_NULL_TEST) == ["a", "a"]
        engine.execute("set disabled_optimizers = ''")
        assert engine.fetch_column(LEFT_JOIN_WITH_A_NULL_TEST) == ["a"], "DuckDB is mended: drop the setting"


def test_an_engine_in_memory_spills_into_a_private_folder_that_goes_with_it() -> None:
    with Engine.open() as engine:
        spill = Path(engine.fetch_value("select current_setting('temp_directory')"))
        assert spill.is_dir()
        assert spill.stat().st_mode & 0o077 == 0
        assert not spill.is_relative_to(Path.cwd())
    assert not spill.exists()


def test_memory_limits_are_checked_by_the_contract() -> None:
    with pytest.raises(ValueError, match="memory_limit"):
        EngineSettings(memory_limit="much")
