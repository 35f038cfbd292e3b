"""Writing what makes a file that was inspected a source of the project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.contracts.base import Contract, Identifier, parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.contracts.source import MEMBER_MARK
from cdp_pipeline.errors import ConfigError, LandingFileError
from cdp_pipeline.extract.inspection import Inspection
from cdp_pipeline.extract.inspection.columns import draft_columns, format_of
from cdp_pipeline.extract.inspection.draft import DraftedFile, SourceFacts, draft_layout, draft_source
from cdp_pipeline.extract.inspection.file_names import escaped, glob_of, plain_and_suffix
from cdp_pipeline.extract.inspection.meanings import identifier_of
from cdp_pipeline.extract.landing import fits_member
from cdp_pipeline.nightly.inspect_file import InspectedFile


class _NameOfSource(Contract):
    name: Identifier


@dataclass(frozen=True)
class WrittenMapping:
    """What `write_mapping` wrote.

    Attributes:
        layouts: that the new source delivers.
        is_new_layout: whether the only one was drafted from the file.
        files: below the project's folder, in order.
        feeds: canonical tables that a drafted layout feeds.
        path: glob below the landing folder under which the file has to lie.
        left_out: members of an archive that the source does not read, as no layout fits them.
        asks_consent: headers of a drafted layout that look like consent.
    """

    source: str
    layouts: list[str]
    is_new_layout: bool
    files: list[str]
    feeds: list[str]
    path: str
    left_out: list[str]
    asks_consent: list[str]


def write_mapping(
    project: Project, file: Path, inspected: list[InspectedFile], name: str, *, is_new: bool
) -> WrittenMapping:
    """Write a source for the file, and a layout too where none of the project's fits; the project must still load.

    An archive of different exports becomes one source with a pattern for each of the project's layouts that fits some
    of its members.

    Args:
        file: the file as it was given, a whole archive too; the source's pattern is made from its name.
        inspected: the file, or all members of the archive.
        name: of the source, and of the layout if one is drafted; empty takes the file's name.
        is_new: draft a layout although one fits.

    Raises:
        ConfigError: the name is none, or a file of it is there already; nothing has been written then.
        LandingFileError: nothing can be read, or no pattern tells the members apart.
    """
    facts = _facts_of(project, file, name)
    parts = [] if is_new else _parts_by_layout(facts.path, inspected)
    drafted = [part.drafted for part in parts]
    largest = None if parts else _pick_one(inspected)
    files = draft_layout(largest, facts) if largest else draft_source(facts, drafted)
    _write(project, files)
    taken = {label for part in parts for label in part.labels}
    return WrittenMapping(
        source=facts.name,
        layouts=[part.drafted.layout for part in parts] or [facts.name],
        is_new_layout=not parts,
        files=sorted(files),
        feeds=sorted(Path(name).stem for name in files if name.endswith(".sql")),
        path=facts.path,
        left_out=[found.content.label for found in inspected if parts and found.content.label not in taken],
        asks_consent=[c.header for c in draft_columns(largest, facts.country) if c.holds_consent]
        if largest
        else [],
    )


def _pick_one(files: list[InspectedFile]) -> Inspection:
    """Return the inspection to write a mapping from: of an archive's members those must be alike.

    Raises:
        LandingFileError: none can be read, or the members differ.
    """
    read = [file.inspection for file in files if file.inspection and not file.refusal]
    if not read:
        raise LandingFileError("Nothing in the file can be read, so no mapping can be written.")
    if any(set(other.header) != set(read[0].header) for other in read):
        raise LandingFileError(
            "The archive's members have different columns, and no layout fits any of them. Unpack it and inspect one "
            "after the other."
        )
    return max(read, key=lambda inspection: inspection.records)


@dataclass(frozen=True)
class _Part:
    """What one layout reads of the file: all of it, or the members of an archive that one pattern takes."""

    drafted: DraftedFile
    labels: list[str]


def _parts_by_layout(path: str, inspected: list[InspectedFile]) -> list[_Part]:
    """Sort the file, or an archive's members, by the layouts that fit; nothing where none does."""
    by_layout: dict[str, list[InspectedFile]] = {}
    for found in inspected:
        fit = found.inspection.best_fit if found.inspection and not found.refusal else None
        if fit and fit.is_convincing:
            by_layout.setdefault(fit.layout.layout, []).append(found)
    readable = [found for found in inspected if not found.refusal]
    if len(by_layout) == 1 and len(readable) == sum(map(len, by_layout.values())):
        [(layout, fitting)] = by_layout.items()
        return [_Part(_drafted(layout, path, fitting), [found.content.label for found in inspected])]
    names = [found.content.member or "" for found in inspected]
    return [
        _Part(
            _drafted(layout, f"{path}{MEMBER_MARK}{_member_glob(layout, fitting, names)}", fitting),
            [found.content.label for found in fitting],
        )
        for layout, fitting in sorted(by_layout.items())
    ]


def _drafted(layout: str, path: str, fitting: list[InspectedFile]) -> DraftedFile:
    inspections = [found.inspection for found in fitting if found.inspection]
    largest = max(inspections, key=lambda inspection: inspection.records)
    chosen = next(fit.layout for fit in largest.fits if fit.layout.layout == layout)
    return DraftedFile(layout, path, _format_beyond(largest, chosen))


def _member_glob(layout: str, fitting: list[InspectedFile], names: list[str]) -> str:
    """Return a glob that takes these members of an archive and none of its others, for later exports too."""
    wanted = [found.content.member or "" for found in fitting]
    own_names = [name.rsplit("/", 1)[-1] for name in wanted]
    for glob in (*map(glob_of, own_names), *map(escaped, own_names), *map(escaped, wanted)):
        if [name for name in names if fits_member(glob, name)] == wanted:
            return glob
    raise LandingFileError(
        f"{', '.join(found.content.label for found in fitting)}: follow layout {layout}, but no pattern takes them "
        "and nothing else of the archive. Unpack it and inspect one after the other."
    )


def _facts_of(project: Project, file: Path, name: str) -> SourceFacts:
    chosen = name or identifier_of(plain_and_suffix(file.name)[0])
    parse_contract({"name": chosen}, _NameOfSource, origin="cdp source inspect --name")
    if chosen in project.sources:
        raise ConfigError(f"config/sources/{chosen}.yml: is there already. Choose another --name.")
    other = next(iter(project.sources.values()), None)
    return SourceFacts(
        name=chosen,
        zone=other.zone if other else project.settings.schedule.zone,
        country=other.country if other else "DE",
        currency=other.currency if other else "EUR",
        path=f"{chosen}/{glob_of(file.name)}",
    )


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
