"""How a file writes dates and times: strptime's signs, and what a text must look like to be read by them.

DuckDB's strptime is generous (`26` is the year 26, blanks come and go), so every text is held to the
pattern of its format first. Names of months and days are English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations

DAY, MONTH, HOUR, MINUTE = "%d", "%m", "%H", "%M"
SIGNS = {
    "%Y": "[0-9]{4}",
    "%y": "[0-9]{2}",  # 69 to 99 mean 19xx, 00 to 68 mean 20xx
    MONTH: "(?:0?[1-9]|1[0-2])",
    DAY: "(?:0?[1-9]|[12][0-9]|3[01])",
    "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]{3,9}",
    "%a": "[A-Za-z]{3}",
    "%A": "[A-Za-z]{6,9}",
    HOUR: "(?:[01]?[0-9]|2[0-3])",
    "%I": "(?:0?[1-9]|1[0-2])",
    MINUTE: "[0-5]?[0-9]",
    "%S": "[0-5]?[0-9]",
    "%f": "[0-9]{1,6}",
    "%p": "[AaPp][Mm]",
    "%z": "[+-](?:0[0-9]|1[0-4]):?[0-5][0-9]",
    "%%": "%",
}
# Without a separator between them 2026111 would be two days.
PADDED = {
    MONTH: "(?:0[1-9]|1[0-2])", DAY: "(?:0[1-9]|[12][0-9]|3[01])", HOUR: "(?:[01][0-9]|2[0-3])",
    "%I": "(?:0[1-9]|1[0-2])", MINUTE: "[0-5][0-9]", "%S": "[0-5][0-9]",
}  # fmt: skip
_TOKEN = re.compile(r"%.|[^%]+|%$", re.DOTALL)
_DAY_OF_PROOF = datetime(2003, 2, 1, 16, 5, 6, tzinfo=UTC)  # day, month and year tell one another apart
_ISO_DAYS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


def pattern_of(time_format: str) -> str:
    """Return the regular expression (for RE2, to be matched in full) of texts that the format writes."""
    tokens = _TOKEN.findall(time_format)
    parts = []
    for at, token in enumerate(tokens):
        touches = any(near[:1] == "%" for near in (tokens[at - 1 : at] + tokens[at + 1 : at + 2]))
        parts.append((PADDED if touches else SIGNS).get(token) or SIGNS.get(token) or re.escape(token))
    return "".join(parts)


def has_zone(time_format: str) -> bool:
    """Tell whether texts of the format name their offset."""
    return "%z" in _signs(time_format)


def check_time_formats(formats: Sequence[str]) -> None:
    """Demand that each format names one day, and that no text has two meanings under them.

    Raises:
        ValueError: says what to change.
    """
    for time_format in formats:
        _check_signs(time_format)
    for one, other in permutations([*formats, *_ISO_DAYS], 2):
        if other in formats and one != other and _reads_otherwise(one, other):
            written = _DAY_OF_PROOF.strftime(one)
            known = "an ISO date, always read as such," if one in _ISO_DAYS else f"written as {one!r},"
            raise ValueError(
                f"{written!r} is {known} and {other!r} reads another time from it. A column is written one "
                "way: keep one of the two, and give a source that writes otherwise its own `format`"
            )


def _check_signs(time_format: str) -> None:
    signs = _signs(time_format)
    unknown = [sign for sign in signs if sign not in SIGNS]
    if unknown:
        raise ValueError(
            f"{time_format!r}: {unknown[0]!r} is no sign that is read here. Known: {', '.join(SIGNS)}"
        )
    needed = {"year": {"%Y", "%y"}, "month": {MONTH, "%b", "%B"}, "day": {DAY}}
    for part, writings in needed.items():
        if len([sign for sign in signs if sign in writings]) != 1:
            raise ValueError(
                f"{time_format!r} must name the {part} once, by {' or '.join(sorted(writings))}: "
                "what it leaves open would be guessed"
            )
    if ("%I" in signs) != ("%p" in signs) or ("%I" in signs and HOUR in signs):
        raise ValueError(f"{time_format!r}: hours are %H, or %I together with %p")


def _reads_otherwise(one: str, other: str) -> bool:
    """Tell whether `other` reads another time from what `one` writes."""
    text = _DAY_OF_PROOF.strftime(one)
    if not re.fullmatch(pattern_of(other), text):
        return False
    try:
        found, meant = (datetime.strptime(text, f).replace(tzinfo=UTC) for f in (other, one))
    except ValueError:
        return False
    return found != meant


def _signs(time_format: str) -> list[str]:
    return [token for token in _TOKEN.findall(time_format) if token.startswith("%")]
