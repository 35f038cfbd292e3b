"""A segment's rule compiled to one SQL condition through sqlglot's builders; no text is ever pasted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlglot import exp

from cdp_pipeline.contracts.lookup import name_hint
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.segment import AllOf, AnyOf, Comparison, Condition, NoneOf, Scalar, SegmentFile
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.segment.catalogue import TraitCatalogue, TraitColumn, ValueKind, read_catalogue

CUSTOMER = "customer"
ORDERING_OPERATORS = {"at_least": exp.GTE, "at_most": exp.LTE, "more_than": exp.GT, "less_than": exp.LT}
COMPARING_OPERATORS = {"equals": exp.EQ, "differs_from": exp.NEQ, **ORDERING_OPERATORS}


def check_segments(project: Project) -> None:
    """Compile every segment of a project against its trait columns, without data.

    Raises:
        ConfigError: names file, key and remedy.
    """
    catalogue = read_catalogue(project)
    for segment in project.segments.values():
        compile_segment(segment, catalogue)


def compile_segment(segment: SegmentFile, catalogue: TraitCatalogue) -> exp.Expr:
    """Return the segment's condition over one row of `customer`: true, false, or null for unknown.

    Raises:
        ConfigError: the rule names a column that segments may not use, or compares one with a value of
            a kind that it never holds.
    """
    return _compile(segment.where, catalogue, f"config/segments/{segment.segment}.yml: key `where")


def join_traits(catalogue: TraitCatalogue) -> exp.Select:
    """Return the query that puts the profile and all traits of a customer into one row."""
    profile, *traits = catalogue.tables
    query = exp.select(exp.column("customer_id", table=_alias(profile)))
    for column in catalogue.columns.values():
        query = query.select(exp.column(column.name, table=_alias(column.table)))
    query = query.from_(exp.to_table(profile).as_(_alias(profile)))
    for table in traits:
        same_customer = exp.EQ(
            this=exp.column("customer_id", table=_alias(profile)),
            expression=exp.column("customer_id", table=_alias(table)),
        )
        query = query.join(exp.to_table(table).as_(_alias(table)), on=same_customer, join_type="left")
    return query


def _alias(table: str) -> str:
    return table.rpartition(".")[2]


def _compile(condition: Condition, catalogue: TraitCatalogue, origin: str) -> exp.Expr:
    match condition:
        case AllOf():
            return exp.and_(*_compile_each(condition.all, catalogue, f"{origin}.all"))
        case AnyOf():
            return exp.or_(*_compile_each(condition.any, catalogue, f"{origin}.any"))
        case NoneOf():
            parts = _compile_each(condition.none, catalogue, f"{origin}.none")
            return exp.and_(*(exp.not_(part) for part in parts))
        case Comparison():
            return _compile_comparison(condition, catalogue, origin)


def _compile_each(conditions: list[Condition], catalogue: TraitCatalogue, origin: str) -> list[exp.Expr]:
    return [_compile(part, catalogue, f"{origin}.{index}") for index, part in enumerate(conditions)]


def _compile_comparison(comparison: Comparison, catalogue: TraitCatalogue, origin: str) -> exp.Expr:
    column = catalogue.columns.get(comparison.column)
    if column is None:
        hint = name_hint(comparison.column, catalogue.columns)
        raise ConfigError(f"{origin}.column`: segments know no column {comparison.column!r}. {hint}")
    parts = [
        _apply(operator, operand, column, f"{origin}.{operator}`")
        for operator, operand in comparison.operators.items()
    ]
    return exp.and_(*parts)


def _apply(operator: str, operand: Scalar | list[Scalar], column: TraitColumn, origin: str) -> exp.Expr:
    """Compile one operator; a missing value makes it unknown, save for `is_known`."""
    subject = exp.column(column.name, table=CUSTOMER)
    if operator == "is_known":
        is_missing = exp.Is(this=subject, expression=exp.Null())
        return exp.not_(is_missing) if operand else is_missing
    if isinstance(operand, list):
        return exp.In(this=subject, expressions=[_literal(value, column, origin) for value in operand])
    if operator in ORDERING_OPERATORS and column.kind not in {ValueKind.NUMBER, ValueKind.DATE}:
        raise ConfigError(
            f"{origin}: {column.name} holds {column.kind}, which has no order. Use equals or one_of."
        )
    return COMPARING_OPERATORS[operator](this=subject, expression=_literal(operand, column, origin))


def _literal(value: Scalar, column: TraitColumn, origin: str) -> exp.Expr:
    """Return a value as a typed SQL literal.

    Raises:
        ConfigError: the column never holds values of this type.
    """
    if _kind_of(value) is not column.kind:
        raise ConfigError(
            f"{origin}: {column.name} holds {column.kind}, but is compared with {value!r}. "
            "Correct the value; texts that YAML takes for something else (NO, 01234) need quotes."
        )
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), exp.DType.DATE)
    return exp.Literal.number(format(value, "f") if isinstance(value, Decimal) else str(value))


def _kind_of(value: Scalar) -> ValueKind:
    if isinstance(value, bool):
        return ValueKind.FLAG
    if isinstance(value, str):
        return ValueKind.TEXT
    return ValueKind.DATE if isinstance(value, date) else ValueKind.NUMBER
