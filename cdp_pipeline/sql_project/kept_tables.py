"""Tables that grow from night to night: made once, and given new columns when their contract gets some."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.contracts.table import TableContract
    from cdp_pipeline.engine import Engine


def keep_table(engine: Engine, table: str, contract: TableContract) -> None:
    """Create the table, empty, or give the one that is there its contract's columns; new ones are null in old rows."""
    engine.execute(f"create table if not exists {table} ({contract.column_definitions})")
    found = engine.describe(f"from {table}")
    if list(found) != contract.column_names:
        kept = [
            column.name if column.name in found else f"cast(null as {column.type}) as {column.name}"
            for column in contract.columns
        ]
        engine.replace_table(table, f"select {', '.join(kept)} from {table}")
