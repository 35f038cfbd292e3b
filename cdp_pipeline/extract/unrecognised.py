"""What lies in the landing folder and is not read: why, and which layout it looks like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.errors import LandingFileError, RetryableError
from cdp_pipeline.extract.containers import content_as_file
from cdp_pipeline.extract.inspection import recognise_layout
from cdp_pipeline.extract.landing import (
    MISNAMED,
    UNTAKEN,
    UNTAKEN_MEMBER,
    left_because,
    lying_files,
    shown_path,
    taken_files,
)
from cdp_pipeline.extract.readers import library_errors_in_words
from cdp_pipeline.night import Night

UNRECOGNISED_FILE = TableContract(
    model="unrecognised_file",
    description="What lies in the landing folder and is not read: a new export, a name spelt otherwise, a link.",
    grain="one row per file or member of an archive",
    owner=DATA_ENGINEERING,
    key=["path"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(
            name="path",
            type="VARCHAR",
            description="Name below the landing folder, ZIP members after !; bytes that are not UTF-8 as \\xNN.",
        ),
        ColumnContract(
            name="size_bytes", type="BIGINT", description="Size of the file; of a member unpacked."
        ),
        ColumnContract(
            name="why",
            type="VARCHAR",
            description="no source takes it, no source takes this member of the archive, symlink, temporary name, "
            "its name is not UTF-8: rename it, holds nothing that can be read, document in an archive.",
        ),
        ColumnContract(
            name="looks_like",
            type="VARCHAR",
            description="Layout that a file which no source takes most likely follows, by its header alone.",
        ),
    ],
)

LEFT_FILE = pa.schema(
    {"path": pa.string(), "size_bytes": pa.int64(), "why": pa.string(), "looks_like": pa.string()}
)

MAX_RECOGNISED = 50
MAX_RECOGNISED_BYTES = 200_000_000
"""Telling what a file looks like is a courtesy: it must not keep a night waiting, and workbooks are opened for it."""

LINK_INPUT = "link_input"  # reads what `cdp link` is given; no system exports it


def build_unrecognised_file(night: Night) -> None:
    """Rebuild `extract.unrecognised_file`: what lies in the landing folder and is not read, and why."""
    recogniser = _Recogniser(night.project)
    files = pa.Table.from_pylist(list(_left_files(night.project, recogniser)), LEFT_FILE)
    members = pa.Table.from_pylist(list(_left_members(night, recogniser)), LEFT_FILE)
    with night.engine.arrow_view(files) as left, night.engine.arrow_view(members) as left_members:
        night.engine.replace_table(
            "extract.unrecognised_file",
            "select distinct on (path) path, size_bytes, why, looks_like from ("
            f"from {left} where why = {quote_literal(MISNAMED)} or path not in ({KNOWN_BY_CONTENT})"
            f" union all by name from {left_members}"
            ") order by path, why, size_bytes, looks_like",
        )


# An archive from which nothing is taken stands there by its members, not once more by its own name.
KNOWN_BY_CONTENT = (
    "select container from extract.landing"
    f" union all select container from extract.left_member where why = {quote_literal(UNTAKEN_MEMBER)}"
)


class _Recogniser:
    """Tells which layout things look like, for the first few of a night."""

    def __init__(self, project: Project) -> None:
        self._layouts = {name: layout for name, layout in project.layouts.items() if name != LINK_INPUT}
        self._left = MAX_RECOGNISED

    def layout_of(self, size_bytes: int, label: str, content: AbstractContextManager[Path]) -> str | None:
        """Name the layout that a content likely follows, by its header; nothing where none convinces."""
        if size_bytes > MAX_RECOGNISED_BYTES or not self._left:
            return None
        self._left -= 1
        try:
            with content as file, library_errors_in_words(label):
                return recognise_layout(file, label, self._layouts)
        except (LandingFileError, RetryableError):  # the latter: no room to unpack it
            return None


def _left_files(project: Project, recogniser: _Recogniser) -> Iterator[dict[str, str | int | None]]:
    """Yield every file of the landing folder with why it is not read, unless it is."""
    taken = {found.path for found in taken_files(project)}
    for path in lying_files(project):
        try:
            size = path.lstat().st_size
        except FileNotFoundError:  # taken away just now
            continue
        name, why = shown_path(path, project.landing), left_because(path, project.landing, taken)
        looks_like = recogniser.layout_of(size, name, nullcontext(path)) if why == UNTAKEN else None
        yield {"path": name, "size_bytes": size, "why": why, "looks_like": looks_like}


def _left_members(night: Night, recogniser: _Recogniser) -> Iterator[dict[str, str | int | None]]:
    """Yield what archives hold and no source reads."""
    project = night.project
    for path, container, member, sha256, size, why in night.engine.fetch_all(
        "select path, container, member, sha256, size_bytes, why from extract.left_member order by path"
    ):
        content = content_as_file(project.landing / container, member, path, sha256, project.warehouse)
        looks_like = recogniser.layout_of(size, path, content) if why == UNTAKEN_MEMBER else None
        yield {"path": path, "size_bytes": size, "why": why, "looks_like": looks_like}
