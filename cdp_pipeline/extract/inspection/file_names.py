"""What of a file's name stays from export to export, and what changes: dates, times, numbers, hashes."""

from __future__ import annotations

import re

KNOWN_SUFFIX = re.compile(r"(?i)(?:[.](?:csv|tsv|txt|jsonl|ndjson|json|parquet|xlsx))?(?:[.](?:gz|zip))?$")
COUNTER_AT_END = re.compile(r"[-_. ]*[(]?[0-9][-_. 0-9]*[)]?$")
"""Browsers write `export (1)`, unloading databases `customer_0_0_0`; the next one may have none."""

_DAY = r"(?:(?:19|20)[0-9]{2}[-_.]?[01][0-9](?:[-_.]?[0-3][0-9])?|[0-3]?[0-9][-_.][01]?[0-9][-_.](?:19|20)[0-9]{2})"
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HASH = r"(?=[a-z]*[0-9])(?=[0-9]*[a-z])(?:[0-9a-f]{6,}|(?=(?:[a-z]*[0-9]){3})[0-9a-z]{10,})"
CHANGING = re.compile(
    rf"(?i)(?<![0-9a-z])(?:{_UUID}|{_DAY}(?:[-_. ]?t?[0-9][-_.:0-9]*z?)?|{_HASH}|[0-9]{{4,}})(?![0-9a-z])"
)
"""A date, perhaps with a time, a long number, or letters and digits that only a machine would put together."""


def plain_and_suffix(name: str) -> tuple[str, str]:
    """Part a file's name from its suffix, and from what changes with every export."""
    stem, suffix = _stem_and_suffix(name)
    return CHANGING.sub("", _before_change(stem) or stem).strip("-_. ") or stem, suffix


def glob_of(name: str) -> str:
    """Return a pattern that takes the file and its successors: cut at the first thing that changes.

    Where nothing stands before that, what follows it is kept: `*_customers*.csv`.
    """
    stem, suffix = _stem_and_suffix(name)
    if not CHANGING.search(stem):
        return f"{escaped(COUNTER_AT_END.sub('', stem) or stem)}*{suffix}"
    if before := _before_change(stem):
        return f"{escaped(before)}*{suffix}"
    rest = _before_change(CHANGING.sub("", stem, count=1))
    return f"*{escaped(rest)}*{suffix}" if re.search("[^-_. 0-9]", rest) else f"*{suffix}"


def escaped(name: str) -> str:
    """Write signs that mean something in a pattern so that they mean themselves, or at least any sign."""
    return re.sub(r"[!\\]", "?", re.sub(r"([\[\]*?])", r"[\1]", name))


def _stem_and_suffix(name: str) -> tuple[str, str]:
    suffix = "".join(KNOWN_SUFFIX.findall(name)[:1])
    return name.removesuffix(suffix), suffix


def _before_change(stem: str) -> str:
    found = CHANGING.search(stem)
    return stem[: found.start()] if found else COUNTER_AT_END.sub("", stem)
