"""The two published databases: one that identifies people, one that does not.

Contracts decide alone: `publish` names the files that a table enters, and each column's form for analysts
follows from its sensitivity. Both are new files, so no deleted byte of the working file travels along.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cdp_pipeline.contracts.table import AnalystForm, ColumnContract
from cdp_pipeline.engine import quote_identifier, quote_literal
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project.model import Model

READABLE_BY_OLDER_CLIENTS = "v1.5.0"
PSEUDONYM_LENGTH = 24


def write_databases(night: Night, models: Iterable[Model], folder: Path) -> dict[str, dict[str, int]]:
    """Write `identified.duckdb` and `analyst.duckdb`.

    Returns:
        For each file name the rows of each table in it.
    """
    published = [model for model in models if model.contract.publish]
    return {
        "identified.duckdb": _write(night, published, folder / "identified.duckdb", pseudonymise=False),
        "analyst.duckdb": _write(night, published, folder / "analyst.duckdb", pseudonymise=True),
    }


def _write(night: Night, models: list[Model], path: Path, *, pseudonymise: bool) -> dict[str, int]:
    engine, reader = night.engine, "analyst" if pseudonymise else "identified"
    engine.execute(
        f"attach {quote_literal(str(path))} as target (storage_version '{READABLE_BY_OLDER_CLIENTS}')"
    )
    rows: dict[str, int] = {}
    try:
        for model in models:
            if reader in model.contract.publish:
                rows[model.full_name] = _copy_table(night, model, pseudonymise=pseudonymise)
    finally:
        engine.execute("detach target")
    return rows


def _copy_table(night: Night, model: Model, *, pseudonymise: bool) -> int:
    """Copy one table with comments; for analysts each column in its declared form."""
    engine, target = night.engine, f"target.{model.full_name}"
    columns = [
        column
        for column in model.contract.columns
        if not pseudonymise or column.analyst_form is not AnalystForm.DROP
    ]
    select = ", ".join(_analyst_form(night, column) if pseudonymise else column.name for column in columns)
    engine.execute(f"create schema if not exists target.{model.stage}")
    engine.execute(f"create table {target} as select {select} from {model.full_name} order by all")
    engine.comment_on(
        target,
        f"{model.contract.description} Grain: {model.contract.grain}.",
        {column.name: column.description for column in columns},
    )
    return engine.row_count(target)


def _analyst_form(night: Night, column: ColumnContract) -> str:
    name = quote_identifier(column.name)
    match column.analyst_form:
        case AnalystForm.REKEY:
            key = quote_literal(night.project.pseudonym_key)
            return f"left(sha256({key} || {name}), {PSEUDONYM_LENGTH}) as {name}"
        case AnalystForm.YEAR:
            return f"cast(date_trunc('year', {name}) as date) as {name}"
        case AnalystForm.PREFIX_2:
            return f"left({name}, 2) as {name}"
        case _:
            return name
