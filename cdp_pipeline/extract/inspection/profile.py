"""What the columns of an unknown file hold, found in DuckDB over every row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.extract.inspection.forms import FORMS, Form

SAMPLE_VALUES = 500
"""Distinct values on which all forms are tried first; only those that fit these are tried on the rest."""

NEARLY_ALL = 0.9
"""Share of the tried values from which on a form is worth telling, though some rows are written otherwise."""

MOST_WORDS = 12
LEAST_USES = 20
LONGEST_WORD = 20
"""A list of words, such as yes and no: few different values, single short words, each in many records. Anything else
may say something of one person, and stays unsaid."""


@dataclass(frozen=True)
class ColumnProfile:
    """What a column holds: counts and forms, and values only where they are words that many rows share.

    Attributes:
        filled: rows with a value.
        distinct: different values.
        is_unique: every row has a value, and each its own.
        guarded: rows that begin with a spreadsheet's guard: an apostrophe before a digit or a sign of a formula.
        forms: those in which every value is written, the narrowest first.
        nearly: a form in which all but a few values are written, where there is none for all.
        misfits: rows that are written otherwise than nearly all.
        words: the values of a list of words.
    """

    filled: int
    distinct: int
    is_unique: bool
    guarded: int
    forms: list[Form]
    nearly: Form | None
    misfits: int
    words: list[str]


def profile_columns(engine: Engine, table: str, columns: Iterable[str]) -> dict[str, ColumnProfile]:
    """Profile text columns of a table, one after the other, so that memory holds the values of one."""
    rows = engine.row_count(table)
    return {name: _profile(engine, table, quote_identifier(name), rows) for name in columns}


def _profile(engine: Engine, table: str, column: str, rows: int) -> ColumnProfile:
    trimmed = f"trim({column}, ' \t\u00a0')"
    engine.execute(
        f"""create or replace temporary table profiled_value as
        select regexp_replace({trimmed}, '^''+', '') as value, count(*) as uses,
            count(*) filter (where regexp_matches({trimmed}, '^''+[0-9=+@-]')) as guarded
        from {table} group by value having value <> ''"""
    )
    [(filled, distinct, guarded, least_uses)] = engine.fetch_all(
        "select coalesce(sum(uses), 0), count(*), coalesce(sum(guarded), 0), coalesce(min(uses), 0)"
        " from profiled_value"
    )
    is_list = 1 < distinct <= MOST_WORDS and least_uses >= LEAST_USES
    words = engine.fetch_column("select value from profiled_value order by value") if is_list else []
    if not all(word.isidentifier() and len(word) <= LONGEST_WORD for word in words):
        words = []
    written = _uses_by_form(engine) if filled else []
    forms = [form for form, uses in written if uses == filled]
    nearly, uses = max(written, key=lambda entry: entry[1], default=(None, 0)) if not forms else (None, 0)
    return ColumnProfile(
        filled=int(filled),
        distinct=distinct,
        is_unique=distinct == rows > 0,
        guarded=int(guarded),
        forms=forms,
        nearly=nearly,
        misfits=int(filled) - uses if nearly else 0,
        words=words,
    )


def _uses_by_form(engine: Engine) -> list[tuple[Form, int]]:
    """Count the rows that are written in each form that nearly all of some values have."""
    some = f"(from profiled_value order by hash(value), value limit {SAMPLE_VALUES})"
    [total] = engine.fetch_column(f"select count(*) from {some}")
    tried = _counted(engine, "count(*)", some, FORMS)
    likely = [form for form, values in tried if values >= NEARLY_ALL * total]
    return _counted(engine, "sum(uses)", "profiled_value", likely)


def _counted(engine: Engine, count: str, values: str, forms: Sequence[Form]) -> list[tuple[Form, int]]:
    if not forms:
        return []
    counts = ", ".join(f"coalesce({count} filter (where {form.condition}), 0)" for form in forms)
    [found] = engine.fetch_all(f"select {counts} from {values}")
    return list(zip(forms, map(int, found), strict=True))
