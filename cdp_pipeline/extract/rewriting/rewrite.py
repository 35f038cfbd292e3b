"""Rewriting a delivered file without some of its records: beside it, durably, then in its place in one step.

The new file has the mode and the time of the old one, so that nobody takes it for a new delivery, and is entered in
`rewritten_files` before it takes the old one's place.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import MEMBER_MARK
from cdp_pipeline.errors import CdpError, LandingFileError
from cdp_pipeline.extract.archives import DAMAGED, PIECE_BYTES
from cdp_pipeline.extract.containers import content_as_file, place_of_content
from cdp_pipeline.extract.deliveries import Delivery
from cdp_pipeline.extract.file_state import Stamp, gone, sha256_of, stamp_of
from cdp_pipeline.extract.readers import (
    FileKind,
    kind_of,
    library_errors_in_words,
    open_reading,
)
from cdp_pipeline.extract.readers.kinds import Packing, recognise
from cdp_pipeline.extract.rewriting.parquet import write_parquet
from cdp_pipeline.extract.rewriting.records import Records
from cdp_pipeline.extract.rewriting.text import write_delimited, write_json_lines
from cdp_pipeline.extract.rewriting.workbook import write_workbook
from cdp_pipeline.extract.rewriting.zip_copy import copy_zip
from cdp_pipeline.extract.rewritten_files import Rewritten, enter_rewritten, read_rewritten
from cdp_pipeline.extract.spool import spool_file

Writer = Callable[[Path, BinaryIO, Layout, Records, str], None]

WRITERS: dict[FileKind, Writer] = {
    FileKind.DELIMITED: write_delimited,
    FileKind.JSON_LINES: write_json_lines,
    FileKind.PARQUET: write_parquet,
    FileKind.WORKBOOK: write_workbook,
}

BESIDE_PREFIX = ".cdp-rewriting-"
"""Hidden, so that no night reads it."""


class RewriteError(CdpError):
    """A delivered file could not be rewritten; it lies as it did."""


@dataclass(frozen=True)
class Removal:
    """Records that are to leave one delivered content.

    Attributes:
        records: as `Records`.
    """

    delivery: Delivery
    records: Records


def rewrite_container(project: Project, removals: Sequence[Removal]) -> list[Rewritten]:
    """Rewrite one file of the landing folder, or of what was read from a database.

    Args:
        removals: of one container: one, or several members of a ZIP.

    Raises:
        RewriteError: it cannot be written, has changed, or would not hold exactly the other records afterwards.
    """
    container = removals[0].delivery.container
    try:
        return _rewrite(project, removals)
    except LandingFileError as error:
        raise RewriteError(f"{error} Nothing was taken out of {container}.") from None
    except (OSError, *DAMAGED) as error:
        raise RewriteError(
            f"{container}: cannot be rewritten ({type(error).__name__}): nothing was taken out of it. Let the "
            "pipeline's user write it and its folder, or remove the records by hand."
        ) from None


def remove_abandoned(landing: Path) -> None:
    """Remove what killed processes left beside the files that they rewrote; the caller holds the writer's lock."""
    for path in landing.rglob(f"{BESIDE_PREFIX}*"):
        path.unlink(missing_ok=True)


def _rewrite(project: Project, removals: Sequence[Removal]) -> list[Rewritten]:
    label = removals[0].delivery.container
    file, _ = place_of_content(project, label)
    before = stamp_of(file, label)
    with ExitStack() as stack:
        contents = {
            removal.delivery.path: stack.enter_context(_without(project, removal)) for removal in removals
        }
        with _beside(file) as (path, target):
            _pack(file, label, target, contents)
            target.flush()
            _take_after(file, target)
            os.fsync(target.fileno())
            if Stamp.of(file) != before:
                raise LandingFileError(gone(label))
            entries = _entries(project, removals, contents)
            enter_rewritten(project, entries)
            path.replace(file)
            _sync(file.parent)
    return entries


@contextmanager
def _without(project: Project, removal: Removal) -> Iterator[Path]:
    """Give the content without its records, in a private file."""
    delivery = removal.delivery
    layout = project.reading(delivery.source_system, delivery.layout)
    file, member = place_of_content(project, delivery.path)
    with spool_file(project.warehouse) as (path, target):
        with content_as_file(file, member, delivery.path, delivery.lying_sha256, project.warehouse) as source:
            with library_errors_in_words(delivery.path):
                WRITERS[kind_of(source, delivery.path)](
                    source, target, layout, removal.records, delivery.path
                )
            target.flush()
            _prove(source, path, layout, removal)
        yield path


def _prove(source: Path, rewritten: Path, layout: Layout, removal: Removal) -> None:
    """Demand that exactly the other records are left, on their lines.

    Raises:
        RewriteError: they are not.
    """
    label = removal.delivery.path
    left, expected = (
        lines_of(rewritten, layout, label),
        np.setdiff1d(lines_of(source, layout, label), removal.records),
    )
    if not np.array_equal(left, expected):
        raise RewriteError(
            f"{label}: would hold {left.size} records instead of {expected.size} without those that are to go, so it "
            "was left as it is. Remove them by hand."
        )


def lines_of(file: Path, layout: Layout, label: str) -> Records:
    """Return the lines of all records of a file, those that cannot be taken apart among them, sorted.

    Raises:
        LandingFileError: it cannot be read.
    """
    found = [np.empty(0, np.int64)]
    with library_errors_in_words(label):
        for batch in open_reading(file, layout, label).batches():
            found += [table["line"].to_numpy() for table in (batch.records, batch.unparsed)]
    return np.sort(np.concatenate(found))


def _entries(project: Project, removals: Sequence[Removal], contents: Mapping[str, Path]) -> list[Rewritten]:
    known, now = read_rewritten(project), datetime.now(UTC)
    return [
        Rewritten(
            path=delivery.path,
            before=delivery.lying_sha256,
            after=sha256_of(contents[delivery.path]),
            delivered=known.delivered(delivery.path, delivery.lying_sha256),
            lines=sorted(known.lacks(delivery.path, delivery.lying_sha256).union(removal.records.tolist())),
            rewritten_at=now,
        )
        for removal in removals
        for delivery in (removal.delivery,)
    ]


@contextmanager
def _beside(file: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Give a new file in the same folder, so that it can take the other's place in one step."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=BESIDE_PREFIX)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as target:
            yield path, target
    finally:
        path.unlink(missing_ok=True)


def _pack(file: Path, label: str, target: BinaryIO, contents: Mapping[str, Path]) -> None:
    """Write the contents into a file that is packed as the old one."""
    with file.open("rb") as old:
        kind = recognise(old, label)
    if kind is Packing.ZIP:
        with zipfile.ZipFile(file) as archive:
            copy_zip(
                archive,
                target,
                {path.removeprefix(f"{label}{MEMBER_MARK}"): new for path, new in contents.items()},
            )
        return
    [content] = contents.values()
    with content.open("rb") as new:
        if kind is Packing.GZIP:
            _gzip(file, new, target)
        else:
            shutil.copyfileobj(new, target, PIECE_BYTES)


def _gzip(file: Path, new: BinaryIO, target: BinaryIO) -> None:
    """Pack with the time that the old one has; its name within, if it had one, is that of the file."""
    with gzip.open(file) as old:
        old.peek(1)
        time = old.mtime
    with gzip.GzipFile(file.name.removesuffix(".gz"), "wb", fileobj=target, mtime=time) as packed:
        shutil.copyfileobj(new, packed, PIECE_BYTES)


def _take_after(file: Path, target: BinaryIO) -> None:
    """Give the new file what says nothing of its content: mode, owner if we may, and times."""
    found = file.stat()
    os.fchmod(target.fileno(), found.st_mode & 0o7777)
    with suppress(PermissionError):
        os.fchown(target.fileno(), found.st_uid, found.st_gid)
    os.utime(target.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
