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
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Source
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.night import Night

MEMBER_SEPARATOR = "!"
MEMBER_PATH = r"(?i)(.*?\.zip)!(.*)"
MAX_MEMBER_BYTES = 4 * 2**30
MAX_MEMBERS = 1_000
UNREADABLE_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""Damaged, cut off, encrypted (RuntimeError), or packed in a way that Python does not read."""


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


def build_delivery(night: Night) -> None:
    """Enter what lies in the landing folder into `extract.delivery`, one row per name and content.

    `extract.landing` holds what lies there now; it is internal to this stage.
    """
    night.engine.execute(
        "create table if not exists extract.delivery (path varchar, file_id varchar, source_system varchar,"
        " layout varchar, sha256 varchar, size_bytes bigint, name_facts varchar, first_seen_on date)"
    )
    with night.engine.arrow_view(_as_table(list(find_deliveries(night.project)))) as found:
        night.engine.replace_table("extract.landing", f"from {found}")
    night.engine.execute(
        "insert into extract.delivery select *, cast(? as date) from extract.landing"
        " anti join extract.delivery using (path, file_id)",
        [night.business_date],
    )


def build_file(night: Night) -> None:
    """Enter new content into `extract.file` under the first of its names.

    Content that was never loaded and has left the landing folder is forgotten: a broken file that was
    replaced must not hold up the nights.
    """
    night.engine.execute(
        "create table if not exists extract.file (file_id varchar, source_system varchar, layout varchar,"
        " path varchar, sha256 varchar, size_bytes bigint, name_facts varchar, first_seen_on date,"
        " loaded_at timestamp, physical_records bigint, blank_records bigint,"
        " unknown_columns varchar, missing_columns varchar, read_as varchar, refused_because varchar)"
    )
    night.engine.execute(
        "delete from extract.file where loaded_at is null"
        " and file_id not in (select file_id from extract.landing)"
    )
    night.engine.execute(
        "insert into extract.file by name"
        " select file_id, source_system, layout, path, sha256, size_bytes, name_facts, first_seen_on"
        " from extract.delivery semi join extract.landing using (path, file_id)"
        " anti join extract.file using (file_id)"
        " qualify row_number() over (partition by file_id order by first_seen_on, path) = 1"
    )


def _as_table(deliveries: list[Delivery]) -> pa.Table:
    """Return deliveries as rows: path, file_id, source_system, layout, sha256, size_bytes, name_facts."""
    return pa.table(
        {
            "path": pa.array([d.path for d in deliveries], pa.string()),
            "file_id": pa.array([d.file_id for d in deliveries], pa.string()),
            "source_system": pa.array([d.source_system for d in deliveries], pa.string()),
            "layout": pa.array([d.layout for d in deliveries], pa.string()),
            "sha256": pa.array([d.sha256 for d in deliveries], pa.string()),
            "size_bytes": pa.array([d.size_bytes for d in deliveries], pa.int64()),
            "name_facts": pa.array(
                [json.dumps(d.name_facts, sort_keys=True) for d in deliveries], pa.string()
            ),
        }
    )


def find_deliveries(project: Project) -> Iterator[Delivery]:
    """Yield what the sources' patterns find, in the order of sources, patterns and paths.

    Raises:
        LandingFileError: the landing folder is missing, or a ZIP is broken.
    """
    check_landing(project)
    landing = project.landing
    for source in project.sources.values():
        for file in source.files:
            layout = project.layouts[file.layout]
            for path in sorted(landing.glob(file.path)) if file.path else ():
                if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                    yield from _deliveries_of(path, landing, source, layout)


def build_unrecognised_file(night: Night) -> None:
    """Rebuild `extract.unrecognised_file`: what lies in the landing folder and was not found for any source."""
    landing = night.project.landing
    files = [path for path in sorted(landing.rglob("*")) if path.is_file() or path.is_symlink()]
    files = [path for path in files if not path.name.startswith(".")]
    rows = pa.table(
        {
            "path": pa.array([path.relative_to(landing).as_posix() for path in files], pa.string()),
            "size_bytes": pa.array([path.lstat().st_size for path in files], pa.int64()),
        }
    )
    with night.engine.arrow_view(rows) as view:
        night.engine.replace_table(
            "extract.unrecognised_file",
            f"select path, size_bytes from {view} as lying where not exists (select 1 from extract.landing as found"
            f" where lying.path in (found.path, regexp_extract(found.path, '{MEMBER_PATH}', 1))) order by path",
        )


def check_landing(project: Project) -> None:
    """Demand that there is a landing folder.

    Raises:
        LandingFileError: it is missing.
    """
    if not project.landing.is_dir():
        raise LandingFileError(
            f"{project.landing}: the landing folder does not exist. Create it and drop exports there."
        )


def _deliveries_of(path: Path, landing: Path, source: Source, layout: Layout) -> Iterator[Delivery]:
    relative = path.relative_to(landing).as_posix()
    if path.suffix.lower() != ".zip":
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        yield _delivery(relative, path.name, sha256, path.stat().st_size, source, layout)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for member in _members(archive, relative):
                name = Path(member).name
                content = archive.read(member)
                sha256 = hashlib.sha256(content).hexdigest()
                path_in_zip = f"{relative}{MEMBER_SEPARATOR}{member}"
                yield _delivery(path_in_zip, name, sha256, len(content), source, layout)
    except UNREADABLE_ZIP:
        raise LandingFileError(
            f"{relative}: not a readable ZIP archive. Ask for a new export, complete and without a password."
        ) from None


def _members(archive: zipfile.ZipFile, relative: str) -> list[str]:
    files = [info for info in archive.infolist() if not info.is_dir()]
    if len(files) > MAX_MEMBERS or any(info.file_size > MAX_MEMBER_BYTES for info in files):
        raise LandingFileError(
            f"{relative}: more than {MAX_MEMBERS} members, or one larger than {MAX_MEMBER_BYTES} bytes. "
            "Deliver it in smaller archives."
        )
    return sorted(info.filename for info in files if info.filename.lower().endswith((".csv", ".tsv", ".txt")))


def _delivery(
    relative: str, name: str, sha256: str, size_bytes: int, source: Source, layout: Layout
) -> Delivery:
    return Delivery(
        source_system=source.source,
        layout=layout.layout,
        path=relative,
        sha256=sha256,
        size_bytes=size_bytes,
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
