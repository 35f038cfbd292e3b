"""Counts with their noun, for sentences that people read."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, such as `1 file` and `1,200 files`; the plural is the noun with an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
