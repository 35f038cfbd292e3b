"""How a column writes birth dates, decided on all its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.contracts.time_format import pattern_of
from cdp_pipeline.engine import Engine, quote_identifier, quote_literal
from cdp_pipeline.extract.inspection.columns import MONTH_FIRST
from cdp_pipeline.extract.inspection.forms import FORMS
from cdp_pipeline.nightly.link_file.roles import Role, TakenColumn

LEAST_SHARE = 0.01
"""Share of the values from which on a second way of writing is one, rather than a typing error."""

READABLE_SHARE = 0.5
"""Share of the values that must be dates; a column of years alone is compared as text."""

YEARS_OF_BIRTH = 20
"""Years that lie, at least, between the early and the late dates of a column whose header does not say what it is:
births spread over a lifetime, sign-ups and purchases do not."""

TWO_DIGIT_YEARS = ("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y")
MORE_FORMATS = ("%m-%d-%Y", "%Y.%m.%d", "%d %B %Y")
LATEST_BIRTH_YEAR = 2030
"""Written with two digits, a later year is one of the century before."""

ISO = "regexp_full_match(value, '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00.*)?')"


@dataclass(frozen=True)
class BirthDates:
    """How one column writes dates.

    Attributes:
        formats: by strptime's signs; ISO dates are read whatever they are.
        share: of the filled values, how many are dates.
        is_doubtful: every value can be read with day or month first.
        spread_years: between the first and the last twentieth of the dates.
    """

    formats: tuple[str, ...]
    share: float
    is_doubtful: bool
    spread_years: int


def settle_birth_dates(
    engine: Engine, table: str, columns: Sequence[TakenColumn], likely: Sequence[str], country: str
) -> list[TakenColumn]:
    """Add the formats of birth dates; what cannot be read as dates is none; values alone may show one.

    Args:
        likely: names of undecided columns whose values are dates.
    """
    has_one = any(column.role is Role.BIRTH_DATE for column in columns)
    settled = []
    for column in columns:
        if column.role is Role.BIRTH_DATE or (not has_one and not column.reason and column.name in likely):
            column = _settled(column, written_dates(engine, table, column.name, country))
        settled.append(column)
    return settled


def birth_date_text(column: TakenColumn) -> str:
    """Return SQL of a cleaned column's dates as ISO text, null where there is none."""
    name = quote_identifier(column.name)
    is_iso = f"regexp_full_match({name}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')"
    born = f"case when {is_iso} then try_cast({name} as date) end"
    if any("%y" in written for written in column.formats):
        too_late = f"case when year({born}) > {LATEST_BIRTH_YEAR} then 100 else 0 end"
        born = f"cast({born} - to_years({too_late}) as date)"
    return f"cast({born} as varchar)"


def _settled(column: TakenColumn, found: BirthDates) -> TakenColumn:
    is_birth = column.role is Role.BIRTH_DATE or found.spread_years >= YEARS_OF_BIRTH
    if not column.filled:
        return column
    if found.share < READABLE_SHARE or not is_birth:
        return replace(column, role=None, reason="")
    doubt = ", day or month first? The country decides" if found.is_doubtful else ""
    reason = (column.reason or "values") + doubt
    return replace(column, role=Role.BIRTH_DATE, reason=reason, formats=found.formats)


def written_dates(engine: Engine, table: str, name: str, country: str) -> BirthDates:
    """Find the formats of a text column; where day and month could be swapped the one that reads more wins."""
    conditions = _conditions()
    counts = ", ".join(f"count(*) filter (where {condition})" for condition in [ISO, *conditions.values()])
    [found] = engine.fetch_all(f"select count(*), {counts} from {_values(table, name)}")
    filled, iso, *uses = map(int, found)
    by_format = dict(zip(conditions, uses, strict=True))
    common = {f: n for f, n in by_format.items() if n and n >= LEAST_SHARE * filled}
    formats = tuple(f for f in common if not _is_beaten(f, common, country))
    doubtful = any(common.get(_swapped(f)) == common[f] and _swapped(f) != f for f in formats)
    read = iso + sum(common[f] for f in formats)
    spread = _spread_years(engine, table, name, formats) if read else 0
    return BirthDates(formats, read / filled if filled else 0.0, doubtful, spread)


def _conditions() -> dict[str, str]:
    """Return by format the SQL condition of a `value` that is written so."""
    known = {form.format: form.condition for form in FORMS if form.format and _is_date(form.type)}
    more = {f: _condition(f) for f in (*TWO_DIGIT_YEARS, *MORE_FORMATS)}
    return {**known, **more}


def _is_date(type_: ColumnType) -> bool:
    return type_ in {ColumnType.DATE, ColumnType.TIMESTAMP}


def _condition(format_: str) -> str:
    return (
        f"regexp_full_match(value, {quote_literal(pattern_of(format_))})"
        f" and try_strptime(value, {quote_literal(format_)}) is not null"
    )


def _values(table: str, name: str) -> str:
    column = quote_identifier(name)
    return f"(select trim({column}, ' \t\u00a0''') as value from {table} where trim({column}, ' \t\u00a0''') <> '')"


def _swapped(format_: str) -> str:
    return format_.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _is_beaten(format_: str, uses: dict[str, int], country: str) -> bool:
    other = _swapped(format_)
    if other == format_ or other not in uses:
        return False
    if uses[other] != uses[format_]:
        return uses[other] > uses[format_]
    is_month_first = format_.index("%m") < format_.index("%d")
    return is_month_first != (country in MONTH_FIRST)


def _spread_years(engine: Engine, table: str, name: str, formats: Sequence[str]) -> int:
    parsed = ", ".join(
        [
            "try_cast(value as date)",
            *(f"cast(try_strptime(value, {quote_literal(f)}) as date)" for f in formats),
        ]
    )
    [spread] = engine.fetch_column(
        f"""select quantile_disc(year(born), 0.95) - quantile_disc(year(born), 0.05)
        from (select coalesce({parsed}) as born from {_values(table, name)})"""
    )
    return int(spread or 0)
