"""Whether what lies in the landing folder is complete, or still being written.

Nothing announces the end of a delivery. A file counts as complete when its name is no temporary one and nothing in
the folder has changed for a while, by what was seen and not by the files' times: a transfer may keep old times.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.extract.landing import is_hidden, is_misnamed, is_unfinished, shown_path, taken_files


@dataclass(frozen=True)
class LyingFile:
    """One file as the folder lists it; `path` is relative to the landing folder."""

    path: str
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class LandingView:
    """What lies in the landing folder at one moment, sorted by path.

    Attributes:
        deliveries: files that a source's pattern takes, under finished names.
        unfinished: files under temporary names; none is ever read.
        unrecognised: finished files that no source's pattern takes.
        hidden: files whose name, or whose folder's, begins with a dot; some tools write there until the file is whole.
        misnamed: finished files whose name is not UTF-8, so that it can be shown but not read by.
    """

    deliveries: tuple[LyingFile, ...]
    unfinished: tuple[LyingFile, ...]
    unrecognised: tuple[LyingFile, ...]
    hidden: tuple[LyingFile, ...]
    misnamed: tuple[LyingFile, ...] = ()

    @property
    def activity(self) -> str:
        """Token that changes whenever any file comes, goes, grows or is touched, temporary ones included."""
        lying = (*self.deliveries, *self.unfinished, *self.unrecognised, *self.hidden, *self.misnamed)
        return _token(lying)

    @property
    def content(self) -> str:
        """Token of the deliveries alone: what a night would read."""
        return _token(self.deliveries)


@dataclass(frozen=True)
class Watch:
    """What a watcher remembers between two looks.

    Attributes:
        activity: the folder's activity when it last changed.
        since: when that was seen, in seconds since 1970.
        handled: content of the deliveries that were dealt with last.
    """

    activity: str = ""
    since: float = 0.0
    handled: str = ""

    @classmethod
    def from_text(cls, text: str | None) -> Watch:
        """Read what `as_text` wrote; nothing makes a watch that has seen nothing."""
        return cls(**json.loads(text)) if text else cls()

    def as_text(self) -> str:
        """Write it for the next look."""
        return json.dumps(asdict(self))

    def look(self, view: LandingView, now: float) -> Watch:
        """Remember a change of the folder."""
        return self if view.activity == self.activity else replace(self, activity=view.activity, since=now)

    def handle(self, view: LandingView) -> Watch:
        """Remember that these deliveries need nothing more."""
        return replace(self, handled=view.content)

    def waits_because(self, view: LandingView, now: float, settle_seconds: float) -> str | None:
        """Tell why a night should not start now, or nothing when new deliveries are complete."""
        if not view.deliveries:
            return "No complete file of any source lies in the landing folder."
        if view.content == self.handled:
            return f"Nothing has changed: the {len(view.deliveries)} files of the sources are known."
        unchanged = now - self.since
        if unchanged < settle_seconds:
            growing = f", {len(view.unfinished)} of them under temporary names" if view.unfinished else ""
            files = len(view.deliveries) + len(view.unfinished)
            return (
                f"Waiting for {files} files to settle{growing}: "
                f"unchanged for {int(unchanged)} of {int(settle_seconds)} seconds."
            )
        return None


def view_landing(project: Project) -> LandingView:
    """List the landing folder; an absent one is empty."""
    landing = project.landing
    taken = {found.path for found in taken_files(project)}
    by_kind: dict[str, list[Path]] = {kind.name: [] for kind in fields(LandingView)}
    for path in sorted(landing.rglob("*")):
        if path.is_file() and not path.is_symlink():
            by_kind[_kind_of(path, landing, taken)].append(path)
    return LandingView(**{kind: _listed(paths, landing) for kind, paths in by_kind.items()})


def _kind_of(path: Path, landing: Path, taken: set[Path]) -> str:
    if is_hidden(path, landing):
        return "hidden"
    if is_unfinished(path.name):
        return "unfinished"
    if is_misnamed(path, landing):
        return "misnamed"
    return "deliveries" if path in taken else "unrecognised"


def _listed(paths: Iterable[Path], landing: Path) -> tuple[LyingFile, ...]:
    """Note size and time; a file that has just been renamed away is no longer there."""
    files = []
    for path in paths:
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        files.append(LyingFile(shown_path(path, landing), found.st_size, found.st_mtime_ns))
    return tuple(files)


def _token(files: Iterable[LyingFile]) -> str:
    text = json.dumps([asdict(file) for file in files])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
