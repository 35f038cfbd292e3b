"""Reading every row of a person from a database, with what it says of anybody else left out.

The same handles find a person's rows here as in erasure, so that what would be forgotten is what is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.privacy.forgetting import CUSTOMER_COLUMNS, condition_of, quoted, tables_of
from cdp_pipeline.privacy.handles import Handles, handles_in, values_of

Row = dict[str, Any]

SIDES = ("left_", "right_", "anchor_", "other_")
KEY = ("source_system", "record_kind", "source_record_id")


def personal_rows(engine: Engine, handles: Handles, tables: Collection[str]) -> dict[str, list[Row]]:
    """Return the rows that belong to the person of the handles, by table (`schema.table`), in a fixed order.

    Tables without rows of the person are left out. Of a pair of records or ids the side of somebody else is null.

    Args:
        tables: those to look into; what the database has besides is not read.
    """
    found: dict[str, list[Row]] = {}
    with handles_in(engine, handles):
        for table, columns in tables_of(engine).items():
            condition = condition_of(table, columns) if table in tables else ""
            if condition:
                query = f"select {_own_columns(columns)} from {quoted(table)} where {condition} order by all"
                rows = engine.fetch_arrow(query).to_pylist()
                found |= {table: rows} if rows else {}
    return found


def _own_columns(columns: Iterable[str]) -> str:
    """Select all columns; ids and record keys of anybody else are null."""
    names = list(columns)
    hidden = {name: f"{name} in {values_of('customer')}" for name in CUSTOMER_COLUMNS if name in names}
    for side in SIDES:
        key = [f"{side}{part}" for part in KEY]
        if set(key) <= set(names):
            is_own = f"({', '.join(key)}) in {values_of('record', 'source_system, name, value')}"
            hidden |= dict.fromkeys(key, is_own)
    return ", ".join(
        f"case when {hidden[name]} then {quote_identifier(name)} end as {quote_identifier(name)}"
        if name in hidden
        else quote_identifier(name)
        for name in names
    )
