"""The rows under validation, as SQL: relation, columns and record key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from cdp_pipeline.engine import Engine, quote_identifier


@dataclass(frozen=True)
class TableBatch:
    """One table or view, perhaps restricted to some rows; Great Expectations' batch data.

    Attributes:
        relation: what stands behind `from`.
        columns: name and DuckDB type, in order.
        key_columns: names that identify a row in reports of failing rows.
    """

    engine: Engine
    relation: str
    columns: Mapping[str, str]
    key_columns: Sequence[str]

    @classmethod
    def of(cls, engine: Engine, table: str, key_columns: Sequence[str], where: str | None) -> TableBatch:
        """Describe a table without reading it."""
        relation = f"(select * from {table} where {where})" if where else table
        return cls(engine, relation, engine.describe(f"from {relation}"), tuple(key_columns))

    def is_double(self, column: str) -> bool:
        """Tell whether a column holds binary floating point numbers."""
        return self.columns[column] == "DOUBLE"

    def column_sql(self, column: str) -> str:
        """Return a column's expression in which missing means null."""
        name = quote_identifier(column)
        # NaN counts as missing in pandas, and so in every expectation; in DuckDB it is the greatest number.
        return f"nullif({name}, 'nan'::double)" if self.is_double(column) else name

    @property
    def key_sql(self) -> str:
        """Return the key columns as a select list."""
        return ", ".join(quote_identifier(name) for name in self.key_columns)

    def empty_keys(self) -> pa.Table:
        """Return a table of the key columns without rows."""
        if not self.key_columns:
            return pa.table({})
        return self.engine.fetch_arrow(f"select {self.key_sql} from {self.relation} limit 0")
