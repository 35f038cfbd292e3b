"""Inspecting a file that somebody holds in hand, and writing what makes it a source of the project."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.contracts.base import Contract, Identifier, parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.errors import ConfigError, LandingFileError
from cdp_pipeline.extract.containers import Content, content_as_file, contents_of
from cdp_pipeline.extract.inspection import Inspection, inspect_content
from cdp_pipeline.extract.inspection.columns import format_of
from cdp_pipeline.extract.inspection.draft import SourceFacts, draft_layout, draft_source
from cdp_pipeline.extract.inspection.meanings import identifier_of

KNOWN_SUFFIX = re.compile(r"(?i)(?:[.](?:csv|tsv|txt|jsonl|ndjson|json|parquet|xlsx))?(?:[.](?:gz|zip))?$")
NUMBERS_IN_NAME = re.compile(r"[-_. ]*[(]?[0-9][-_. 0-9]*[)]?$")
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
    taken_by = _source_of(project, file)
    return [_inspected(project, file, content, taken_by) for content in contents_of(file, file.name)]


def _inspected(
    project: Project, file: Path, content: Content, taken_by: tuple[str, str] | None
) -> InspectedFile:
    if content.refused_because:
        return InspectedFile(content, None, content.refused_because, taken_by)
    with tempfile.TemporaryDirectory(prefix="cdp_inspect_") as scratch:
        try:
            with content_as_file(
                file, content.member, content.label, content.sha256, Path(scratch)
            ) as unpacked:
                inspection = inspect_content(unpacked, content.label, _layouts(project))
        except LandingFileError as error:
            return InspectedFile(content, None, str(error), taken_by)
    return InspectedFile(content, inspection, inspection.refusal, taken_by)


def _layouts(project: Project) -> dict[str, Layout]:
    return {name: layout for name, layout in project.layouts.items() if name != LINK_INPUT}


def _source_of(project: Project, file: Path) -> tuple[str, str] | None:
    resolved = file.resolve()
    for source in project.sources.values():
        for delivered in source.files:
            if delivered.path and resolved in {
                path.resolve() for path in project.landing.glob(delivered.path)
            }:
                return source.source, delivered.layout
    return None


class _NameOfSource(Contract):
    name: Identifier


@dataclass(frozen=True)
class WrittenMapping:
    """What `write_mapping` wrote.

    Attributes:
        layout: that the new source delivers.
        is_new_layout: whether it was drafted from the file.
        files: below the project's folder, in order.
        feeds: canonical tables that a drafted layout feeds.
        path: glob below the landing folder under which the file has to lie.
    """

    source: str
    layout: str
    is_new_layout: bool
    files: list[str]
    feeds: list[str]
    path: str


def write_mapping(
    project: Project, file: Path, inspection: Inspection, name: str, *, is_new: bool
) -> WrittenMapping:
    """Write a source for the file, and a layout too where none of the project's fits; the project must still load.

    Args:
        file: the file as it was given, a whole archive too; the source's pattern is made from its name.
        name: of the source, and of the layout if one is drafted; empty takes the file's name.
        is_new: draft a layout although one fits.

    Raises:
        ConfigError: the name is none, or a file of it is there already; nothing has been written then.
    """
    facts = _facts_of(project, file, name)
    fit = inspection.best_fit
    chosen = fit.layout if fit and fit.is_convincing and not is_new else None
    if chosen:
        files = draft_source(facts, chosen.layout, _format_beyond(inspection, chosen))
    else:
        files = draft_layout(inspection, facts)
    _write(project, files)
    return WrittenMapping(
        source=facts.name,
        layout=chosen.layout if chosen else facts.name,
        is_new_layout=chosen is None,
        files=sorted(files),
        feeds=sorted(Path(name).stem for name in files if name.endswith(".sql")),
        path=facts.path,
    )


def _facts_of(project: Project, file: Path, name: str) -> SourceFacts:
    suffix = "".join(KNOWN_SUFFIX.findall(file.name)[:1])
    stem = file.name.removesuffix(suffix)
    plain = NUMBERS_IN_NAME.sub("", stem) or stem
    chosen = name or identifier_of(plain)
    parse_contract({"name": chosen}, _NameOfSource, origin="cdp source inspect --name")
    if chosen in project.sources:
        raise ConfigError(f"config/sources/{chosen}.yml: is there already. Choose another --name.")
    other = next(iter(project.sources.values()), None)
    return SourceFacts(
        name=chosen,
        zone=other.zone if other else project.settings.schedule.zone,
        country=other.country if other else "DE",
        currency=other.currency if other else "EUR",
        path=f"{chosen}/{_escaped(plain)}*{suffix}",
    )


def _escaped(name: str) -> str:
    """Write signs that mean something in a glob so that they mean themselves."""
    return re.sub(r"([\[\]*?])", r"[\1]", name)


def _format_beyond(inspection: Inspection, layout: Layout) -> dict[str, object]:
    """Return where the file is written otherwise than the layout says; what it does not show, stays."""
    said = layout.format.model_dump()
    return {key: value for key, value in format_of(inspection).items() if said[key] != value}


def _write(project: Project, files: dict[str, str]) -> None:
    """Write all files, or none: a draft that does not load would stop the next night."""
    there = [name for name in files if (project.root / name).exists()]
    if there:
        raise ConfigError(f"{there[0]}: is there already, so nothing was written. Choose another --name.")
    written = []
    try:
        for path, text in _targets(project, files):
            path.parent.mkdir(parents=True, exist_ok=True)
            written.append(path)
            path.write_text(text, encoding="utf-8", newline="\n")
        load_project(project.root)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _targets(project: Project, files: dict[str, str]) -> Iterator[tuple[Path, str]]:
    yield from ((project.root / name, text) for name, text in files.items())


def pick_one(files: list[InspectedFile]) -> Inspection:
    """Return the inspection to write a mapping from: of an archive's members those must be alike.

    Raises:
        LandingFileError: none can be read, or the members differ.
    """
    read = [file.inspection for file in files if file.inspection and not file.refusal]
    if not read:
        raise LandingFileError("Nothing in the file can be read, so no mapping can be written.")
    if any(set(other.header) != set(read[0].header) for other in read):
        raise LandingFileError(
            "The archive's members have different columns. Unpack it and inspect one after the other."
        )
    return max(read, key=lambda inspection: inspection.records)
