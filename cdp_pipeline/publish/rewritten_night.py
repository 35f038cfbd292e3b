"""A published night without some of its rows: built beside the old one, under a new name, which takes its place.

A process that has a database of the old folder open would get old data under the same path, so no file of a published
night is ever changed. The new folder keeps the business date and the age of the old one, and so its place among the
nights; killed anywhere, either stands whole, and the next try goes on.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.engine import EngineOptions
from cdp_pipeline.engine.rewriting import rewrite_database
from cdp_pipeline.publish.manifest import MANIFEST_NAME, Manifest, ManifestFile, read_manifest, sha256_of
from cdp_pipeline.publish.night_folder import (
    current_night,
    make_durable,
    point_current_to,
    published_nights,
    start_building,
)

GENERATION = re.compile(r"-rewritten(\d+)$")

ChangeRows = Callable[[Engine], dict[str, int]]
"""Deletes rows of a database, within a transaction; returns how many by table."""


@dataclass
class NightChanges:
    """What a published night is to lose.

    Attributes:
        databases: what deletes rows, by name of the database.
        lines: data lines of activation files that go, from 0, by path in the folder.
        erasures: numbers to add to the manifest's `erased_requests`.
    """

    databases: Mapping[str, ChangeRows] = field(default_factory=dict)
    lines: Mapping[str, Iterable[int]] = field(default_factory=dict)
    erasures: tuple[int, ...] = ()


@dataclass(frozen=True)
class RewrittenNight:
    """What became of a published night.

    Attributes:
        before: name of the folder that is gone; `after` of the one in its place.
        rows: deleted, by database, a colon and the table.
        lines: taken out of activation files, by path in the folder.
        files: path in the folder, with the hash before and after.
    """

    before: str
    after: str
    rows: dict[str, int]
    lines: dict[str, int]
    files: dict[str, tuple[str, str]]


def rewrite_night(
    folder: Path, changes: NightChanges, options: EngineOptions | None = None
) -> RewrittenNight:
    """Put a folder without the rows in the place of a published night; `current` follows if it pointed there.

    Raises:
        NightError: the manifest is missing or damaged.
        CdpError: another process holds one of the databases of the new folder.
    """
    manifest, published = read_manifest(folder), folder.parent
    building = start_building(published, f"rewriting-{folder.name}")
    shutil.copytree(folder, building, dirs_exist_ok=True)
    rows: dict[str, int] = {}
    for name, change in changes.databases.items():
        rows |= {
            f"{name}:{table}": count for table, count in _change(building / name, change, options).items()
        }
    lines = {path: _without_lines(building / path, wanted) for path, wanted in changes.lines.items()}
    after = _described_anew(building, manifest, changes.erasures)
    name = _next_name(folder)
    _take_the_place(building, folder, published / name)
    return RewrittenNight(
        before=folder.name,
        after=name,
        rows=rows,
        lines={path: count for path, count in lines.items() if count},
        files={
            old.path: (old.sha256, new.sha256)
            for old, new in zip(manifest.files, after.files, strict=True)
            if old.sha256 != new.sha256
        },
    )


def finish_replacing(published: Path) -> None:
    """Remove the old folders of a replacement that was killed when the new one stood already."""
    folders = {folder.name: folder for folder in published_nights(published)}
    for folder in folders.values():
        older = [folders[name] for name in _earlier_names(folder.name) if name in folders]
        for old in older:
            if current_night(published) == old:
                point_current_to(folder)
            shutil.rmtree(old)


def _change(path: Path, change: ChangeRows, options: EngineOptions | None) -> dict[str, int]:
    with Engine.open(path, options) as engine, engine.transaction():
        rows = change(engine)
    rewrite_database(path, options)  # else the deleted rows stay in free blocks
    return rows


def _without_lines(path: Path, lines: Iterable[int]) -> int:
    """Take data lines out of an activation file and return how many."""
    gone = {*lines}
    if not gone:
        return 0
    header, *records = _records(path.read_bytes())
    path.write_bytes(b"".join([header, *(one for at, one in enumerate(records) if at not in gone)]))
    return len(gone)


def count_lines(path: Path) -> int:
    """Count the data lines of an activation file; a line break in quotes ends none."""
    return len(_records(path.read_bytes())) - 1


def _records(text: bytes) -> list[bytes]:
    """Part a file that `activate` wrote: a cell is quoted whole or not at all, so quotes come in pairs."""
    return re.findall(rb'(?:[^"\n]++|"[^"]*+")*+\n', text)


def _described_anew(building: Path, manifest: Manifest, erasures: tuple[int, ...]) -> Manifest:
    """Write the manifest of the new folder."""
    after = manifest.model_copy(
        update={
            "files": [_describe(building, file) for file in manifest.files],
            "erased_requests": sorted({*manifest.erased_requests, *erasures}),
        }
    )
    (building / MANIFEST_NAME).write_text(after.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return after


def _describe(building: Path, file: ManifestFile) -> ManifestFile:
    path = building / file.path
    if not path.exists() or sha256_of(path) == file.sha256:
        return file
    rows = file.rows
    if isinstance(rows, dict):
        with Engine.open(path, read_only=True) as engine:
            rows = {table: engine.row_count(table) for table in rows}
    elif rows is not None:
        rows = count_lines(path)
    return file.model_copy(
        update={"size_bytes": path.stat().st_size, "sha256": sha256_of(path), "rows": rows}
    )


def _next_name(folder: Path) -> str:
    found = GENERATION.search(folder.name)
    generation = int(found[1]) + 1 if found else 1
    return f"{GENERATION.sub('', folder.name)}-rewritten{generation}"


def _earlier_names(name: str) -> list[str]:
    found = GENERATION.search(name)
    base = GENERATION.sub("", name)
    return [base, *(f"{base}-rewritten{one}" for one in range(1, int(found[1])))] if found else []


def _take_the_place(building: Path, folder: Path, target: Path) -> None:
    was_current, age = current_night(folder.parent) == folder, folder.stat()
    make_durable(building)
    os.utime(building, ns=(age.st_atime_ns, age.st_mtime_ns))  # nights of one date are ordered by it
    building.rename(target)
    make_durable(folder.parent, only_itself=True)
    if was_current:
        point_current_to(target)
    shutil.rmtree(folder)
