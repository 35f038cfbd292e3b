"""What linkage counts over all records at once: how frequent names are, which words are names, which lists accounts.

A night that links only what changed goes by the counts of the last full night: else one new record would change the
weight of every pair a little, and nothing could be left as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.engine import quote_identifier

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.engine import Engine

Statistics = dict[str, "pa.Table"]
"""Tables by name, as `read_statistics` returns them."""

STATISTICS = (
    "given_name_root",
    "family_word",
    "given_word",
    "common_mailbox",
    "account_list",
    "namesake",
    "account_size",
    "population",
)
FREQUENCIES = "frequency_of_"
"""Prefix of the tables of frequencies, one for each column of a node whose rare values weigh more."""


def create_unless_known(workspace: Engine, table: str, query: str) -> None:
    """Create a table of statistics, unless the workspace was opened with it."""
    if not workspace.table_exists(table):
        workspace.replace_table(table, query)


def known_tables(engine: Engine, schema: str) -> list[str]:
    """Return the names of the tables of statistics in a schema."""
    tables = engine.fetch_column(
        "select table_name from information_schema.tables where table_schema = ? order by 1", [schema]
    )
    return [table for table in tables if table in STATISTICS or table.startswith(FREQUENCIES)]


def read_statistics(engine: Engine, schema: str = "main") -> Statistics:
    """Return the statistics that a workspace, or a schema of the warehouse, holds."""
    return {
        table: engine.fetch_arrow(f"from {schema}.{quote_identifier(table)}")
        for table in known_tables(engine, schema)
    }


def write_statistics(engine: Engine, statistics: Statistics, schema: str = "main") -> None:
    """Write statistics into a workspace or a schema of the warehouse."""
    for table, rows in statistics.items():
        with engine.arrow_view(rows) as view:
            engine.replace_table(f"{schema}.{quote_identifier(table)}", f"from {view}")


def node_population(workspace: Engine) -> int:
    """Return how many nodes all records together made before the model joined any."""
    return int(workspace.fetch_value("select nodes from population"))
