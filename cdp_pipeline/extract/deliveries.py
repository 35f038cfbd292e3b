"""What was delivered: the contents of the files that sources take, each with what its name says.

A file is known by the SHA-256 of its content together with the facts that its name carries: the same
bytes under a new name are the same file, but a list of unsubscribed people is another file than the
same list of subscribed ones. What cannot be read is listed with the reason and hides nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Delivery as Kind
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.containers import Content, contents_of, is_plain_file, refused_whole
from cdp_pipeline.extract.database.kept_reads import kept_reads
from cdp_pipeline.extract.landing import (
    DOCUMENT,
    UNTAKEN_MEMBER,
    TakenFile,
    check_landing,
    is_document,
    taken_files,
)
from cdp_pipeline.extract.rewritten_files import RewrittenFiles, read_rewritten

__all__ = ["Delivery", "FoundContents", "LeftMember", "check_landing", "find_deliveries", "found_contents"]


@dataclass(frozen=True)
class Delivery:
    """One content: a file, or one member of an archive.

    Attributes:
        path: relative to the landing folder, with `!member` for members of a ZIP.
        container: the file that holds it, which is the path itself unless it is a member.
        sha256: of the content as delivered.
        name_facts: facts that the layout reads from the name; null where a part that may be missing is.
        date_in_name: day of the export by its name, or by that of its archive.
        is_snapshot: whether it lists everything that the source has.
        refused_because: why it cannot be read, with the remedy.
        lying_sha256: of the content as it lies; another than `sha256` once it was rewritten.
    """

    source_system: str
    layout: str
    path: str
    container: str
    sha256: str
    size_bytes: int
    name_facts: dict[str, str | None] = field(default_factory=dict)
    date_in_name: date | None = None
    is_snapshot: bool = False
    refused_because: str | None = None
    lying_sha256: str = ""

    @property
    def file_id(self) -> str:
        """Short hash that names the content in every table."""
        facts = json.dumps(self.name_facts, sort_keys=True)
        text = "\0".join((self.source_system, self.layout, facts, self.sha256))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class LeftMember:
    """A member of an archive that is not read.

    Attributes:
        path: relative to the landing folder, the member after `!`.
        container: the archive.
        member: its name within the archive.
        why: it is a document beside the data, or no source's pattern takes it.
    """

    path: str
    container: str
    member: str
    sha256: str
    size_bytes: int
    why: str


@dataclass(frozen=True)
class FoundContents:
    """What the files that sources take hold.

    Attributes:
        deliveries: by source, pattern and path; a content that several patterns take stands there for each.
        left_members: what archives hold beside them, each once, by path.
    """

    deliveries: list[Delivery]
    left_members: list[LeftMember]


def find_deliveries(project: Project) -> Iterator[Delivery]:
    """Yield what the sources' patterns find in the landing folder, by source, pattern and path.

    Raises:
        LandingFileError: the landing folder is missing.
    """
    yield from found_contents(project).deliveries


def found_contents(project: Project) -> FoundContents:
    """Find what the sources' patterns take, and what archives hold that none takes.

    Raises:
        LandingFileError: the landing folder is missing.
    """
    check_landing(project)
    containers = list(_containers(project))
    contents = {label: list(contents_of(path, label)) for label, path in _paths(containers).items()}
    clashes = _clashes(project, contents)
    rewritten = read_rewritten(project)
    deliveries: list[Delivery] = []
    left: dict[str, LeftMember] = {}
    for taken, label in containers:
        clash = clashes.get(label)
        for content in [refused_whole(taken.path, label, clash)] if clash else contents[label]:
            why = _left_because(taken, content)
            if why and content.member is not None:
                member = content.member
                left[content.label] = LeftMember(
                    content.label, label, member, content.sha256, content.size_bytes, why
                )
            else:
                delivery = _delivery(taken, label, content, project.layouts[taken.file.layout])
                deliveries.append(_as_known(delivery, rewritten))
    for delivery in deliveries:
        left.pop(delivery.path, None)
    return FoundContents(deliveries, [left[path] for path in sorted(left)])


def _left_because(taken: TakenFile, content: Content) -> str | None:
    """Tell why a pattern leaves a member of an archive; nothing if it takes it."""
    if content.member is None:
        return None
    if is_document(content.member):
        return DOCUMENT
    return None if taken.takes(content.member) else UNTAKEN_MEMBER


def _containers(project: Project) -> Iterator[tuple[TakenFile, str]]:
    for taken in taken_files(project):
        yield taken, taken.path.relative_to(project.landing).as_posix()
    for read in kept_reads(project):
        yield TakenFile(read.path, read.source, read.file), read.label


def _paths(containers: list[tuple[TakenFile, str]]) -> dict[str, Path]:
    return {label: taken.path for taken, label in containers}


def _clashes(project: Project, contents: dict[str, list[Content]]) -> dict[str, str]:
    """Tell of containers that hold something under a name that stands for something else too, as `a.zip!b.csv` may.

    A file of such a name need not be one that a source takes: whoever reads the member would find the file.
    """
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for container, held in contents.items():
        for content in held:
            holders[content.label].add(container)
            if content.member is not None and is_plain_file(project.landing / content.label):
                holders[content.label].add(content.label)
    return {
        container: f"{container}: {label} names {_things(label, containers)}, so nobody can tell which one is meant. "
        "Rename one of the files."
        for label, containers in sorted(holders.items())
        if len(containers) > 1
        for container in containers
    }


def _things(label: str, containers: set[str]) -> str:
    return " and ".join(
        "a file" if container == label else f"a member of {container}" for container in sorted(containers)
    )


def as_table(deliveries: list[Delivery]) -> pa.Table:
    """Return deliveries as rows with the columns of `Delivery` and file_id; facts are JSON."""
    columns: dict[str, tuple[pa.DataType, list[Any]]] = {
        "path": (pa.string(), [d.path for d in deliveries]),
        "container": (pa.string(), [d.container for d in deliveries]),
        "file_id": (pa.string(), [d.file_id for d in deliveries]),
        "source_system": (pa.string(), [d.source_system for d in deliveries]),
        "layout": (pa.string(), [d.layout for d in deliveries]),
        "sha256": (pa.string(), [d.sha256 for d in deliveries]),
        "size_bytes": (pa.int64(), [d.size_bytes for d in deliveries]),
        "name_facts": (pa.string(), [json.dumps(d.name_facts, sort_keys=True) for d in deliveries]),
        "date_in_name": (pa.date32(), [d.date_in_name for d in deliveries]),
        "is_snapshot": (pa.bool_(), [d.is_snapshot for d in deliveries]),
        "refused_because": (pa.string(), [d.refused_because for d in deliveries]),
    }
    return pa.table({name: pa.array(values, type_) for name, (type_, values) in columns.items()})


def as_rows(members: list[LeftMember]) -> pa.Table:
    """Return members that are not read as rows with the columns of `LeftMember`."""
    return pa.Table.from_pylist([asdict(member) for member in members], LEFT_MEMBER)


LEFT_MEMBER = pa.schema(
    {
        "path": pa.string(),
        "container": pa.string(),
        "member": pa.string(),
        "sha256": pa.string(),
        "size_bytes": pa.int64(),
        "why": pa.string(),
    }
)


def _delivery(taken: TakenFile, container: str, content: Content, layout: Layout) -> Delivery:
    facts: dict[str, str | None] = {}
    refusal = content.refused_because
    try:
        if content.member is None:
            _check_is_archive(taken, content.label)
        facts = _facts_from_name(content, layout)
    except LandingFileError as error:
        refusal = refusal or str(error)
    return Delivery(
        source_system=taken.source.source,
        layout=layout.layout,
        path=content.label,
        container=container,
        sha256=content.sha256,
        size_bytes=content.size_bytes,
        name_facts=facts,
        date_in_name=taken.file.date_in((content.name, taken.path.name)),
        is_snapshot=taken.file.delivery is Kind.SNAPSHOT,
        refused_because=refusal,
    )


def _as_known(delivery: Delivery, rewritten: RewrittenFiles) -> Delivery:
    """Give a delivery the hash by which the ledger knows it, whatever was taken out of it since."""
    return replace(
        delivery,
        sha256=rewritten.delivered(delivery.path, delivery.sha256),
        lying_sha256=delivery.sha256,
    )


def _check_is_archive(taken: TakenFile, label: str) -> None:
    if taken.file.member_glob is not None:
        raise LandingFileError(
            f"{label}: is no ZIP archive, so it has no members as {taken.file.path} of source {taken.source.source} "
            "names them. Ask for the archive, or correct `path` in "
            f"config/sources/{taken.source.source}.yml."
        )


def _facts_from_name(content: Content, layout: Layout) -> dict[str, str | None]:
    if not layout.facts_from_name:
        return {}
    match = re.search(layout.facts_from_name, content.name)
    if not match:
        raise LandingFileError(
            f"{content.label}: the name does not say {', '.join(layout.fact_names)}, which layout {layout.layout} "
            f"reads from it with {layout.facts_from_name!r}. Rename the file as the vendor's export names it."
        )
    return match.groupdict()
