"""What the columns of an unknown file hold, found in DuckDB over every row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import phonenumbers

from cdp_pipeline.engine import Engine, quote_identifier, quote_literal
from cdp_pipeline.extract.inspection.forms import FORMS, NESTED, PHONE, WHOLE_NUMBER, Form

SAMPLE_VALUES = 500
"""Distinct values on which all forms are tried first; only those that fit these are tried on the rest."""

SOME_VALUES = f"(from profiled_value order by hash(value), value limit {SAMPLE_VALUES})"
PHONE_DIGITS = (9, 15)

NEARLY_ALL = 0.9
"""Share of the tried values from which on a form is worth telling, though some rows are written otherwise."""

MOST_WORDS = 12
LEAST_USES = 20
LONGEST_WORD = 20
"""A list of words, such as yes and no: few different values, single short words, each in many records. Anything else
may say something of one person, and stays unsaid."""

NULL_TEXTS = ("\\N", "NULL", "null", "(null)", "<null>", "[NULL]", "N/A", "n/a", "#N/A")
"""What systems write for nothing: unloaded tables, spreadsheets, query tools."""

MOST_PATHS = 40
USUAL_SHARE = 0.05
"""Share of nested values that have a key from which on it is shown; a rarer one may name a person."""


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
        null_texts: texts that most likely stand for nothing, and their rows; `filled` and the rest leave them out.
        paths: of what lies within nested JSON, `address.city`, as `json_text` takes it.
    """

    filled: int
    distinct: int
    is_unique: bool
    guarded: int
    forms: list[Form]
    nearly: Form | None
    misfits: int
    words: list[str]
    null_texts: dict[str, int] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


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
    null_texts = _take_out_null_texts(engine)
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
    if WHOLE_NUMBER in forms and _are_phones(engine):
        forms.insert(0, PHONE)
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
        null_texts=null_texts,
        paths=_paths(engine) if NESTED in forms else [],
    )


def _take_out_null_texts(engine: Engine) -> dict[str, int]:
    listed = ", ".join(map(quote_literal, NULL_TEXTS))
    found = engine.fetch_all(
        f"select value, uses from profiled_value where value in ({listed}) order by value"
    )
    if found:
        engine.execute(f"delete from profiled_value where value in ({listed})")
    return {value: int(uses) for value, uses in found}


def _are_phones(engine: Engine) -> bool:
    """Whether whole numbers are phone numbers with their country's code, as text tools write them: 4915112345678."""
    values = engine.fetch_column(f"select value from {SOME_VALUES}")
    if not all(PHONE_DIGITS[0] <= len(value) <= PHONE_DIGITS[1] for value in values):
        return False
    parsed = (phonenumbers.parse(f"+{value}") for value in values if value.isdecimal())
    try:
        return sum(map(phonenumbers.is_valid_number, parsed)) >= NEARLY_ALL * len(values)
    except phonenumbers.NumberParseException:
        return False


def _paths(engine: Engine) -> list[str]:
    """Name the keys within nested values that many records share."""
    return [
        path.removeprefix("$.")
        for path in engine.fetch_column(
            f"""with tried as materialized (from {SOME_VALUES} where json_valid(value))
            select node.fullkey from tried, json_tree(tried.value) as node
            where node.type <> 'OBJECT' and regexp_full_match(node.fullkey, '[$]([.][A-Za-z_][A-Za-z0-9_-]{{0,39}})+')
            group by node.fullkey having count(*) >= {USUAL_SHARE} * (select count(*) from tried)
            order by node.fullkey limit {MOST_PATHS}"""
        )
    ]


def _uses_by_form(engine: Engine) -> list[tuple[Form, int]]:
    """Count the rows that are written in each form that nearly all of some values have."""
    [total] = engine.fetch_column(f"select count(*) from {SOME_VALUES}")
    tried = _counted(engine, "count(*)", SOME_VALUES, FORMS)
    likely = [form for form, values in tried if values >= NEARLY_ALL * total]
    return _counted(engine, "sum(uses)", "profiled_value", likely)


def _counted(engine: Engine, count: str, values: str, forms: Sequence[Form]) -> list[tuple[Form, int]]:
    if not forms:
        return []
    counts = ", ".join(f"coalesce({count} filter (where {form.condition}), 0)" for form in forms)
    [found] = engine.fetch_all(f"select {counts} from {values}")
    return list(zip(forms, map(int, found), strict=True))
