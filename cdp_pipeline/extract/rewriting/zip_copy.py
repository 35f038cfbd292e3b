"""Copying a ZIP with some of its members changed: names, order, dates and ways of packing stay."""

from __future__ import annotations

import copy
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from cdp_pipeline.extract.archives import PIECE_BYTES


def copy_zip(archive: zipfile.ZipFile, target: BinaryIO, changed: Mapping[str, bytes | Path]) -> None:
    """Write the archive into a new file.

    Args:
        changed: new content by name of the member, or the file that holds it.
    """
    with zipfile.ZipFile(target, "w") as written:
        written.comment = archive.comment
        for info in archive.infolist():
            entry = copy.copy(info)
            entry.extra = b""  # sizes and times once more, of the old content
            new = changed.get(info.filename)
            if isinstance(new, bytes):
                written.writestr(entry, new)
                continue
            entry.file_size = new.stat().st_size if new else info.file_size
            with new.open("rb") if new else archive.open(info) as content, written.open(entry, "w") as copied:
                shutil.copyfileobj(content, copied, PIECE_BYTES)
