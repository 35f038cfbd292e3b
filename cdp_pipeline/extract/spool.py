"""Private files for unpacked content: readable by nobody else, gone afterwards, also after a kill."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cdp_pipeline.errors import RetryableError

SPOOL = "spool"
PRIVATE_FOLDER = 0o700


@contextmanager
def spool_file(warehouse: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Give a new file below the warehouse while the context lasts.

    Raises:
        RetryableError: the disk is full.
    """
    folder = warehouse / SPOOL
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    remove_leftovers(warehouse)
    path, file = _locked_file(folder)
    try:
        with file:
            yield path, file
    finally:
        path.unlink(missing_ok=True)


def _locked_file(folder: Path) -> tuple[Path, BinaryIO]:
    """Make a file that `remove_leftovers` lets be; one that it took before the lock is made anew."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix="content-")  # 0600
        file = os.fdopen(descriptor, "w+b")
        fcntl.flock(file, fcntl.LOCK_EX)  # the operating system frees it when the process dies
        if os.fstat(descriptor).st_nlink:
            return Path(name), file
        file.close()


def write_piece(piece: bytes, file: BinaryIO) -> None:
    """Write unpacked bytes.

    Raises:
        RetryableError: the disk is full.
    """
    try:
        file.write(piece)
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        what = "the disk is full" if full else os.strerror(error.errno or 0).lower()
        raise RetryableError(
            f"data/warehouse/{SPOOL}: a delivery cannot be unpacked: {what}. Make room and run again."
        ) from None


def remove_leftovers(warehouse: Path) -> None:
    """Remove files that a killed process left behind; those of living ones are locked."""
    for path in sorted((warehouse / SPOOL).glob("content-*")):
        # Another process may remove it first, or be at work on it.
        with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
