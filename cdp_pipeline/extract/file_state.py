"""How one file on local disk stands, so that nobody reads half of what is still being written.

What belongs here: its state, its hash, and what is said when it cannot be opened or has changed. What a file holds is
`containers`' business; whether a whole delivery is complete, `settling`'s.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.errors import LandingFileError

QUIET_SECONDS = 2.0
"""The clock of a file system ticks this slowly at worst: two writes within one tick leave the same times."""


@dataclass(frozen=True)
class Stamp:
    """What changes when somebody writes to a file."""

    size_bytes: int
    modified_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Look at the file now."""
        found = path.stat(follow_symlinks=False)
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


@dataclass(frozen=True)
class FileState:
    """A file's stamp, and when anything about it changed last, which whoever writes to it cannot set."""

    stamp: Stamp
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Look at the file now."""
        return cls(Stamp.of(path), path.stat(follow_symlinks=False).st_ctime_ns)

    @property
    def is_quiet(self) -> bool:
        """Whether the next write would show: the last one is longer ago than a tick of the clock."""
        return time.time_ns() - self.changed_ns > QUIET_SECONDS * 1e9


def stamp_of(path: Path, label: str) -> Stamp:
    """Look at a file that was there.

    Raises:
        LandingFileError: it has gone.
    """
    try:
        return Stamp.of(path)
    except OSError:
        raise LandingFileError(gone(label)) from None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def gone(label: str) -> str:
    """Say that a file is not as it was found."""
    return (
        f"{label}: changed or gone since this run found it, so it is likely still being written. "
        "Run again when the delivery is complete."
    )


def unopenable(error: OSError, label: str) -> str:
    """Say why a file cannot be opened."""
    if isinstance(error, PermissionError):
        return f"{label}: cannot be opened: permission denied. Let the pipeline's user read it."
    return gone(label)
