r"""From Python's regular expressions to RE2, DuckDB's engine, without a change of meaning.

An expectation's `regex` means what Python's `re` says, since that is what Great Expectations' pandas
engine follows. RE2 differs in silence: its `\d` and `\w` know ASCII only, its `\s` misses `\v`, its `$`
does not match before a final newline, `{,3}` is plain text to it. These are rewritten; what RE2 cannot
express (look-around, back-references, `\b` beyond ASCII) is refused, never approximated.

Known to stay different: case-insensitive matching of the Turkish dotless i.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

_END = "$"
_SPACE = r"\t\n\x0b\f\r\x1c-\x1f \x85\p{Z}"
_CLASSES = {"d": r"\p{Nd}", "w": r"\p{L}\p{N}_", "s": _SPACE}
_ESCAPE = r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\."
_OUTSIDE = re.compile(_ESCAPE + r"|\(\?[aiLmsux-]+[:)]|\{,\d+\}|\[\^?\]?|.", re.DOTALL)
_INSIDE = re.compile(_ESCAPE + "|.", re.DOTALL)


class UntranslatableRegexError(ValueError):
    """A pattern that is no Python regular expression, or that RE2 cannot express."""


def translate_regex(pattern: str) -> str:
    """Rewrite a Python pattern for RE2.

    Raises:
        UntranslatableRegexError: the message says what to change.
    """
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # nested sets: read as today
            re.compile(pattern)
    except re.error as error:
        raise UntranslatableRegexError(f"not a regular expression: {error}") from None
    translated = "".join(_translated_tokens(pattern))
    try:
        pc.match_substring_regex(pa.array([""]), translated)
    except pa.ArrowInvalid:
        raise UntranslatableRegexError(
            "it needs look-around, a back-reference or another construct that RE2 lacks; write it without"
        ) from None
    return translated


def _translated_tokens(pattern: str) -> Iterator[str]:
    position, is_in_class = 0, False
    while match := (_INSIDE if is_in_class else _OUTSIDE).match(pattern, position):
        part = match.group()
        yield _class_member(part) if is_in_class else _outside_class(part)
        is_in_class = part != "]" if is_in_class else part.startswith("[")
        position = match.end()
        if part == _END and not is_in_class and pattern[position : position + 1] not in ("", ")", "|"):
            raise UntranslatableRegexError("`$` may only stand at the end of an alternative")


def _outside_class(part: str) -> str:
    if part == _END:
        return r"(?:\n?\z)"
    if part.startswith("{,"):
        return "{0" + part[1:]
    if part.startswith("(?") and set(part) & set("mxaLu"):
        raise UntranslatableRegexError(f"the flags in {part!r} are not supported; only i and s are")
    if not part.startswith("\\"):
        return part
    letter = part[1]
    if letter in "bB":
        raise UntranslatableRegexError(rf"\{letter} knows ASCII only in RE2; write out the neighbours")
    if letter.lower() in _CLASSES:
        return f"[{'^' if letter.isupper() else ''}{_CLASSES[letter.lower()]}]"
    return r"\z" if letter == "Z" else _character(part)


def _class_member(part: str) -> str:
    if part == "[":  # Python reads it as itself, RE2 as the start of `[:alpha:]`
        return r"\["
    if not part.startswith("\\"):
        return part
    letter = part[1]
    if letter in "DWS":
        raise UntranslatableRegexError(rf"\{letter} inside [...] has no form in RE2; list the characters")
    return r"\x08" if letter == "b" else _CLASSES.get(letter) or _character(part)


def _character(part: str) -> str:
    r"""Write an escaped character; `\uXXXX` and `\UXXXXXXXX` are spelt `\x{…}` in RE2."""
    return rf"\x{{{part[2:]}}}" if part[1] in "uU" and len(part) > 2 else part
