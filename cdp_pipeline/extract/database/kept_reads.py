"""The private folder of what was read from databases: kept until its records are accepted.

data/warehouse/database/<source>/<layout>/<business date>-<number of the read>.parquet
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Source, SourceFile

LABEL_PREFIX = "database:"
SUFFIX = ".parquet"


@dataclass(frozen=True)
class KeptRead:
    """What one read brought.

    Attributes:
        label: stands where other deliveries have their path: `database:<source>/<layout>/<name>`.
    """

    path: Path
    label: str
    source: Source
    file: SourceFile


def label_of(source_system: str, layout: str, name: str) -> str:
    """Name a read as the ledger does."""
    return f"{LABEL_PREFIX}{source_system}/{layout}/{name}"


def place_of(project: Project, label: str) -> Path:
    """Return where the file of a read lies, or lay."""
    return project.database_spool / (label.removeprefix(LABEL_PREFIX) + SUFFIX)


def kept_file(project: Project, label: str) -> Path | None:
    """Return the file of a label if the label names a read; a delivered file may have any name."""
    return next((read.path for read in kept_reads(project) if read.label == label), None)


def kept_reads(project: Project) -> Iterator[KeptRead]:
    """Yield what is kept, in the order of sources and reads."""
    for source in project.sources.values():
        for file in source.files:
            if file.database:
                folder = project.database_spool / source.source / file.layout
                for path in sorted(folder.glob(f"*{SUFFIX}")):
                    yield KeptRead(path, label_of(source.source, file.layout, path.stem), source, file)


def remove_all_but(folder: Path, kept: set[Path]) -> None:
    """Remove files that no finished read knows: their watermark was never stored, so they are read again."""
    for path in folder.glob("*"):
        if path not in kept:
            path.unlink()
