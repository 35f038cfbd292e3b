"""Unpacking ZIP and gzip without trusting them: everything is counted while it is unpacked, headers lie.

Nothing is ever written under a member's name; where unpacked bytes go is `containers`' business.
"""

from __future__ import annotations

import gzip
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from cdp_pipeline.errors import LandingFileError

PIECE_BYTES = 2**20
ENCRYPTED = 0x1  # bit of a member's flags
OUTSIDE = re.compile(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|\\")
"""Names that lead out of a folder, on any system: `..`, absolute, a drive letter, backslashes."""

BROKEN_ZIP = (
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    EOFError,
    OverflowError,
    LookupError,
    OSError,
)
"""What zipfile raises on a damaged table of contents."""

DAMAGED = (*BROKEN_ZIP, zlib.error, lzma.LZMAError, struct.error, gzip.BadGzipFile, RuntimeError)
"""What zipfile, gzip and the decompressors raise on damaged bytes."""


def unreadable_zip(label: str) -> LandingFileError:
    """Make the refusal of a ZIP whose table of contents does not hold together."""
    return LandingFileError(
        f"{label}: not a readable ZIP archive: damaged or cut off. Ask for a new export, complete."
    )


@dataclass(frozen=True)
class Caps:
    """How far an archive may unpack.

    Attributes:
        members: a vendor's export holds a handful of files, and each takes a row of the ledger.
        member_bytes: more than any export known to us unpacks to; it must fit beside the working file.
        total_bytes: of all members, so that many large ones don't fill the disk either.
        ratio: repetitive CSV and JSON Lines pack to a thirtieth at best; bombs to a thousandth.
        ratio_from_bytes: below this size a ratio harms nobody, and tiny files can pack absurdly well.
    """

    members: int = 1_000
    member_bytes: int = 8 * 2**30
    total_bytes: int = 32 * 2**30
    ratio: int = 250
    ratio_from_bytes: int = 64 * 2**20


CAPS = Caps()


@dataclass
class Unpacking:
    """What has been unpacked of one archive so far.

    Attributes:
        label: the archive's or member's name in messages.
        packed_bytes: size of the archive on disk.
    """

    label: str
    packed_bytes: int
    caps: Caps
    total_bytes: int = 0

    def pieces(self, stream: BinaryIO, label: str) -> Iterator[bytes]:
        """Yield what a member unpacks to, piece by piece.

        Raises:
            LandingFileError: it is damaged, or unpacks beyond the caps.
        """
        member_bytes = 0
        while piece := self._read(stream, label):
            member_bytes += len(piece)
            self.total_bytes += len(piece)
            self._refuse_bomb(member_bytes, label)
            yield piece

    def _read(self, stream: BinaryIO, label: str) -> bytes:
        try:
            return stream.read(PIECE_BYTES)
        except DAMAGED:
            raise LandingFileError(
                f"{label}: cannot be unpacked to its end: damaged (its checksum does not fit) or cut off. "
                "Ask for a new export, complete."
            ) from None

    def _refuse_bomb(self, member_bytes: int, label: str) -> None:
        caps = self.caps
        if member_bytes > caps.member_bytes:
            raise BombError(f"{label}: unpacks to more than {caps.member_bytes} bytes. Deliver it in parts.")
        if self.total_bytes > caps.total_bytes:
            raise BombError(
                f"{self.label}: unpacks to more than {caps.total_bytes} bytes in all. Deliver it in smaller archives."
            )
        grows = self.total_bytes > max(caps.ratio_from_bytes, caps.ratio * self.packed_bytes)
        if grows:
            raise BombError(
                f"{self.label}: unpacks to more than {caps.ratio} times its size, as ZIP bombs do and exports don't. "
                "Deliver it unpacked."
            )


class BombError(LandingFileError):
    """An archive unpacks beyond the caps; none of it is read."""


@contextmanager
def open_zip(path: Path, label: str, caps: Caps) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """Open an archive and list the members that are deliveries, sorted by name.

    Folders, dot files and what macOS adds are left out.

    Raises:
        LandingFileError: it is damaged, empty or holds names that no export has; nothing of it is read.
    """
    try:
        archive = zipfile.ZipFile(path)
    except BROKEN_ZIP:
        raise unreadable_zip(label) from None
    with archive:
        files = [info for info in archive.infolist() if not info.is_dir()]
        _refuse_names([info.filename for info in archive.infolist()], label)
        members = sorted(
            (info for info in files if not _is_clutter(info.filename)), key=lambda info: info.filename
        )
        if len(files) > caps.members:
            raise LandingFileError(
                f"{label}: more than {caps.members} members. Deliver it in smaller archives."
            )
        if not members:
            raise LandingFileError(f"{label}: the ZIP archive holds no file. Ask for a new export.")
        yield archive, members


def _refuse_names(names: list[str], label: str) -> None:
    if any(OUTSIDE.search(name) for name in names):
        raise LandingFileError(
            f"{label}: a member's name leads out of the archive ('..', an absolute path, a drive or a backslash), "
            "as in an attack. Nothing of it is read. Ask the sender how it was made, and for another archive."
        )
    if any(count > 1 for count in Counter(names).values()):
        raise LandingFileError(
            f"{label}: two members have the same name, so nobody can tell which one is meant. Ask for a new export."
        )


def _is_clutter(name: str) -> bool:
    parts = name.split("/")
    return parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts)


@contextmanager
def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str) -> Iterator[BinaryIO]:
    """Open a member; the stream can seek.

    Raises:
        LandingFileError: it is a symbolic link, encrypted, or packed in a way that nobody here unpacks.
    """
    if stat.S_ISLNK(info.external_attr >> 16):
        raise LandingFileError(f"{label}: is a symbolic link, not a file. Pack the file itself.")
    if info.flag_bits & ENCRYPTED:
        raise LandingFileError(f"{label}: is locked with a password. Deliver it without one.")
    try:
        stream = archive.open(info)
    except NotImplementedError:
        raise LandingFileError(
            f"{label}: is packed by a method that is not supported. Pack it with plain ZIP (deflate)."
        ) from None
    except DAMAGED:
        raise LandingFileError(
            f"{label}: its entry in the archive is damaged. Ask for a new export."
        ) from None
    with stream:
        yield cast("BinaryIO", stream)


@contextmanager
def open_gzip(path: Path) -> Iterator[BinaryIO]:
    """Open what a gzip file packs; several streams one after the other count as one."""
    with gzip.open(path, "rb") as stream:
        yield cast("BinaryIO", stream)
