"""Column lineage: from which columns of which stored tables a column's values come, proven by sqlglot.

Only values count: what filters, joins or orders rows is no lineage. Views are seen through, so that every
end of a line is a table that can be looked at. Seeds and tables built by Python have none.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage
from sqlglot.schema import MappingSchema

from cdp_pipeline.errors import ModelError
from cdp_pipeline.sql_project.graph import ModelGraph
from cdp_pipeline.sql_project.model import Model, fingerprint_of

FORM = "1"
"""Goes into `lineage_fingerprint`: a change of this module's results changes it."""


class ColumnSource(NamedTuple):
    """A column that values come from."""

    table: str
    column: str


TableLineage = dict[str, list[ColumnSource]]
"""For each column of a table, in its order, the columns that its values come from, sorted."""


def column_lineage(graph: ModelGraph, table: Model) -> TableLineage:
    """Trace every column of a table to the stored tables that it reads.

    Costs 5 to 40 ms a table: keep the result under `lineage_fingerprint`.

    Raises:
        ModelError: sqlglot cannot resolve a column.
    """
    through_views: dict[str, TableLineage] = {}
    for model in [*graph.views_of(table), table]:
        direct = _direct_lineage(graph, model)
        through_views[model.full_name] = {
            column: sorted({end for source in sources for end in _ends(source, through_views)})
            for column, sources in direct.items()
        }
    return through_views[table.full_name]


def lineage_fingerprint(graph: ModelGraph, table: Model) -> str:
    """Name everything that a table's lineage depends on: its SQL, its views', and the columns they find."""
    readers = [*graph.views_of(table), table]
    found = sorted({name for reader in readers for name in reader.upstream})
    columns = [f"{name}({','.join(graph[name].contract.column_names)})" for name in found]
    return fingerprint_of(FORM, version("sqlglot"), *(reader.fingerprint for reader in readers), *columns)


def _ends(source: ColumnSource, through_views: dict[str, TableLineage]) -> list[ColumnSource]:
    """Replace a view's column by what the view takes it from."""
    return through_views[source.table][source.column] if source.table in through_views else [source]


def _direct_lineage(graph: ModelGraph, model: Model) -> TableLineage:
    """Trace the columns of one model to the tables and views that its own SQL names."""
    if not model.sql:
        return {}
    schema = MappingSchema(dialect="duckdb")
    for name in model.upstream:
        types = {column.name: column.type for column in graph[name].contract.columns}
        schema.add_table(name, types, dialect="duckdb")
    try:
        roots = lineage(None, model.sql, schema, dialect="duckdb", trim_selects=False)
        return {name: _sources(roots[name], model) for name in model.contract.column_names}
    except (sqlglot.errors.SqlglotError, KeyError) as error:
        raise ModelError(f"{model.origin}: the lineage of a column cannot be told: {error}.") from None


def _sources(root: Node, model: Model) -> list[ColumnSource]:
    """Collect the ends of a column's lines; constants have none."""
    ends = [node for node in root.walk() if isinstance(node.expression, exp.Placeholder | exp.Table)]
    found = set()
    for end in ends:
        if not isinstance(end.expression, exp.Table):
            raise ModelError(f"{model.origin}: {end.name} is a column of no table that sqlglot can find.")
        found.add(ColumnSource(f"{end.expression.db}.{end.expression.name}", exp.to_column(end.name).name))
    return sorted(found)
