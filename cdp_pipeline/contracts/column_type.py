"""What a column's text stands for, and the one form in which it is written once it is cleaned.

The patterns are the only ones: cleaning writes what fits them, the gate sets aside what does not. They mean
the same in RE2 and in Python, and are to be matched in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from cdp_pipeline.plural import counted


class ColumnType(StrEnum):
    """What a column's text stands for; it is written in one form once the record is accepted."""

    TEXT = "text"  # as delivered
    INTEGER = "integer"  # 1234
    DECIMAL = "decimal"  # 1234.50: amounts and quantities, without currency signs
    DATE = "date"  # 2026-05-01
    TIMESTAMP = "timestamp"  # 2026-05-01 10:00:00, with its zone where one was delivered


_DAY = (
    "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
)
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?"
_ZONE = " ?(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
# More digits than these fit no column of ours: an id under the wrong heading, or shifted columns.
_WHOLE = "-?[0-9]{1,15}"


def canonical_pattern(
    column_type: ColumnType, *, max_decimals: int | None = None, needs_zone: bool = False
) -> str:
    """Return the pattern of values in their one form.

    Args:
        max_decimals: most digits behind the decimal mark; without it, any number.
        needs_zone: times name their zone.
    """
    match column_type:
        case ColumnType.INTEGER:
            return _WHOLE
        case ColumnType.DECIMAL:
            digits = "+" if max_decimals is None else f"{{1,{max_decimals}}}"
            return f"{_WHOLE}(?:[.][0-9]{digits})?"
        case ColumnType.DATE:
            return _DAY
        case ColumnType.TIMESTAMP:
            return f"{_DAY}[T ]{_TIME}" + (_ZONE if needs_zone else f"(?:{_ZONE})?")
        case ColumnType.TEXT:
            return "(?s:.*)"


def breach(column_type: ColumnType) -> str:
    """Name what is wrong with a value that is none of the type, as the end of a rule's name: `is_no_date`."""
    return f"is_no_{NOUNS[column_type]}"


def expected_form(
    column_type: ColumnType,
    *,
    decimal_mark: str = ".",
    formats: Sequence[str] = (),
    max_decimals: int | None = None,
    needs_zone: bool = False,
) -> str:
    """Say what a value is, with an example as the file writes it: `a date such as 31.05.2026 or 2026-05-31`."""
    match column_type:
        case ColumnType.INTEGER:
            return "a whole number such as 12"
        case ColumnType.DECIMAL:
            most = f", with at most {counted(max_decimals, 'digit')} behind the mark" if max_decimals else ""
            return f"an amount such as 1250{decimal_mark}50{most}"
        case ColumnType.DATE:
            return f"a date of the calendar such as {_examples(formats, '2026-05-31')}"
        case ColumnType.TIMESTAMP:
            zone = "+02:00" if needs_zone else ""
            named = ", with its zone" if needs_zone else ""
            return f"a time such as {_examples(formats, f'2026-05-31 14:30:00{zone}')}{named}"
        case ColumnType.TEXT:
            return "any text"


def _examples(formats: Sequence[str], iso: str) -> str:
    return " or ".join(dict.fromkeys([*(EXAMPLE.strftime(written) for written in formats[:2]), iso]))


NOUNS = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "whole_number",
    ColumnType.DECIMAL: "amount",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "time",
}
EXAMPLE = datetime(2026, 5, 31, 14, 30, tzinfo=UTC)  # its day is no month
