"""Ways of writing a value, each as a condition over the SQL column `value`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.engine import quote_literal

DecimalMark = Literal[".", ","]


@dataclass(frozen=True)
class Form:
    """A way of writing a value.

    Attributes:
        name: for people.
        condition: SQL over the column `value`, true where it is written so.
        type: of a layout's column.
        format: strptime's signs, for dates and times that are not ISO.
        decimal_mark: of numbers with a fraction.
    """

    name: str
    condition: str
    type: ColumnType = ColumnType.TEXT
    format: str | None = None
    decimal_mark: DecimalMark | None = None


def _matching(name: str, pattern: str, type_: ColumnType = ColumnType.TEXT) -> Form:
    return Form(name, f"regexp_full_match(value, {quote_literal(pattern)})", type_)


def _number(mark: DecimalMark, groups: str) -> Form:
    unit = "(€|[$]|£|zł|kr|EUR|USD|GBP|CHF|PLN|SEK)?"
    number = f"(0|[1-9][0-9]*|[1-9][0-9]{{0,2}}([{groups}\u00a0' ][0-9]{{3}})+)([{mark}][0-9]+)?"
    pattern = f"[-+(]?{unit}[ \u00a0]?[-+]?{number}[ \u00a0]?{unit}[)]?"
    name = f"number with decimal {'point' if mark == '.' else 'comma'}"
    condition = f"regexp_full_match(value, {quote_literal(pattern)})"
    return Form(name, condition, ColumnType.DECIMAL, decimal_mark=mark)


def _read_by(words: str, format_: str, shape: str, type_: ColumnType) -> Form:
    """Return a form that the format must read and the shape must match: strptime alone takes too much."""
    condition = (
        f"regexp_full_match(value, {quote_literal(shape)})"
        f" and try_strptime(value, {quote_literal(format_)}) is not null"
    )
    return Form(words, condition, type_, format=format_)


def _dates() -> list[Form]:
    shapes = {".": "[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}", "/": "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}"}
    orders = [
        ("day.month.year", "%d.%m.%Y", shapes["."]),
        ("day/month/year", "%d/%m/%Y", shapes["/"]),
        ("month/day/year", "%m/%d/%Y", shapes["/"]),
        ("day-month-year", "%d-%m-%Y", "[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}"),
        ("year/month/day", "%Y/%m/%d", "[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}"),
        ("yearmonthday", "%Y%m%d", "(19|20)[0-9]{6}"),
        ("day month year", "%d %b %Y", "[0-9]{1,2} [A-Za-z]{3} [0-9]{4}"),
        ("month day, year", "%b %d, %Y", "[A-Za-z]{3} [0-9]{1,2}, [0-9]{4}"),
        ("month in full day, year", "%B %d, %Y", "[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4}"),
    ]
    clocks = [
        ("hours:minutes", "%H:%M", "[0-9]{1,2}:[0-9]{2}"),
        ("hours:minutes:seconds", "%H:%M:%S", "[0-9]{1,2}:[0-9]{2}:[0-9]{2}"),
        ("12-hour clock", "%I:%M %p", "[0-9]{1,2}:[0-9]{2} [AaPp][Mm]"),
    ]
    dates = [_read_by(f"date, {words}", f, shape, ColumnType.DATE) for words, f, shape in orders]
    times = [
        _read_by(f"time, {words} {clock}", f"{day} {hour}", f"{day_shape} {hour_shape}", ColumnType.TIMESTAMP)
        for words, day, day_shape in orders
        for clock, hour, hour_shape in clocks
    ]
    return [*dates, *times]


ISO_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
ISO_TIME = f"{ISO_DATE}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?( ?(Z|[+-][0-9]{{2}}:?[0-9]{{2}}))?"

PHONE = Form(
    "phone number",
    "regexp_full_match(value, '([+]|00?)[0-9][0-9 ()/.-]{5,18}')"
    " and not regexp_full_match(value, '[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}')",
)
WHOLE_NUMBER = _matching(
    "whole number", "-?(0|[1-9][0-9]{0,14})", ColumnType.INTEGER
)  # 0049 and 01067 are none
NESTED = _matching("nested JSON", r"(?s)\{.*\}|\[.*\]")

FORMS: Sequence[Form] = (
    *_dates(),  # before numbers: 20260501 is both
    Form(
        "date, ISO",
        f"regexp_full_match(value, '{ISO_DATE}') and try_cast(value as date) is not null",
        ColumnType.DATE,
    ),
    _matching("time, ISO", ISO_TIME, ColumnType.TIMESTAMP),
    _matching("time of day", "[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"),
    PHONE,
    WHOLE_NUMBER,
    _number(".", ","),
    _number(",", "."),
    _matching("e-mail address", r"[^@\s]+@[^@\s]+[.][^@\s.]{2,}"),
    _matching("web address", "https?://.+"),
    _matching("IP address", "[0-9]{1,3}([.][0-9]{1,3}){3}|([0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}"),
    _matching("two letters", "[A-Za-z]{2}"),
    _matching("three capitals", "[A-Z]{3}"),
    NESTED,
    _matching("UUID", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
)
"""The narrower before the wider, so that the first that fits says most."""
