"""What lies in the landing folder and is not read: why, and which layout it looks like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.inspection import recognise_layout
from cdp_pipeline.extract.landing import (
    DOCUMENT,
    MISNAMED,
    UNTAKEN,
    left_because,
    lying_files,
    shown_path,
    taken_files,
)
from cdp_pipeline.extract.readers import library_errors_in_words
from cdp_pipeline.night import Night

UNRECOGNISED_FILE = TableContract(
    model="unrecognised_file",
    description="Files in the landing folder that are not read: a new export, a name spelt otherwise, a link.",
    grain="one row per file",
    owner=DATA_ENGINEERING,
    key=["path"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(
            name="path",
            type="VARCHAR",
            description="Name below the landing folder; bytes that are not UTF-8 as \\xNN.",
        ),
        ColumnContract(name="size_bytes", type="BIGINT", description="Size of the file."),
        ColumnContract(
            name="why",
            type="VARCHAR",
            description="no source takes it, symlink, temporary name, its name is not UTF-8: rename it, "
            "holds nothing that can be read, document in an archive.",
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
    left = pa.Table.from_pylist(list(_left_files(night.project)), LEFT_FILE)
    with night.engine.arrow_view(left) as view:
        night.engine.replace_table(
            "extract.unrecognised_file",
            "select distinct on (path) path, size_bytes, why, looks_like from ("
            f"from {view}"
            f" where why = {quote_literal(MISNAMED)} or path not in (select container from extract.landing)"
            " union all by name"
            f" select path, size_bytes, {quote_literal(DOCUMENT)} as why from extract.document"
            ") order by path, why, size_bytes, looks_like",
        )


def _left_files(project: Project) -> Iterator[dict[str, str | int | None]]:
    """Yield every file of the landing folder with why it is not read, unless it is."""
    taken = {found.path for found in taken_files(project)}
    layouts = {name: layout for name, layout in project.layouts.items() if name != LINK_INPUT}
    recognised = 0
    for path in lying_files(project):
        try:
            size = path.lstat().st_size
        except FileNotFoundError:  # taken away just now
            continue
        name, why, looks_like = (
            shown_path(path, project.landing),
            left_because(path, project.landing, taken),
            None,
        )
        if why == UNTAKEN and size <= MAX_RECOGNISED_BYTES and recognised < MAX_RECOGNISED:
            recognised += 1
            looks_like = _layout_like(path, name, layouts)
        yield {"path": name, "size_bytes": size, "why": why, "looks_like": looks_like}


def _layout_like(path: Path, label: str, layouts: dict[str, Layout]) -> str | None:
    try:
        with library_errors_in_words(label):
            return recognise_layout(path, label, layouts)
    except LandingFileError:
        return None
