"""Rows on their way into the engine, a chunk at a time."""

from __future__ import annotations

import pyarrow as pa

from cdp_pipeline.engine import Engine


def append(engine: Engine, table: str, rows: pa.Table) -> None:
    """Add rows to a table, which the first ones make; they stay in their order."""
    with engine.arrow_view(rows) as view:
        if engine.table_exists(table):
            engine.execute(f"insert into {table} by name select * from {view}")
        else:
            engine.replace_table(table, f"select * from {view}")
