"""What an erasure that was begun has still to do: its handles, in a private file until nothing is left of the people.

Once the working file has forgotten them, nothing else would tell which rows of published nights, which lines of
delivered files are theirs. The file goes when the erasure is finished.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine.working_file import PRIVATE_FOLDER
from cdp_pipeline.privacy.handles import Handles


@dataclass(frozen=True)
class ErasureJournal:
    """An erasure that was begun.

    Attributes:
        request_ids: requests of the register that it answers.
        counts: rows deleted so far, by step and table.
        facts: what else the certificate tells, without personal data: files rewritten, nights replaced, what is left.
    """

    erasure_id: int
    request_ids: tuple[int, ...]
    handles: Handles
    counts: dict[str, dict[str, int]]
    facts: dict[str, Any] = field(default_factory=dict)

    def write(self, project: Project) -> None:
        """Write it durably; the old one or the new one is there, whatever happens."""
        path = _path(project, self.erasure_id)
        path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        anew = path.with_suffix(".new")
        text = json.dumps(
            {
                "request_ids": self.request_ids,
                "handles": self.handles.to_json(),
                "counts": self.counts,
                "facts": self.facts,
            }
        )
        descriptor = os.open(anew, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        anew.replace(path)
        _sync(path.parent)

    def remove(self, project: Project) -> None:
        """Forget it: nothing is left to do."""
        _path(project, self.erasure_id).unlink(missing_ok=True)
        _sync(_path(project, self.erasure_id).parent)


def unfinished_erasures(project: Project) -> Sequence[ErasureJournal]:
    """Return the erasures that were begun and not finished, the oldest first."""
    paths = sorted(_folder(project).glob("*.json"), key=lambda path: int(path.stem))
    return [_read(path) for path in paths]


def _read(path: Path) -> ErasureJournal:
    document = json.loads(path.read_text(encoding="utf-8"))
    return ErasureJournal(
        int(path.stem),
        tuple(document["request_ids"]),
        Handles.from_json(document["handles"]),
        document["counts"],
        document["facts"],
    )


def _folder(project: Project) -> Path:
    return project.warehouse / "erasure"


def _path(project: Project, erasure_id: int) -> Path:
    return _folder(project) / f"{erasure_id}.json"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
