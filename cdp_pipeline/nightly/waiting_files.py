"""Which files of the landing folder the published night does not hold, told by names and sizes, without unpacking.

The ledger knows a packed file by what it holds: a gzip by the size of its content, a ZIP by its members. Both sizes
stand in the packed file itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from cdp_pipeline.contracts.source import MEMBER_MARK
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.archives import CAPS, open_zip
from cdp_pipeline.extract.containers import contents_of, file_and_member
from cdp_pipeline.extract.readers.kinds import GZIP_SIGN
from cdp_pipeline.extract.settling import LyingFile

Known = set[tuple[str, int]]
"""Path, with `!member` for those of archives, and size as unpacked."""


def waiting_files(landing: Path, lying: Iterable[LyingFile], known: Known) -> list[str]:
    """Name the files that are new or hold something else than when they were read."""
    files = list(lying)
    paths = {file.path for file in files}
    located = [file_and_member(path, paths.__contains__) for path, _ in known]
    archives = {found[0] for found in located if found and found[1] is not None}
    names = {path for path, _ in known}
    return [
        file.path
        for file in files
        if (file.path, file.size_bytes) not in known
        and not (file.path in archives and _holds_known_members(landing / file.path, file.path, known))
        and not (file.path in names and _packs_known_content(landing / file.path, file.path, known))
    ]


def _holds_known_members(path: Path, label: str, known: Known) -> bool:
    """Compare an archive's list of members; what cannot be listed is known by its name."""
    try:
        with open_zip(path, label, CAPS) as (_, members):
            found = [(f"{label}{MEMBER_MARK}{info.filename}", info.file_size) for info in members]
    except (LandingFileError, OSError):
        return True
    # A member that could not be unpacked was entered without its size.
    return all((member, size) in known or (member, 0) in known for member, size in found)


def _packs_known_content(path: Path, label: str, known: Known) -> bool:
    """Compare the size at a gzip's end; where several streams follow one another it takes unpacking to know."""
    try:
        with path.open("rb") as file:
            if file.read(len(GZIP_SIGN)) != GZIP_SIGN:
                return False
            file.seek(-4, 2)
            [size] = struct.unpack("<I", file.read(4))
    except OSError:
        return False
    if any(name == label and known_size % 2**32 == size for name, known_size in known):
        return True
    return all((content.label, content.size_bytes) in known for content in contents_of(path, label))
