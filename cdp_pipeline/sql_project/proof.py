"""Proof by sqlglot that a model reads exactly what it declared, and only what comes before it."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from cdp_pipeline.errors import ModelError
from cdp_pipeline.stages import Stage


def prove_dependencies(sql: str, declared: list[str], stage: Stage, origin: Path) -> None:
    """Check a rendered model against its declarations.

    Raises:
        ModelError: no single query; a table is read without ref() or source(), or declared and not
            read; a table of a later stage is read.
    """
    read = tables_read(sql, origin)
    undeclared = sorted(read - set(declared))
    if undeclared:
        nearest = difflib.get_close_matches(undeclared[0], declared, n=1)
        hint = f" (declared: {nearest[0]})" if nearest else ""
        raise ModelError(
            f"{origin}: reads {undeclared[0]} without declaring it{hint}. Use ref() for models and "
            "source() for layouts."
        )
    unused = sorted(set(declared) - read)
    if unused:
        raise ModelError(f"{origin}: declares {unused[0]} but does not read it. Remove the reference.")
    for table in declared:
        upstream = Stage(table.partition(".")[0])
        if upstream.is_after(stage):
            raise ModelError(f"{origin}: a {stage} model reads {table} of the later stage {upstream}.")


def tables_read(sql: str, origin: Path) -> set[str]:
    """Return full names of the tables that a query reads, common table expressions left out.

    Raises:
        ModelError: the text is no single query.
    """
    return set(_tables_read(sql, origin))


@cache  # parsing all models takes seconds, and a process may load the graph more than once
def _tables_read(sql: str, origin: Path) -> frozenset[str]:
    query = parse_query(sql, origin)
    local = {cte.alias for cte in query.find_all(exp.CTE)}
    tables = {table.sql(dialect="duckdb", comments=False) for table in _bare_tables(query)}
    return frozenset(table for table in tables if table not in local)


def parse_query(sql: str, origin: Path) -> exp.Query:
    """Parse the one query of a model.

    Raises:
        ModelError: it does not parse, or is something else than one query.
    """
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        raise ModelError(f"{origin}: not valid SQL: {str(error).splitlines()[0]}") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ModelError(f"{origin}: a model is one query (select … or with … select …), nothing else.")
    return statements[0]


def _bare_tables(query: exp.Query) -> list[exp.Table]:
    """Return the tables of a query without their aliases."""
    tables = [table.copy() for table in query.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    for table in tables:
        table.set("alias", None)
        table.set("joins", None)
        table.set("laterals", None)
    return tables
