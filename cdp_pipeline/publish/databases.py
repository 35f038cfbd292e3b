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
from cdp_pipeline.stages import Stage

READABLE_BY_OLDER_CLIENTS = "v1.5.0"
PSEUDONYM_LENGTH = 24
RESTRICTION = "golden.processing_restriction"
PROFILING = "profiling"
"""Purpose for which traits and segments are made."""

IDENTIFIED, ANALYST = "identified.duckdb", "analyst.duckdb"


def write_databases(night: Night, models: Iterable[Model], folder: Path) -> dict[str, dict[str, int]]:
    """Write `identified.duckdb` and `analyst.duckdb`.

    Returns:
        For each file name the rows of each table in it.
    """
    published = [model for model in models if model.contract.publish]
    return {
        IDENTIFIED: _write(night, published, folder / IDENTIFIED, pseudonymise=False),
        ANALYST: _write(night, published, folder / ANALYST, pseudonymise=True),
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
    query = (
        _for_analysts(night, model, columns)
        if pseudonymise
        else f"select {', '.join(column.name for column in columns)} from {_shown(night, model, IDENTIFIED)}"
    )
    engine.execute(f"create schema if not exists target.{model.stage}")
    engine.execute(f"create table {target} as {query} order by all")
    engine.comment_on(
        target,
        f"{model.contract.description} Grain: {model.contract.grain}.",
        {column.name: _meaning(night, column, pseudonymise=pseudonymise) for column in columns},
    )
    return engine.row_count(target)


def _for_analysts(night: Night, model: Model, columns: list[ColumnContract]) -> str:
    """Return the query of a table as analysts get it.

    A value that narrows down to few people is left out where fewer than `publish.smallest_group` share it, each column
    by itself; so is a row that stands for fewer.
    """
    smallest, contract = night.project.settings.publish.smallest_group, model.contract
    select = ", ".join(
        _common_value(night, model, column)
        if column.is_hidden_where_rare and contract.person_column
        else f"{_analyst_form(night, column)} as {quote_identifier(column.name)}"
        for column in columns
    )
    groups = f" where {contract.counts_people} >= {smallest}" if contract.counts_people else ""
    return f"select {select} from {_shown(night, model, ANALYST)}{groups}"


def _shown(night: Night, model: Model, file: str) -> str:
    """Return the table without the rows of people who keep them from its readers.

    Traits and segments are a profile: those of who objected to profiling, or restricted all use, are in neither file.
    Who restricted all use is in no table of analysts that names customers.
    """
    if "customer_id" not in model.contract.column_names or not night.engine.table_exists(RESTRICTION):
        return model.full_name
    if model.stage is Stage.SEGMENT:
        whose = f"purpose is null or purpose = '{PROFILING}'"
    elif file == ANALYST:
        whose = "purpose is null"
    else:
        return model.full_name
    withheld = f"(select customer_id from {RESTRICTION} where {whose})"
    return f"(from {model.full_name} anti join {withheld} using (customer_id))"


def _common_value(night: Night, model: Model, column: ColumnContract) -> str:
    """Return a column's form where enough people share it, else null."""
    form, smallest = _analyst_form(night, column), night.project.settings.publish.smallest_group
    return (
        f"case when {form} in (select {form} from {model.full_name} group by all"
        f" having count(distinct {model.contract.person_column}) >= {smallest})"
        f" then {form} end as {quote_identifier(column.name)}"
    )


def _analyst_form(night: Night, column: ColumnContract) -> str:
    name = quote_identifier(column.name)
    match column.analyst_form:
        case AnalystForm.REKEY:
            key = quote_literal(night.project.pseudonym_key)
            return f"left(sha256({key} || {name}), {PSEUDONYM_LENGTH})"
        case AnalystForm.DECADE:
            return f"cast(date_trunc('decade', {name}) as date)"
        case AnalystForm.PREFIX_2:
            return f"left({name}, 2)"
        case _:
            return name


COARSENED = {
    AnalystForm.REKEY: "Another key than in identified.duckdb.",
    AnalystForm.DECADE: "Here the first day of its ten years.",
    AnalystForm.PREFIX_2: "Here the first two characters.",
}


def _meaning(night: Night, column: ColumnContract, *, pseudonymise: bool) -> str:
    """Say what a column holds, and for analysts what was taken from it."""
    if not pseudonymise:
        return column.description
    smallest = night.project.settings.publish.smallest_group
    rare = f"Null where fewer than {smallest} people share it." if column.is_hidden_where_rare else ""
    return " ".join(
        text for text in (column.description, COARSENED.get(column.analyst_form, ""), rare) if text
    )
