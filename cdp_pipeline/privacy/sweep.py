"""The last look: whether an address, a number or an id of an erased person still stands anywhere in a database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.privacy.forgetting import quoted
from cdp_pipeline.privacy.handles import CONTACT, COOKIE, IDENTITY, RECORD, Handles

SHORTEST_ID = 8
"""A shorter id, such as the number of an order, stands in many texts that mean something else."""

PER_PATTERN = 200
"""A pattern of more alternatives takes more memory than it saves scans."""


def find_remains(engine: Engine, handles: Handles) -> dict[str, int]:
    """Count the rows in which something of the people stands, by table and column, only where there are any.

    Searches every text in every table, also within lists and structures. Ledgers keep customer ids, which are
    therefore not looked for.
    """
    remains: dict[str, int] = {}
    patterns = list(_patterns(_needles(handles)))
    for table, column in _text_columns(engine):
        text = f"lower(cast({quote_identifier(column)} as varchar))"
        found = " or ".join(f"regexp_matches({text}, ${n + 1})" for n in range(len(patterns)))
        rows = patterns and engine.fetch_value(
            f"select count(*) from {quoted(table)} where {found}", patterns
        )
        if rows:
            remains[f"{table}.{column}"] = int(rows)
    return remains


def _needles(handles: Handles) -> list[str]:
    """Return what names a person by itself, in lower case."""
    values = {handle.value for kind in (CONTACT, COOKIE, RECORD) for handle in handles.of_kind(kind)}
    values |= {
        handle.value.rpartition("|")[2]
        for handle in handles.of_kind(IDENTITY)
        if handle.value.startswith(("email|", "sha256|"))
    }
    return sorted({value.lower() for value in values if len(value) >= SHORTEST_ID})


def _patterns(needles: Iterable[str]) -> Iterator[str]:
    """Yield regular expressions that match a needle where no word goes on before or behind it."""
    rest = iter(needles)
    while some := list(islice(rest, PER_PATTERN)):
        either = "|".join(re.escape(needle) for needle in some)
        yield f"(?:^|[^a-z0-9._%+-])(?:{either})(?:$|[^a-z0-9-])"


def _text_columns(engine: Engine) -> list[tuple[str, str]]:
    rows = engine.fetch_all(
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        " semi join duckdb_tables() using (database_name, schema_name, table_name)"
        " where database_name = current_database() and not internal and contains(data_type, 'VARCHAR')"
        " order by schema_name, table_name, column_index"
    )
    return [(table, column) for table, column in rows]
