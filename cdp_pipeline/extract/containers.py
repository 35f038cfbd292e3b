"""Opening what a file is packed in: the content that the ledger registered, as a file on local disk."""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.deliveries import MEMBER_PATH, UNREADABLE_ZIP


@contextmanager
def opened(project: Project, path: str, sha256: str) -> Iterator[Path]:
    """Give the content of a delivered file or ZIP member while the context lasts.

    Args:
        path: below the landing folder, with `!member` for members.

    Raises:
        LandingFileError: the file has gone or changed since it was registered a moment ago.
    """
    content = read_delivery(project.landing, path, sha256)
    with tempfile.NamedTemporaryFile(dir=project.warehouse if project.warehouse.is_dir() else None) as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def read_delivery(landing: Path, path: str, sha256: str) -> bytes:
    """Return the bytes of a delivered file or ZIP member.

    Raises:
        LandingFileError: the file has gone or changed since it was registered a moment ago.
    """
    member = re.fullmatch(MEMBER_PATH, path)
    try:
        if member:
            with zipfile.ZipFile(landing / member[1]) as archive:
                content = archive.read(member[2])
        else:
            content = (landing / path).read_bytes()
    except (FileNotFoundError, KeyError, *UNREADABLE_ZIP):
        content = b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise LandingFileError(
            f"{path}: changed or gone since this run found it, so it is likely still being written. "
            "Run again when the delivery is complete."
        )
    return content
