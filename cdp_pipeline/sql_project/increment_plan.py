"""What can be brought up to date, and by what: worked out when the models are loaded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.sql_project.increments import rows_of_changed_keys
from cdp_pipeline.sql_project.model import Increment, Model, WrittenAs, fingerprint_of
from cdp_pipeline.sql_project.rendering import Catalogue


def plan_increment(
    contract: TableContract, declared: list[str], catalogue: Catalogue, write: Callable[[WrittenAs], str]
) -> Increment | None:
    """Write a model a second time, over the rows of changed keys; None where it is always built whole.

    Args:
        declared: full names of what the model reads.
        write: writes its SQL.
    """
    key = tuple(contract.incremental_by)
    if not key:
        return None
    contracts = {f"{catalogue.stage_of[name]}.{name}": known for name, known in catalogue.contracts.items()}
    inputs = tuple(
        table
        for table in declared
        if table in contracts and _types(key, contracts[table]) == _types(key, contract)
    )
    if not inputs:  # no source of the project delivers any
        return None
    sql = write(lambda table: written_over_changes(table, key, inputs))
    lookups = tuple(
        table
        for table in declared
        if table not in inputs and not (table in contracts and contracts[table].follows_from_key)
    )
    return Increment(key, tuple(contract.ranking_columns), sql, inputs, lookups, definition="")


def written_over_changes(table: str, key: tuple[str, ...], inputs: tuple[str, ...]) -> str:
    """Return what stands for a table in SQL that brings another up to date."""
    return rows_of_changed_keys(table, key) if table in inputs else table


def _types(key: tuple[str, ...], contract: TableContract) -> list[str | None]:
    """Types of the key's columns in a table, by which their hashes agree; None for those that it lacks."""
    types = {column.name: column.type for column in contract.columns}
    return [types.get(name) for name in key]


def with_definitions(models: tuple[Model, ...]) -> tuple[Model, ...]:
    """Complete the increments: by all models it is known what a row follows from."""
    by_name = {model.full_name: model for model in models}

    def complete(model: Model) -> Model:
        if model.increment is None:
            return model
        increment = dataclasses.replace(model.increment, definition=_definition(model, by_name))
        return dataclasses.replace(model, increment=increment)

    return tuple(complete(model) for model in models)


def _definition(model: Model, by_name: dict[str, Model]) -> str:
    """Fingerprint what a row follows from beside its input: SQL, views, seeds, tables that follow from their key."""
    upstream = [by_name[table] for table in model.upstream]
    fixed = [other for other in upstream if other.is_view or other.seed or other.contract.follows_from_key]
    return fingerprint_of(model.fingerprint, *(_definition(other, by_name) for other in fixed))
