"""Building one model: the table is replaced, or brought up to date, in one transaction and held to its contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow.csv

from cdp_pipeline.engine import Engine, EngineError
from cdp_pipeline.errors import ModelError
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project.compiled import with_sql
from cdp_pipeline.sql_project.increments import (
    STATE,
    build_changes,
    build_whole,
    check_keys,
    what_it_goes_by,
)
from cdp_pipeline.sql_project.model import Model

BUILT_TABLE = f"{STATE}.built_table"
_COLUMNS = "table_name varchar, fingerprint varchar, run_id varchar, goes_by varchar"
NOTED_BY_OLDER_VERSIONS = "main.built_table"
"""Where versions that always built tables whole noted what they built."""


def build_model(night: Night, model: Model) -> None:
    """Build the model's table, check columns and types against the contract, and store its comments.

    Raises:
        ModelError: the built table does not have the contract's columns, or rows of keys that its input has not.
        EngineError: a statement failed; the message names the table.
    """
    night.report_progress(model.stage, model.name)
    model = with_sql(model, night.project)
    night.engine.create_schemas([STATE])
    with _naming(model), night.engine.transaction():
        _prepare_notes(night)
        goes_by = what_it_goes_by(night.engine, model.increment) if model.increment else None
        _build(night, model, is_start=_is_start(night, model, goes_by))
        check_columns(night.engine.describe(f"from {model.full_name}"), model)
        if model.increment:
            check_keys(night.engine, model, model.increment)
        _store_comments(night, model)
        _note_built(night, model, goes_by)


@contextmanager
def _naming(model: Model) -> Iterator[None]:
    """Say whose statement failed: the engine knows the statement alone."""
    try:
        yield
    except EngineError as error:
        raise type(error)(f"{model.full_name} ({model.origin.name}): {error}") from None


def _build(night: Night, model: Model, *, is_start: bool) -> None:
    engine = night.engine
    if model.python:
        if model.contract.follows_from_key and not is_start:
            engine.execute(f"drop table if exists {model.full_name}")
        model.python(night)
    elif model.seed:
        _load_seed(night, model)
    elif model.is_view:
        engine.execute(f"create or replace view {model.full_name} as {model.sql}")
    elif model.increment:
        build = build_changes if is_start else build_whole
        build(engine, model, model.increment)
    else:
        engine.replace_table(model.full_name, str(model.sql))


@dataclass(frozen=True)
class BuiltTable:
    """Which definition of a model built its table, in which run, and what the rows follow from beside their input."""

    fingerprint: str
    run_id: str
    goes_by: str | None


def built_tables(engine: Engine) -> dict[str, BuiltTable]:
    """Return what the working file knows of its tables, by full name."""
    if not engine.table_exists(BUILT_TABLE):
        return {}
    rows = engine.fetch_all(f"select table_name, fingerprint, run_id, goes_by from {BUILT_TABLE}")
    return {name: BuiltTable(*facts) for name, *facts in rows}


def _is_start(night: Night, model: Model, goes_by: str | None) -> bool:
    """Tell whether the table as it stands is one to start from."""
    may_start = bool(model.increment) or model.contract.follows_from_key
    if not may_start or night.rebuilds_everything or not night.engine.table_exists(model.full_name):
        return False
    built = built_tables(night.engine).get(model.full_name)
    return built is not None and (built.fingerprint, built.goes_by) == (model.fingerprint, goes_by)


def _prepare_notes(night: Night) -> None:
    """Make the table of notes; empty, once in a run, where an older version has built tables since the last run."""
    engine = night.engine
    engine.execute(f"create table if not exists {BUILT_TABLE} ({_COLUMNS})")
    has_begun = engine.fetch_value(f"select count(*) from {BUILT_TABLE} where run_id = ?", [night.run_id])
    if not has_begun and engine.table_exists(NOTED_BY_OLDER_VERSIONS):
        engine.execute(f"drop table {NOTED_BY_OLDER_VERSIONS}")
        engine.execute(f"delete from {BUILT_TABLE}")


def _note_built(night: Night, model: Model, goes_by: str | None) -> None:
    engine = night.engine
    engine.execute(f"delete from {BUILT_TABLE} where table_name = ?", [model.full_name])
    engine.execute(
        f"insert into {BUILT_TABLE} values (?, ?, ?, ?)",
        [model.full_name, model.fingerprint, night.run_id, goes_by],
    )


def check_columns(actual: dict[str, str], model: Model) -> None:
    """Compare columns and types of a table with its contract.

    Raises:
        ModelError: names the first column that differs, and how.
    """
    expected = {column.name: column.type for column in model.contract.columns}
    if actual == expected and list(actual) == list(expected):
        return
    for name, type_ in expected.items():
        if name not in actual:
            raise ModelError(f"{model.origin}: {model.full_name} lacks column {name} of its contract.")
        if actual[name] != type_:
            raise ModelError(
                f"{model.origin}: {model.full_name}.{name} is {actual[name]}, its contract says {type_}."
            )
    extra = [name for name in actual if name not in expected]
    if extra:
        raise ModelError(f"{model.origin}: {model.full_name} has column {extra[0]} beyond its contract.")
    raise ModelError(f"{model.origin}: the columns of {model.full_name} stand in another order.")


def _load_seed(night: Night, model: Model) -> None:
    """Load a committed CSV; empty cells are null, types come from the contract."""
    options = pyarrow.csv.ConvertOptions(
        column_types={name: pyarrow.string() for name in model.contract.column_names},
        strings_can_be_null=True,
        null_values=[""],
    )
    rows = pyarrow.csv.read_csv(model.seed, convert_options=options)
    columns = ", ".join(f"cast({c.name} as {c.type}) as {c.name}" for c in model.contract.columns)
    with night.engine.arrow_view(rows) as view:
        night.engine.replace_table(model.full_name, f"select {columns} from {view}")


def _store_comments(night: Night, model: Model) -> None:
    if not model.is_view:
        text = f"{model.contract.description} Grain: {model.contract.grain}."
        comments = {column.name: column.description for column in model.contract.columns}
        night.engine.comment_on(model.full_name, text, comments)
