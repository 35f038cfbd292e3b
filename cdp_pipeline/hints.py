"""Commands that a text names, such as "Run one first: cdp run": they name the project where this command did."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

COMMAND = re.compile(
    r"\bcdp (?:run|check|status|explain"
    r"|source (?:inspect|release|quarantine (?:list|show|release|decisions|undo))"
    r"|link (?:file|review|decisions|decide|values|train|evaluate|compare)"
    r"|privacy (?:request (?:add|list|show|extend|close)|restrictions|restrict|object|lift|corrections|correct"
    r"|undo-correction|erase|export|record|replay)"
    r"|admin (?:nights|audit|rollback|ui))\b(?! --project)"
)
"""Those that work on a project."""

_given: list[str] = []
"""The folder that `--project` named on this command's line, if it did."""


def note_project(folder: str) -> None:
    """Note which project the command line names; none, if empty."""
    _given[:] = [folder] if folder else []


def in_this_project(text: str, shown: Callable[[str], str] = str) -> str:
    """Add the project to the commands that a text names, so that they work where they are typed.

    Args:
        shown: writes the folder as the text is written, such as with markup escaped.
    """
    if not _given or "cdp " not in text:
        return text
    option = f" --project {shown(shlex.quote(_given[0]))}"
    return COMMAND.sub(lambda command: command[0] + option, text)
