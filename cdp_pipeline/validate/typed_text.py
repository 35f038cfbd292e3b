"""SQL that writes numbers, dates and times in one form, from however a source's mapping says they are written.

Text that does not fit stays as it is: the type's expectation finds it. Patterns are RE2's, matched in full.
"""

from __future__ import annotations

from cdp_pipeline.contracts.column_type import ColumnType, canonical_pattern
from cdp_pipeline.contracts.time_format import has_zone, pattern_of
from cdp_pipeline.engine import quote_literal

GAPS = " \u00a0\u2009\u202f"  # blank, hard blank, thin blank, hard thin blank
APOSTROPHES = "'\u2019"
MINUS = "\u2212-"  # the hyphen last, so that it makes no range inside [...]
SYMBOLS = "(?:(?:US|CA?|AU?|NZ|HK)?[$]|[€£¥₹₺₽₴])"
LETTERS = "(?:[Zz]ł|[Kk]r|Kč|Ft|lei|Fr|CHF|EUR|USD|GBP|PLN|SEK|NOK|DKK|CZK|HUF|RON|BGN|TRY|CAD|AUD|NZD|JPY)"
UNREAD = " ?"
"""Put behind a misfit that would else pass for a number: 1234.50 where the mapping names a decimal comma."""


def integer_text(text: str, mark: str) -> str:
    """Write whole numbers without groups; a fraction of one or two zeros is none."""
    delivered = rf"[+{MINUS}]?{_whole(mark)}(?:[{mark}]0{{1,2}})?"
    digits = f"split_part({_number(text, mark)}, '.', 1)"
    return (
        f"case when regexp_full_match({text}, '{canonical_pattern(ColumnType.INTEGER)}') then {text}"
        f" when regexp_full_match({text}, {quote_literal(delivered)})"
        f" then {_minus(text)} || {digits} else {text} end"
    )


def decimal_text(text: str, mark: str) -> str:
    """Write amounts with a decimal point and all digits delivered, without groups and currency."""
    canonical = canonical_pattern(ColumnType.DECIMAL)
    is_plain = canonical if mark == "." else canonical_pattern(ColumnType.INTEGER)
    number = _number(text, mark)
    misread = (
        f" when regexp_full_match({text}, '{canonical}') then {text} || '{UNREAD}'" if mark == "," else ""
    )
    return (
        f"case when regexp_full_match({text}, '{is_plain}') then {text}"
        f" when regexp_full_match({text}, {quote_literal(_amount(mark))})"
        f" then {_minus(text)} || case when {number}[1] = '.' then '0' else '' end || {number}"
        f"{misread} else {text} end"
    )


def date_text(text: str, formats: list[str]) -> str:
    """Write dates as ISO; a time of midnight behind one is what spreadsheets and databases add."""
    midnight = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]00:00(?::00(?:[.]0+)?)?(?:Z|[+]00:?00)?"
    declared = [_declared(text, f, f"cast(cast({_parsed(text, f)} as date) as varchar)") for f in formats]
    return (
        f"case when {text} is null or {text} like '____-__-__' then {text}"
        f" when regexp_full_match({text}, '{midnight}') then left({text}, 10)"
        f"{''.join(declared)} else {text} end"
    )


def timestamp_text(text: str, formats: list[str]) -> str:
    """Write times as ISO; an ISO time stays as it is, but for an offset's missing minutes and a blank before it."""
    iso_with_gap = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+ (?:Z|[+-][0-9:]+)"
    declared = []
    for f in formats:
        utc = f"timezone('UTC', {_parsed(text, f)})" if has_zone(f) else _parsed(text, f)
        zone = " || 'Z'" if has_zone(f) else ""
        declared.append(_declared(text, f, f"cast({utc} as varchar){zone}"))
    return (
        f"case when regexp_matches({text}, ':[0-9.]+ ?[+-][0-9]{{2}}$')"
        f" then regexp_replace({text}, ' ?([+-][0-9]{{2}})$', '\\1:00')"
        f"{''.join(declared)}"
        f" when regexp_full_match({text}, '{iso_with_gap}') then regexp_replace({text}, ' ([^ ]+)$', '\\1')"
        f" else {text} end"
    )


def _declared(text: str, time_format: str, written: str) -> str:
    """Read what has the format's shape; a day that the calendar lacks has it too, and keeps its text."""
    fits = f"regexp_full_match({text}, {quote_literal(pattern_of(time_format))})"
    return f" when {fits} then coalesce({written}, {text})"


def _parsed(text: str, time_format: str) -> str:
    return f"try_strptime({text}, {quote_literal(time_format)})"


def _whole(mark: str) -> str:
    """Digits, perhaps in groups of three, all parted by the same sign; 0.125 is no group."""
    grouped = "".join(
        f"|[1-9][0-9]{{0,2}}(?:[{sign}][0-9]{{3}})+"
        for sign in ("," if mark == "." else ".", APOSTROPHES, GAPS)
    )
    return f"(?:[0-9]+{grouped})"


def _amount(mark: str) -> str:
    """A number with at most one sign and a currency before or after it."""
    gap = f"[{GAPS}]*"
    number = rf"{_whole(mark)}(?:[{mark}][0-9]+)?"
    # `Fr.5` might be half a franc or five: letters stand off from a point, and before a digit.
    before = rf"(?:{SYMBOLS}{gap}|{LETTERS}{gap}|(?:Kr|kr|Fr)[.][{GAPS}]+)"
    after = rf"{gap}(?:{SYMBOLS}|{LETTERS}[.]?)"
    bare = rf"(?:{before}?{number}|(?:{SYMBOLS})?{gap}[{mark}][0-9]+)"
    sign = rf"[+{MINUS}]"
    return "|".join(
        [
            rf"{sign}?{gap}{bare}(?:{after})?",
            rf"{before}{sign}{gap}{number}(?:{after})?",
            rf"[(]{gap}{bare}(?:{after})?{gap}[)]",
            rf"{bare}(?:{after})?{gap}[{MINUS}](?:{after})?",
        ]
    )


def _number(text: str, mark: str) -> str:
    """Take the digits out of an amount that fits, without groups, the decimal mark as a point."""
    groups = ("," if mark == "." else ".") + APOSTROPHES + GAPS
    found = rf"[{mark}]?[0-9][0-9.,{APOSTROPHES}{GAPS}]*"
    return f"translate(regexp_extract({text}, {quote_literal(found)}), {quote_literal(mark + groups)}, '.')"


def _minus(text: str) -> str:
    return f"case when regexp_matches({text}, '[({MINUS}]') then '-' else '' end"
