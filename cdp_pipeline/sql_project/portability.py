"""Portable SQL: models are DuckDB SQL within the part that sqlglot carries to Spark.

A function that exists in one engine only, or means something else in the other, stands behind a macro
with one definition per engine (`dbt_like_sql/macros/{duckdb,spark}`). So a model rendered with Spark's
macros must hold nothing but functions that are known to be portable, and those that Spark's macros use.

Transpiling is no parity: it proves that Spark has such a function, not that it returns the same. Silent
differences that are known (an unordered list, a replacement of the first match only) are refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from cdp_pipeline.errors import ModelError
from cdp_pipeline.sql_project.model import Model
from cdp_pipeline.sql_project.proof import parse_query
from cdp_pipeline.sql_project.rendering import MACRO_FOLDER, macro_files, read_macros

ENGINES = ("duckdb", "spark")

# Names as sqlglot gives them; run on both engines with equal results before adding one.
PORTABLE_FUNCTIONS = frozenset(
    {"abs", "and", "array_sort", "array_to_string", "case", "cast", "coalesce", "count", "datediff", "exists"}
    | {"if", "left", "length", "lower", "max", "min", "nullif", "octet_length", "or", "regexp_extract"}
    | {"regexp_like", "regexp_replace", "replace", "right", "row_number", "sha2", "split_part", "substring"}
    | {"sum", "trim", "try_cast", "upper"}
)
# What Spark's own macros use; DuckDB has them not, or with another meaning.
SPARK_MACRO_FUNCTIONS = frozenset(
    {
        "explode",
        "get_json_object",
        "regexp_extract_all",
        "sequence",
        "split",
        "to_utc_timestamp",
        "transform",
        "translate",
    }
)


def check_portable(models: Iterable[Model]) -> int:
    """Check models that were rendered for Spark (`load_models(…, dialect="spark")`).

    Returns:
        How many SQL models were checked.

    Raises:
        ModelError: the first model that uses what Spark has not, or what means something else there.
    """
    checked = 0
    for model in models:
        if model.sql is not None:
            to_spark(model.sql, model.origin)
            checked += 1
    return checked


def to_spark(sql: str, origin: Path) -> str:
    """Translate a query, rendered with Spark's macros, to Spark SQL.

    Raises:
        ModelError: a function or construct is not portable.
    """
    query = parse_query(sql, origin)
    for name, node in _functions(query):
        if name not in PORTABLE_FUNCTIONS | SPARK_MACRO_FUNCTIONS:
            spelling = node.sql(dialect="duckdb").partition("(")[0].lower()
            raise ModelError(
                f"{origin}: {spelling} is not known to be portable. Put it behind a macro with one definition "
                "in macros/duckdb and one in macros/spark, or prove it on both engines and list "
                f"{name!r} in sql_project/portability.py."
            )
    for fault in _silent_differences(query):
        raise ModelError(f"{origin}: {fault}")
    try:
        return query.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except SqlglotError as error:
        raise ModelError(f"{origin}: cannot be written for Spark: {str(error).splitlines()[0]}") from None


def _functions(query: exp.Query) -> Iterator[tuple[str, exp.Func]]:
    """Yield every function in a query with sqlglot's name of it."""
    for node in query.find_all(exp.Func):
        yield (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower(), node


def _silent_differences(query: exp.Query) -> Iterator[str]:
    for node in query.walk():
        for is_used, fault in _PITFALLS:
            if is_used(node):
                yield fault


def _is_first_match_only(node: exp.Expr) -> bool:
    return isinstance(node, exp.RegexpReplace) and "g" not in node.text("modifiers")


def _is_ordered_list(node: exp.Expr) -> bool:
    return isinstance(node, exp.ArrayAgg) and isinstance(node.this, exp.Order)


def _is_difference_of_months(node: exp.Expr) -> bool:
    return isinstance(node, exp.DateDiff) and node.text("unit").upper() not in {"", "DAY"}


def _is_star_with_changes(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) and bool(node.args.get("replace") or node.args.get("except_"))


def _is_asof_join(node: exp.Expr) -> bool:
    return isinstance(node, exp.Join) and node.args.get("method") == "ASOF"


_PITFALLS: tuple[tuple[Callable[[exp.Expr], bool], str], ...] = (
    (
        _is_first_match_only,
        "regexp_replace without 'g' replaces one match in DuckDB and all in Spark. Use replace_pattern().",
    ),
    (_is_ordered_list, "an ordered list loses its order in Spark. Sort the list behind a macro."),
    (_is_difference_of_months, "date_diff counts borders in DuckDB and full units in Spark. Count days."),
    (_is_star_with_changes, "`* exclude` and `* replace` do not exist in Spark. List the columns."),
    (_is_asof_join, "asof joins do not exist in Spark. Use row_number() over the joined rows."),
    (lambda node: isinstance(node, exp.Slice), "slices do not exist in Spark. Use substr(), or a macro."),
    (
        lambda node: isinstance(node, exp.SetOperation) and bool(node.args.get("by_name")),
        "union by name does not exist in Spark. List the columns in one order.",
    ),
    (lambda node: isinstance(node, exp.Pivot), "pivot differs between engines. Aggregate with filter."),
)


def check_macro_parity(folders: Iterable[Path]) -> int:
    """Check that every engine defines the same macros with the same parameters.

    Args:
        folders: the project's folders of SQL models, the overriding one first.

    Returns:
        How many macros were compared.

    Raises:
        ModelError: a macro is missing in one engine, takes other parameters there, or is defined twice.
    """
    found = {engine: read_macros(macro_files(folders, engine)) for engine in ENGINES}
    duckdb, spark = found["duckdb"], found["spark"]
    for name in sorted(duckdb.keys() | spark.keys()):
        if name not in duckdb or name not in spark:
            missing = "spark" if name in duckdb else "duckdb"
            raise ModelError(
                f"{MACRO_FOLDER}/{missing}: there is no macro {name}. Add it; the other engine has it."
            )
        if duckdb[name] != spark[name]:
            raise ModelError(
                f"macro {name} takes {duckdb[name]} in {MACRO_FOLDER}/duckdb and {spark[name]} in "
                f"{MACRO_FOLDER}/spark. Give both the same parameters."
            )
    return len(duckdb)
