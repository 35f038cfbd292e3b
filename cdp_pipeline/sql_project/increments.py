"""Bringing a table up to date: only the rows of keys whose input changed are computed again.

The schema `build_state` of the working file keeps, for each such table, a number for what the input of every key
looked like when the table was last built. Keys stand there as hashes: two keys with one hash are brought up to date
together, which costs a row and changes nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cdp_pipeline.engine import EngineError
from cdp_pipeline.errors import ModelError

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.sql_project.model import Increment, Model

STATE = "build_state"
WORTHWHILE_SHARE = 0.2
"""Above this share of changed keys, replacing the table costs less than deleting and inserting."""


def rows_of_changed_keys(table: str, key: tuple[str, ...]) -> str:
    """Return what stands in the SQL for a table of which only the rows of temp table `changed_key` count."""
    return f"(select * from {table} where hash({', '.join(key)}) in (select key_hash from changed_key))"


def build_whole(engine: Engine, model: Model, increment: Increment) -> None:
    """Build the table from all rows, and keep what the input of every key looks like.

    Raises:
        ModelError: a later night could not bring the table up to date.
    """
    engine.replace_table(model.full_name, str(model.sql))
    _check_that_changes_can_be_built(engine, model, increment)
    engine.replace_table(_state_of(model), _input_keys(increment))


def build_changes(engine: Engine, model: Model, increment: Increment) -> None:
    """Replace the rows of keys whose input changed.

    Must run inside the transaction of the table's rebuild.
    """
    engine.execute(f"create or replace temp table input_key as {_input_keys(increment)}")
    _replace_changed_rows(engine, model, increment)
    engine.replace_table(_state_of(model), "from input_key")
    engine.execute("drop table temp.input_key")


def forget_absent_keys(engine: Engine, model: Model, increment: Increment) -> int:
    """Forget what the input of keys looked like that it no longer has; returns how many.

    For rows that were deleted from the input and from the table alike: the next night finds nothing changed.
    """
    state = _state_of(model)
    if not engine.table_exists(state):
        return 0
    key = ", ".join(increment.key)
    there = " union ".join(f"select hash({key}) from {table}" for table in increment.inputs)
    return int(engine.fetch_value(f"delete from {state} where key_hash not in ({there})"))


def check_keys(engine: Engine, model: Model, increment: Increment) -> None:
    """Check that every row of the table has a key of its input: rows of other keys would stay for ever.

    Raises:
        ModelError: the SQL changes the key, or makes rows of its own.
    """
    key = ", ".join(increment.key)
    strange = engine.fetch_value(
        f"select count(*) from (select hash({key}) as key_hash from {model.full_name})"
        f" anti join {_state_of(model)} using (key_hash)"
    )
    if strange:
        raise ModelError(
            f"{model.origin}: {strange} rows of {model.full_name} have a key ({key}) that no row of its input has."
            f" Select {key} as the input has it, or take incremental_by out of the contract."
        )


def what_it_goes_by(engine: Engine, increment: Increment) -> str:
    """Return a SHA-256 of everything that rows follow from beside the values of their input.

    The engine's version counts, since its functions change, and the columns' names, since hashes don't know them.
    """
    columns = [engine.describe(f"from {table}") for table in (*increment.inputs, *increment.lookups)]
    contents = [
        f"(select hash(count(*), sum(hash(*columns(*)))) from {table})" for table in increment.lookups
    ]
    lookups = engine.fetch_value(f"select hash({', '.join(contents)})") if contents else 0
    version = engine.fetch_value("select version()")
    return hashlib.sha256(f"{increment.definition} {version} {columns} {lookups}".encode()).hexdigest()


def _check_that_changes_can_be_built(engine: Engine, model: Model, increment: Increment) -> None:
    engine.execute("create or replace temp table changed_key as select hash(0) as key_hash limit 0")
    try:
        engine.describe(increment.sql)
    except EngineError as error:
        raise ModelError(
            f"{model.origin}: {model.full_name} can be built whole, but not brought up to date: {error}. Read"
            " each table under a name, such as `delivered as (select * from {{ ref('delivered') }})`, or take"
            " incremental_by out of the contract."
        ) from error
    engine.execute("drop table temp.changed_key")


def _replace_changed_rows(engine: Engine, model: Model, increment: Increment) -> None:
    engine.execute(
        f"""
        create or replace temp table changed_key as
        select key_hash
        from {_state_of(model)} as before full join input_key as now using (key_hash)
        where before.fingerprint is distinct from now.fingerprint
        """
    )
    changed = engine.row_count("changed_key")
    if changed > WORTHWHILE_SHARE * engine.row_count("input_key"):
        engine.replace_table(model.full_name, str(model.sql))
    elif changed:
        key = ", ".join(increment.key)
        engine.execute(
            f"delete from {model.full_name} where hash({key}) in (select key_hash from changed_key)"
        )
        engine.execute(f"insert into {model.full_name} {increment.sql}")
    engine.execute("drop table temp.changed_key")


def _state_of(model: Model) -> str:
    return f"{STATE}.{model.full_name.replace('.', '__')}"


def _input_keys(increment: Increment) -> str:
    """Return a query of every key's hash and a number for its input.

    By the engine's own hash, which another version of the engine may compute differently. Summed, not xored: rows that
    stand there twice would cancel out.
    """
    key, ranking = ", ".join(increment.key), ", ".join(increment.ranking_columns)
    lone = f"hash({{position}}, *columns(* exclude ({ranking})))" if ranking else "part"
    rows = " union all ".join(
        f"select hash({key}) as key_hash, hash({position}, *columns(*)) as part,"
        f" {lone.format(position=position)} as lone from {table}"
        for position, table in enumerate(increment.inputs)
    )
    return f"""
        select key_hash, hash(case when count(*) = 1 then sum(lone) else sum(part) end) as fingerprint
        from ({rows}) group by key_hash
    """
