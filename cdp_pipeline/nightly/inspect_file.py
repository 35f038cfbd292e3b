"""Inspecting a file that somebody holds in hand, with all members if it is an archive."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.containers import Content, content_as_file, contents_of
from cdp_pipeline.extract.inspection import Inspection, inspect_content
from cdp_pipeline.extract.landing import taken_files
from cdp_pipeline.extract.readers import library_errors_in_words

LINK_INPUT = "link_input"  # reads what `cdp link` is given; no system exports it


@dataclass(frozen=True)
class InspectedFile:
    """A file, or each member of an archive: what it turned out to be, or why nothing can be said.

    Attributes:
        taken_by: source and layout whose pattern takes the file where it lies, below the landing folder.
    """

    content: Content
    inspection: Inspection | None
    refusal: str | None
    taken_by: tuple[str, str] | None


def inspect_file(project: Project, file: Path) -> list[InspectedFile]:
    """Inspect a file wherever it lies, with all members if it is an archive.

    Raises:
        LandingFileError: there is no such file.
    """
    if not file.is_file():
        raise LandingFileError(f"{file}: there is no such file. Give the path of an export.")
    return [
        _inspected(project, file, content, _source_of(project, file, content))
        for content in contents_of(file, file.name)
    ]


def _inspected(
    project: Project, file: Path, content: Content, taken_by: tuple[str, str] | None
) -> InspectedFile:
    if content.refused_because:
        return InspectedFile(content, None, content.refused_because, taken_by)
    with tempfile.TemporaryDirectory(prefix="cdp_inspect_") as scratch:
        try:
            with (
                content_as_file(
                    file, content.member, content.label, content.sha256, Path(scratch)
                ) as unpacked,
                library_errors_in_words(content.label),
            ):
                inspection = inspect_content(unpacked, content.label, _layouts(project))
        except LandingFileError as error:
            return InspectedFile(content, None, str(error), taken_by)
    return InspectedFile(content, inspection, inspection.refusal, taken_by)


def _layouts(project: Project) -> dict[str, Layout]:
    return {name: layout for name, layout in project.layouts.items() if name != LINK_INPUT}


def _source_of(project: Project, file: Path, content: Content) -> tuple[str, str] | None:
    resolved = file.resolve()
    for taken in taken_files(project):
        is_taken = content.member is None or taken.takes(content.member)
        if is_taken and taken.path.resolve() == resolved:
            return taken.source.source, taken.file.layout
    return None
