"""What lies in the landing folder, and the ledger that loads each content once.

A file is known by the SHA-256 of its content together with the facts that its name carries: the same
bytes under a new name are the same file, but a list of unsubscribed people is another file than the
same list of subscribed ones.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.contracts.layout import Layout, Source
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.night import Night

MEMBER_SEPARATOR = "!"
MAX_MEMBER_BYTES = 4 * 2**30
MAX_MEMBERS = 1_000


@dataclass(frozen=True)
class Delivery:
    """One file, or one member of a ZIP, as it lies in the landing folder.

    Attributes:
        path: relative to the landing folder, with `!member` for ZIP members.
        name_facts: facts that the layout reads from the name.
    """

    source_system: str
    layout: str
    path: str
    sha256: str
    size_bytes: int
    name_facts: dict[str, str]

    @property
    def file_id(self) -> str:
        """Short hash that names the content in every table."""
        facts = json.dumps(self.name_facts, sort_keys=True)
        text = "\0".join((self.source_system, self.layout, facts, self.sha256))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def register_deliveries(night: Night) -> None:
    """Enter everything in the landing folder into `extract.delivery`, and new content into `extract.file`.

    `delivery` has one row per name and content, so that a file delivered twice stays visible.
    """
    engine = night.engine
    _create_ledger(night)
    for delivery in find_deliveries(night.project):
        engine.execute(
            "insert into extract.delivery select ?, ?, ? where not exists"
            " (select 1 from extract.delivery where path = ? and file_id = ?)",
            [delivery.path, delivery.file_id, night.business_date, delivery.path, delivery.file_id],
        )
        engine.execute(
            "insert into extract.file (file_id, source_system, layout, path, sha256, size_bytes, name_facts,"
            " first_seen_on) select ?, ?, ?, ?, ?, ?, ?, ?"
            " where not exists (select 1 from extract.file where file_id = ?)",
            [
                delivery.file_id,
                delivery.source_system,
                delivery.layout,
                delivery.path,
                delivery.sha256,
                delivery.size_bytes,
                json.dumps(delivery.name_facts, sort_keys=True),
                night.business_date,
                delivery.file_id,
            ],
        )


def find_deliveries(project: Project) -> Iterator[Delivery]:
    """Yield what the sources' patterns find, in the order of sources, patterns and paths.

    Raises:
        LandingFileError: the landing folder is missing, or a ZIP is broken.
    """
    landing = project.landing
    if not landing.is_dir():
        raise LandingFileError(
            f"{landing}: the landing folder does not exist. Create it and drop exports there."
        )
    for source in project.sources.values():
        for file in source.files:
            layout = project.layouts[file.layout]
            for path in sorted(landing.glob(file.path)):
                if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                    yield from _deliveries_of(path, landing, source, layout)


def read_delivery(landing: Path, path: str) -> bytes:
    """Return the bytes of a delivered file or ZIP member.

    Raises:
        LandingFileError: the file has gone since it was registered.
    """
    name, separator, member = path.partition(MEMBER_SEPARATOR)
    try:
        if not separator:
            return (landing / name).read_bytes()
        with zipfile.ZipFile(landing / name) as archive:
            return archive.read(member)
    except (FileNotFoundError, KeyError):
        raise LandingFileError(
            f"{path}: registered but no longer in the landing folder. Put the file back and run again."
        ) from None


def _deliveries_of(path: Path, landing: Path, source: Source, layout: Layout) -> Iterator[Delivery]:
    relative = path.relative_to(landing).as_posix()
    if path.suffix.lower() != ".zip":
        yield _delivery(relative, path.name, path.read_bytes(), source, layout)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for member in _members(archive, relative):
                name = Path(member).name
                content = archive.read(member)
                yield _delivery(f"{relative}{MEMBER_SEPARATOR}{member}", name, content, source, layout)
    except zipfile.BadZipFile:
        raise LandingFileError(f"{relative}: not a readable ZIP archive. Ask for a new export.") from None


def _members(archive: zipfile.ZipFile, relative: str) -> list[str]:
    files = [info for info in archive.infolist() if not info.is_dir()]
    if len(files) > MAX_MEMBERS or any(info.file_size > MAX_MEMBER_BYTES for info in files):
        raise LandingFileError(
            f"{relative}: more than {MAX_MEMBERS} members, or one larger than {MAX_MEMBER_BYTES} bytes. "
            "Deliver it in smaller archives."
        )
    return sorted(info.filename for info in files if info.filename.lower().endswith((".csv", ".tsv", ".txt")))


def _delivery(relative: str, name: str, content: bytes, source: Source, layout: Layout) -> Delivery:
    return Delivery(
        source_system=source.source,
        layout=layout.layout,
        path=relative,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        name_facts=_facts_from_name(name, relative, layout),
    )


def _facts_from_name(name: str, relative: str, layout: Layout) -> dict[str, str]:
    if not layout.facts_from_name:
        return {}
    match = re.search(layout.facts_from_name, name)
    if not match:
        raise LandingFileError(
            f"{relative}: the name does not say {', '.join(layout.fact_names)}, which layout {layout.layout} "
            f"reads from it with {layout.facts_from_name!r}. Rename the file as the vendor's export names it."
        )
    return match.groupdict()


def _create_ledger(night: Night) -> None:
    night.engine.execute(
        "create table if not exists extract.delivery (path varchar, file_id varchar, first_seen_on date)"
    )
    night.engine.execute(
        "create table if not exists extract.file (file_id varchar, source_system varchar, layout varchar,"
        " path varchar, sha256 varchar, size_bytes bigint, name_facts varchar, first_seen_on date,"
        " loaded_at timestamp, physical_records bigint, blank_records bigint,"
        " unknown_columns varchar, missing_columns varchar)"
    )
