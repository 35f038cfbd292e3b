"""Why a night holds no activation files, in the words of the screen, of `cdp status` and of the report."""

from __future__ import annotations


def held_back(why: str) -> str:
    """Say that activation files are held back, and for which file."""
    return f"Activation files are held back: a file that may take consents back cannot be read. {why}"
