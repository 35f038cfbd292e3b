"""Which content lies in place of which delivered one, since records were taken out of it.

A rewritten file is still the delivery that it was: it keeps its id, its row in the ledger and its place among the
lists of its source, and does not load again. Only the hash of its bytes is another.

data/privacy/rewritten_files.json; entered before the file itself is replaced, so none is ever unknown.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ConfigError

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


class Rewritten(Contract):
    """One content that took the place of another.

    Attributes:
        path: where it lay, with `!member` for members of a ZIP.
        before: SHA-256 of the content that was replaced.
        after: of what replaced it.
        delivered: of what was once delivered; the same as `before` unless that had been rewritten, too.
        lines: on which the records began that it lacks, in order; those taken out earlier among them.
    """

    path: str
    before: str
    after: str
    delivered: str
    lines: list[int]
    rewritten_at: datetime


class RewrittenFiles:
    """All that was ever rewritten in a project, by the newest entry of each content."""

    def __init__(self, entries: Iterable[Rewritten]) -> None:
        self.entries = list(entries)
        self._by_after: dict[tuple[str | None, str], Rewritten] = {}
        self._ever: defaultdict[str, set[int]] = defaultdict(set)
        for entry in self.entries:
            # Two deliveries may become equal when a person is gone from them: then the path tells which one it is.
            self._by_after[entry.path, entry.after] = entry
            self._by_after.setdefault((None, entry.after), entry)
            self._ever[entry.delivered].update(entry.lines)

    def entry_of(self, path: str, sha256: str) -> Rewritten | None:
        """Return how a content came to be; nothing if it was delivered so."""
        return self._by_after.get((path, sha256)) or self._by_after.get((None, sha256))

    def delivered(self, path: str, sha256: str) -> str:
        """Return the hash under which a content is known: its own, unless it was rewritten."""
        entry = self.entry_of(path, sha256)
        return entry.delivered if entry else sha256

    def lacks(self, path: str, sha256: str) -> set[int]:
        """Return the lines of the records that were taken out of a content."""
        entry = self.entry_of(path, sha256)
        return {*entry.lines} if entry else set()

    def to_lack(self, delivered: str) -> set[int]:
        """Return the lines of all records that were ever taken out of a delivery, wherever it lay.

        Delivered again, it holds them again.
        """
        return self._ever.get(delivered, set())


def read_rewritten(project: Project) -> RewrittenFiles:
    """Read what was rewritten; nothing if nothing was.

    Raises:
        ConfigError: the file is damaged.
    """
    path = _place(project)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return RewrittenFiles([])
    try:
        return RewrittenFiles(_ENTRIES.validate_json(text))
    except ValueError:
        raise ConfigError(
            f"{path}: damaged. It says which files were rewritten for erasures; without it they would load again as "
            "new ones. Restore it from a backup."
        ) from None


def enter_rewritten(project: Project, entries: Iterable[Rewritten]) -> None:
    """Add entries durably; one that is there already is not added again."""
    path = _place(project)
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    known = read_rewritten(project).entries
    said = {(entry.path, entry.before, entry.after) for entry in known}
    new = [entry for entry in entries if (entry.path, entry.before, entry.after) not in said]
    written = path.with_suffix(".new")
    written.touch(mode=PRIVATE_FILE)
    with written.open("wb") as file:
        file.write(_ENTRIES.dump_json([*known, *new], indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)


def _place(project: Project) -> Path:
    return project.privacy / "rewritten_files.json"


_ENTRIES = TypeAdapter(list[Rewritten])
