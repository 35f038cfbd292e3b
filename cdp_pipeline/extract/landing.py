"""What lies in the landing folder: whole files that a source takes, and everything that is left lying.

Links are never followed, neither files nor folders: they may lead out of the landing folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fsspec.utils import glob_translate

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Source, SourceFile
from cdp_pipeline.errors import LandingFileError

UNFINISHED_SUFFIXES = (
    ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", ".lck", "~",
)  # fmt: skip
"""What browsers, file transfer tools and editors add to a name until the file is whole."""

DOCUMENT_SUFFIXES = (
    ".pdf", ".md", ".html", ".htm", ".rtf", ".doc", ".docx", ".png", ".jpg", ".jpeg", ".gif", ".svg",
)  # fmt: skip
"""What vendors pack beside the data of an archive; anything else in it is read or refused."""

LINK = "symlink"
UNFINISHED = "temporary name"
MISNAMED = "its name is not UTF-8: rename it"
UNTAKEN = "no source takes it"
UNREADABLE = "holds nothing that can be read"
DOCUMENT = "document in an archive"
UNTAKEN_MEMBER = "no source takes this member of the archive"


@dataclass(frozen=True)
class TakenFile:
    """A whole file that a source's pattern takes, or some of whose members it may take."""

    path: Path
    source: Source
    file: SourceFile

    def takes(self, member: str) -> bool:
        """Tell whether the pattern takes a member of this archive, by its whole name within it."""
        return self.file.member_glob is None or fits_member(self.file.member_glob, member)


def fits_member(glob: str, member: str) -> bool:
    """Tell whether a glob fits a member of an archive; case counts, as in the names of files.

    Args:
        glob: without a slash for the member's own name, in whatever folder it lies: exporters put a folder of
            changing name around everything. With one for the whole name, where `*` ends at a slash and `**` does not.
        member: its whole name within the archive.
    """
    name = member if "/" in glob else member.rsplit("/", 1)[-1]
    return bool(_compiled(glob).fullmatch(name))


@lru_cache
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(glob_translate(glob))


def check_landing(project: Project) -> None:
    """Demand that there is a landing folder.

    Raises:
        LandingFileError: it is missing.
    """
    if not project.landing.is_dir():
        raise LandingFileError(
            f"{project.landing}: the landing folder does not exist. Create it and drop exports there."
        )


def taken_files(project: Project) -> Iterator[TakenFile]:
    """Yield what the sources' patterns take, in the order of sources, patterns and paths."""
    landing = project.landing
    for source in project.sources.values():
        for file in source.files:
            for path in sorted(landing.glob(file.file_glob)) if file.file_glob else ():
                if path.is_file() and is_whole(path, landing):
                    yield TakenFile(path, source, file)


def lying_files(project: Project) -> list[Path]:
    """List all files and links of the landing folder, hidden ones left out, sorted by path."""
    landing = project.landing
    return [
        path
        for path in sorted(landing.rglob("*"))
        if (path.is_symlink() or path.is_file()) and not is_hidden(path, landing)
    ]


def left_because(path: Path, landing: Path, taken: set[Path]) -> str:
    """Tell why a lying file is not read."""
    if path.is_symlink():
        return LINK
    if is_unfinished(path.name):
        return UNFINISHED
    if is_misnamed(path, landing):
        return MISNAMED
    return UNREADABLE if path in taken else UNTAKEN


def is_whole(path: Path, landing: Path) -> bool:
    """Tell whether a path is read: no link and below none, not hidden, under a finished name in UTF-8."""
    return not (
        is_hidden(path, landing)
        or is_unfinished(path.name)
        or is_misnamed(path, landing)
        or _leads_elsewhere(path, landing)
    )


def shown_path(path: Path, landing: Path) -> str:
    """Return a path below the landing folder as text; bytes that are not UTF-8 stand there in hexadecimal."""
    name = path.relative_to(landing).as_posix()
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_misnamed(path: Path, landing: Path) -> bool:
    """Tell whether a name is not UTF-8, as of files from old servers: no table can hold it."""
    return shown_path(path, landing) != path.relative_to(landing).as_posix()


def is_unfinished(name: str) -> bool:
    """Tell whether a file's name is one that tools use until the file is whole."""
    return name.lower().endswith(UNFINISHED_SUFFIXES)


def is_document(name: str) -> bool:
    """Tell whether a member of an archive is something to look at, not to load."""
    return name.lower().endswith(DOCUMENT_SUFFIXES)


def is_hidden(path: Path, landing: Path) -> bool:
    """Tell whether a file or a folder above it begins with a dot; some tools write there until a file is whole."""
    return any(part.startswith(".") for part in path.relative_to(landing).parts)


def _leads_elsewhere(path: Path, landing: Path) -> bool:
    """Tell whether the path or a folder between it and the landing folder is a link."""
    below = path.relative_to(landing).parts
    return any(landing.joinpath(*below[: depth + 1]).is_symlink() for depth in range(len(below)))
