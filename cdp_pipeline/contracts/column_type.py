"""What a column's text stands for, and the one form in which it is written once it is cleaned.

The patterns are the only ones: cleaning writes what fits them, the gate sets aside what does not. They mean
the same in RE2 and in Python, and are to be matched in full.
"""

from __future__ import annotations

from enum import StrEnum


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


def why_misfit(column_type: ColumnType, *, max_decimals: int | None = None, needs_zone: bool = False) -> str:
    """Say in a sentence what a value has to be, for records that fail and a mapping that gives no reason."""
    match column_type:
        case ColumnType.INTEGER:
            return "A count is a whole number, its thousands parted as the mapping says or not at all."
        case ColumnType.DECIMAL:
            most = f", and at most {max_decimals} digits behind it" if max_decimals else ""
            return f"A number has the decimal mark that the mapping names, groups of three digits before it{most}."
        case ColumnType.DATE:
            return "The date must exist in the calendar, and be written as ISO or as the mapping says."
        case ColumnType.TIMESTAMP:
            zone = ", and name its zone" if needs_zone else ""
            return f"The time must exist, be written as ISO or as the mapping says{zone}."
        case ColumnType.TEXT:
            return "Any text will do."
