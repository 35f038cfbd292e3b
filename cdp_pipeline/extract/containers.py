"""What a delivered file holds: itself, what a gzip packs, or the members of a ZIP.

`contents_of` lists and hashes, `opened` gives one of them as a file on local disk. Neither holds a file in memory,
and neither lets one bad file hide others: what cannot be read is listed with the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import BinaryIO, NoReturn

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import MEMBER_MARK
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.archives import (
    CAPS,
    BombError,
    Caps,
    Unpacking,
    open_gzip,
    open_member,
    open_zip,
)
from cdp_pipeline.extract.database.kept_reads import kept_file
from cdp_pipeline.extract.file_state import FileState, Stamp, gone, sha256_of, stamp_of, unopenable
from cdp_pipeline.extract.readers.kinds import FileKind, Packing, recognise
from cdp_pipeline.extract.rewritten_files import read_rewritten
from cdp_pipeline.extract.spool import spool_file, write_piece

GZIP_SUFFIX = ".gz"

REMEMBERED_FILES = 20_000
"""More than a landing folder holds; what is remembered of each is what the ledger lists anyway."""


@dataclass(frozen=True)
class Content:
    """One thing to load that lies in the landing folder.

    Attributes:
        label: path below the landing folder, with `!member` for members of a ZIP.
        name: the file's or member's own name, without folders and `.gz`; facts are read from it.
        sha256: of the content as unpacked, so that `a.csv` and `a.csv.gz` are the same; of what could not be
            unpacked, a hash of the file and the label.
        size_bytes: of the content as unpacked.
        refused_because: why it cannot be read, with the remedy.
        member: its name within the ZIP that holds it.
    """

    label: str
    name: str
    sha256: str
    size_bytes: int
    refused_because: str | None = None
    member: str | None = None


def contents_of(path: Path, label: str, caps: Caps = CAPS) -> Iterator[Content]:
    """List what a file in the landing folder holds, in the order of member names.

    What a readable file holds is remembered while the process lasts, until somebody writes to it.

    Args:
        path: a plain file, no symbolic link.
        label: its path below the landing folder.
    """
    try:
        yield from _remembered_or_read(path, label, caps)
    except LandingFileError as error:
        yield refused_whole(path, label, str(error))
    except OSError as error:
        yield refused_whole(path, label, unopenable(error, label))


def refused_whole(path: Path, label: str, why: str) -> Content:
    """List a file of which nothing is read, under the hash of its bytes."""
    name = _own_name(path.name)
    try:
        return Content(label, name, sha256_of(path), path.stat().st_size, why)
    except OSError:
        return Content(label, name, _hash_of_text(label), 0, why)


def file_and_member(label: str, lies: Callable[[str], bool]) -> tuple[str, str | None] | None:
    """Split a label; an exclamation mark in a file's own name makes no archive.

    Args:
        lies: tells whether a file of that path lies in the landing folder.

    Returns:
        The path of the file, and the name of its member if the label is that of one; nothing if no such file lies
        there.
    """
    marks = [i for i, sign in enumerate(label) if sign == MEMBER_MARK]
    for split in (len(label), *marks):
        if lies(label[:split]):
            return label[:split], label[split + 1 :] if split < len(label) else None
    return None


@contextmanager
def opened(project: Project, path: str, sha256: str, caps: Caps = CAPS) -> Iterator[Path]:
    """Give the content of a delivered file or ZIP member while the context lasts.

    A plain file is read where it lies; what is packed is unpacked to a private file.

    Args:
        path: below the landing folder, with `!member` for members.
        sha256: of the content as delivered, or of what it was rewritten to.

    Raises:
        LandingFileError: the content is refused, has gone or changed since it was registered, or changes now.
    """
    file, member = place_of_content(project, path)
    rewritten = read_rewritten(project)

    def is_meant(found: str) -> bool:
        return sha256 in {found, rewritten.delivered(path, found)}

    with content_as_file(file, member, path, is_meant, project.warehouse, caps) as content:
        yield content


def place_of_content(project: Project, path: str) -> tuple[Path, str | None]:
    """Return the file of a content, and the name of its member if it is one.

    Raises:
        LandingFileError: it is not there any more.
    """
    read = kept_file(project, path)
    return (read, None) if read else _located(project.landing, path)


@contextmanager
def content_as_file(
    file: Path,
    member: str | None,
    label: str,
    sha256: str | Callable[[str], bool],
    warehouse: Path,
    caps: Caps = CAPS,
) -> Iterator[Path]:
    """Give a plain file, what a gzip packs or a member of a ZIP as a file on local disk.

    Args:
        sha256: of the content, or what tells whether a hash is that of a content that is meant.

    Raises:
        LandingFileError: as `opened`.
    """
    is_meant = sha256 if callable(sha256) else sha256.__eq__
    before = stamp_of(file, label)
    kind = _kind(file, label)
    if kind is Packing.GZIP or member is not None:
        with spool_file(warehouse) as (spooled, target):
            if not is_meant(_unpack(file, member, label, target, caps)):
                raise LandingFileError(gone(label))
            yield spooled
    else:
        if kind is Packing.ZIP:
            _raise_refusal(file, label, caps)
        if not is_meant(sha256_of(file)):
            raise LandingFileError(gone(label))
        yield file
    if stamp_of(file, label) != before:
        raise LandingFileError(gone(label))


def _remembered_or_read(path: Path, label: str, caps: Caps) -> tuple[Content, ...]:
    """Read a file once for each of its states; whoever writes to it cannot keep the time of its last change."""
    state = FileState.of(path)
    read = _contents if state.is_quiet else _contents.__wrapped__
    return read(path, label, caps, state)


@lru_cache(maxsize=REMEMBERED_FILES)
def _contents(path: Path, label: str, caps: Caps, state: FileState) -> tuple[Content, ...]:
    kind = _kind(path, label)
    if kind is Packing.ZIP:
        contents = _members(path, label, caps)
    elif kind is Packing.GZIP:
        contents = [_packed_by_gzip(path, label, caps)]
    else:
        contents = [Content(label, path.name, sha256_of(path), state.stamp.size_bytes)]
    if Stamp.of(path) != state.stamp:
        raise LandingFileError(gone(label))
    return tuple(contents)


def _members(path: Path, label: str, caps: Caps) -> list[Content]:
    unpacking = Unpacking(label, path.stat().st_size, caps)
    contents = []
    digest = cache(sha256_of)  # once, however many members are refused
    with open_zip(path, label, caps) as (archive, members):
        for info in members:
            member = f"{label}{MEMBER_MARK}{info.filename}"
            name = _own_name(info.filename)
            try:
                with open_member(archive, info, member) as stream:
                    content = _content(stream, member, name, unpacking)
            except BombError:
                raise
            except LandingFileError as error:
                content = Content(member, name, _hash_of_text(f"{digest(path)}{member}"), 0, str(error))
            contents.append(replace(content, member=info.filename))
    return contents


def _packed_by_gzip(path: Path, label: str, caps: Caps) -> Content:
    with open_gzip(path) as stream:
        return _content(stream, label, _own_name(path.name), Unpacking(label, path.stat().st_size, caps))


def _content(stream: BinaryIO, label: str, name: str, unpacking: Unpacking) -> Content:
    """Unpack once for hash and size, within the caps; then look what it is."""
    sha256, size = _copied(unpacking.pieces(stream, label), None)
    refusal = None
    try:
        _refuse_nested(recognise(stream, label), label)
    except LandingFileError as error:
        refusal = str(error)
    return Content(label, name, sha256, size, refusal)


def _copied(pieces: Iterator[bytes], target: BinaryIO | None) -> tuple[str, int]:
    """Hash and count pieces, and write them where a target is given."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        if target:
            write_piece(piece, target)
    return digest.hexdigest(), size


def _unpack(file: Path, member: str | None, label: str, target: BinaryIO, caps: Caps) -> str:
    """Write what is packed and return its SHA-256.

    Raises:
        LandingFileError: it is refused, or no longer there.
    """
    unpacking = Unpacking(label, file.stat().st_size, caps)
    with _packed_stream(file, member, label, caps) as stream:
        sha256, _ = _copied(unpacking.pieces(stream, label), target)
    target.flush()
    target.seek(0)
    _refuse_nested(recognise(target, label), label)
    return sha256


@contextmanager
def _packed_stream(file: Path, member: str | None, label: str, caps: Caps) -> Iterator[BinaryIO]:
    if member is None:
        with open_gzip(file) as stream:
            yield stream
        return
    with open_zip(file, label, caps) as (archive, members):
        found = [info for info in members if info.filename == member]
        if not found:
            raise LandingFileError(gone(label))
        with open_member(archive, found[0], label) as stream:
            yield stream


def _refuse_nested(kind: FileKind | Packing, label: str) -> None:
    if isinstance(kind, Packing):
        raise LandingFileError(
            f"{label}: is a {kind} file within an archive. Deliver it on its own, or unpacked."
        )


def _raise_refusal(file: Path, label: str, caps: Caps) -> NoReturn:
    """An archive as a whole is only registered when it is refused; say again why."""
    refusals = [content.refused_because for content in contents_of(file, label, caps)]
    raise LandingFileError(next((why for why in refusals if why), gone(label)))


def _located(landing: Path, label: str) -> tuple[Path, str | None]:
    found = file_and_member(label, lambda path: is_plain_file(landing / path))
    if found is None:
        raise LandingFileError(gone(label))
    return landing / found[0], found[1]


def is_plain_file(path: Path) -> bool:
    """Tell whether a file lies there, and no link; at a name that is too long for any file none does."""
    try:
        return path.is_file() and not path.is_symlink()
    except OSError:
        return False


def _kind(path: Path, label: str) -> FileKind | Packing:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise LandingFileError(unopenable(error, label)) from None
    with stream:
        return recognise(stream, label)


def _hash_of_text(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _own_name(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(GZIP_SUFFIX)
