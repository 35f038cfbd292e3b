"""SQL that Python writes from the configuration, once it is known; from then on it is SQL like that of files."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from cdp_pipeline.errors import ModelError
from cdp_pipeline.sql_project.increment_plan import written_over_changes
from cdp_pipeline.sql_project.model import fingerprint_of
from cdp_pipeline.sql_project.proof import tables_read

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.sql_project.model import Model


def with_sql(model: Model, project: Project) -> Model:
    """Return a compiled model with its SQL, also that which brings it up to date; others as they are.

    Raises:
        ModelError: the SQL reads a table that the contract does not declare: nobody would see it change.
    """
    if model.compile is None:
        return model
    sql = model.compile(project, str)
    undeclared = sorted(tables_read(sql, model.origin) - set(model.upstream))
    if undeclared:
        raise ModelError(f"{model.origin}: reads {undeclared[0]} without declaring it. Add it to depends_on.")
    increment = model.increment
    if increment:
        key, inputs = increment.key, increment.inputs
        changes = model.compile(project, lambda table: written_over_changes(table, key, inputs))
        definition = fingerprint_of(increment.definition, sql)
        increment = dataclasses.replace(increment, sql=changes, definition=definition)
    return dataclasses.replace(model, sql=sql, increment=increment)
