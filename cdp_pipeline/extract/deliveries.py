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
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Delivery as Kind
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.containers import Content, contents_of, refused_whole
from cdp_pipeline.extract.database.kept_reads import kept_reads
from cdp_pipeline.extract.landing import TakenFile, check_landing, is_document, taken_files

__all__ = ["Delivery", "as_table", "check_landing", "find_deliveries", "found_contents"]


@dataclass(frozen=True)
class Delivery:
    """One content: a file, or one member of an archive.

    Attributes:
        path: relative to the landing folder, with `!member` for members of a ZIP.
        container: the file that holds it, which is the path itself unless it is a member.
        name_facts: facts that the layout reads from the name.
        date_in_name: day of the export by its name, or by that of its archive.
        is_snapshot: whether it lists everything that the source has.
        refused_because: why it cannot be read, with the remedy.
    """

    source_system: str
    layout: str
    path: str
    container: str
    sha256: str
    size_bytes: int
    name_facts: dict[str, str] = field(default_factory=dict)
    date_in_name: date | None = None
    is_snapshot: bool = False
    refused_because: str | None = None

    @property
    def is_document(self) -> bool:
        """Whether it is no data but something that an archive holds beside it."""
        return self.path != self.container and is_document(self.path)

    @property
    def file_id(self) -> str:
        """Short hash that names the content in every table."""
        facts = json.dumps(self.name_facts, sort_keys=True)
        text = "\0".join((self.source_system, self.layout, facts, self.sha256))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def find_deliveries(project: Project) -> Iterator[Delivery]:
    """Yield what the sources' patterns find in the landing folder, by source, pattern and path.

    Raises:
        LandingFileError: the landing folder is missing.
    """
    return (delivery for delivery in found_contents(project) if not delivery.is_document)


def found_contents(project: Project) -> Iterator[Delivery]:
    """Yield deliveries, and the documents that archives hold beside them.

    Raises:
        LandingFileError: the landing folder is missing.
    """
    check_landing(project)
    found = [(taken, label, list(contents_of(taken.path, label))) for taken, label in _containers(project)]
    clashes = _clashes(found)
    for taken, label, contents in found:
        clash = clashes.get(label)
        for content in [refused_whole(taken.path, label, clash)] if clash else contents:
            yield _delivery(taken, label, content, project.layouts[taken.file.layout])


def _containers(project: Project) -> Iterator[tuple[TakenFile, str]]:
    for taken in taken_files(project):
        yield taken, taken.path.relative_to(project.landing).as_posix()
    for read in kept_reads(project):
        yield TakenFile(read.path, read.source, read.file), read.label


def _clashes(found: list[tuple[TakenFile, str, list[Content]]]) -> dict[str, str]:
    """Tell of containers that hold something under a name that stands for something else too, as `a.zip!b.csv` may."""
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for _, container, contents in found:
        for content in contents:
            holders[content.label].add(container)
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


def _delivery(taken: TakenFile, container: str, content: Content, layout: Layout) -> Delivery:
    facts, refusal = {}, content.refused_because
    try:
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


def _facts_from_name(content: Content, layout: Layout) -> dict[str, str]:
    if not layout.facts_from_name:
        return {}
    match = re.search(layout.facts_from_name, content.name)
    if not match:
        raise LandingFileError(
            f"{content.label}: the name does not say {', '.join(layout.fact_names)}, which layout {layout.layout} "
            f"reads from it with {layout.facts_from_name!r}. Rename the file as the vendor's export names it."
        )
    return match.groupdict()
