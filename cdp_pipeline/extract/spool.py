"""Private files for unpacked content: readable by nobody else, gone afterwards, also after a kill."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

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
    with tempfile.NamedTemporaryFile(dir=folder, prefix="content-") as file:  # 0600
        fcntl.flock(file, fcntl.LOCK_EX)  # the operating system frees it when the process dies
        yield Path(file.name), cast("BinaryIO", file)


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
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            path.unlink(missing_ok=True)
