"""Deleting every row of people from a database, told by columns that bear the names of handles.

What belongs here: rules that hold in any table of a working file or a published night, by the names of its columns.
Ledgers that must outlive a person, and what linkage keeps between nights, have rules of their own
(`privacy/ledgers.py`, `privacy/linkage_memory.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.privacy.handles import HANDLE_TABLE, Handles, handles_in, values_of

ForgetTable = Callable[[Engine, str], int]
"""Forgets the people of the temp table of handles in one table, and returns how many rows that touched."""

CUSTOMER_COLUMNS = ("customer_id", "other_customer_id", "old_customer_id", "anchor_customer_id")
SIDES = ("", "left_", "right_", "anchor_")

CONTACT = f"select name, value from {HANDLE_TABLE} where kind = 'contact'"
EXTERNAL_ID = f"select name, value from {HANDLE_TABLE} where kind = 'external_id'"
IDENTIFIER = f"""
    select name, value from {HANDLE_TABLE} where kind in ('contact', 'external_id')
    union all
    select 'cookie', value from {HANDLE_TABLE} where kind = 'cookie'
"""
LINE = f"select name, value::bigint from {HANDLE_TABLE} where kind = 'line'"

RULES: dict[tuple[str, ...], str] = {
    **{(column,): f"{column} in {values_of('customer')}" for column in CUSTOMER_COLUMNS},
    **{
        (f"{side}source_system", f"{side}record_kind", f"{side}source_record_id"): (
            f"({side}source_system, {side}record_kind, {side}source_record_id) in"
            f" {values_of('record', 'source_system, name, value')}"
        )
        for side in SIDES
    },
    ("contact_kind", "contact_value"): f"(contact_kind, contact_value) in ({CONTACT})",
    ("identifier_kind", "identifier_value"): f"(identifier_kind, identifier_value) in ({IDENTIFIER})",
    ("id_kind", "id_value"): f"(id_kind, id_value) in ({EXTERNAL_ID})",
    ("email",): f"('email', email) in ({CONTACT})",
    ("phone",): f"('phone', phone) in ({CONTACT})",
    **{
        ("source_system", f"{kind}_id"): (
            f"(source_system, {kind}_id) in {values_of(kind, 'source_system, value')}"
        )
        for kind in ("purchase", "interaction", "cookie")
    },
    ("file_id", "line"): f"(file_id, line) in ({LINE})",
}
"""Condition of the rows that belong to the people, by the columns that it needs."""

DELIVERED_TEXT = frozenset({"extract", "validate"})
"""Schemas of text as delivered: there a column `email` may be spelled in any way, so only file and line tell."""


def forget(
    engine: Engine, handles: Handles, *, own_rules: Mapping[str, ForgetTable] | None = None
) -> dict[str, int]:
    """Delete the rows of people from every table; returns the rows deleted by table, only where there were any.

    Must run inside a transaction. Views are left alone, they hold nothing.

    Args:
        own_rules: tables (`schema.table`) that are not simply deleted from, with the functions that forget there.
    """
    own_rules = own_rules or {}
    with handles_in(engine, handles):
        touched = {
            table: own_rules[table](engine, table)
            if table in own_rules
            else delete_where(engine, table, condition_of(table, columns))
            for table, columns in tables_of(engine).items()
        }
    return {table: rows for table, rows in touched.items() if rows}


def count_rows(engine: Engine, handles: Handles) -> dict[str, int]:
    """Count the rows that `forget` would delete by handles, by table, only where there are any."""
    with handles_in(engine, handles):
        counts = {}
        for table, columns in tables_of(engine).items():
            if condition := condition_of(table, columns):
                counts[table] = int(
                    engine.fetch_value(f"select count(*) from {quoted(table)} where {condition}")
                )
    return {table: rows for table, rows in counts.items() if rows}


def condition_of(table: str, columns: Iterable[str]) -> str:
    """Return the condition of the rows that belong to the people; empty where no column tells."""
    names = set(columns)
    delivered = table.partition(".")[0] in DELIVERED_TEXT
    fitting = [
        condition
        for needed, condition in RULES.items()
        if names.issuperset(needed) and (not delivered or needed == ("file_id", "line"))
    ]
    return " or ".join(f"coalesce({condition}, false)" for condition in fitting)


def delete_where(engine: Engine, table: str, condition: str) -> int:
    """Delete rows and return how many."""
    if not condition:
        return 0
    return int(engine.fetch_value(f"delete from {quoted(table)} where {condition}"))


def tables_of(engine: Engine) -> dict[str, list[str]]:
    """Return the tables of the database by full name, with their columns, in order; no views, no temp tables."""
    rows = engine.fetch_all(
        "select schema_name || '.' || table_name, list(column_name order by column_index)"
        " from duckdb_columns() semi join duckdb_tables() using (database_name, schema_name, table_name)"
        " where database_name = current_database() and not internal group by all order by 1"
    )
    return dict(rows)


def quoted(table: str) -> str:
    """Quote `schema.table`."""
    schema, _, name = table.partition(".")
    return f"{quote_identifier(schema)}.{quote_identifier(name)}"
