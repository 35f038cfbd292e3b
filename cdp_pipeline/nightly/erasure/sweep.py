"""Looking through every file of a project for what people are known by: decoded, unpacked, table by table.

This is how an erasure proves itself, so it knows nothing of how anything was erased. Text is looked for in UTF-8 and
UTF-16, whatever the case. What it finds it counts by place, and never shows.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.errors import CdpError
from cdp_pipeline.extract.archives import DAMAGED
from cdp_pipeline.privacy.handles import CONTACT, EXTERNAL_ID, INTERACTION, PURCHASE, RECORD, Handles

PIECE_BYTES = 2**22
SHORTEST = 8
"""Shorter ids, such as #1042, stand in other places for other things."""
NOT_OURS = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
DUCKDB_SIGN, SQLITE_SIGN, PARQUET_SIGN, GZIP_SIGN, ZIP_SIGN = (
    b"DUCK",
    b"SQLite format 3",
    b"PAR1",
    b"\x1f\x8b",
    b"PK",
)


def telling_values(handles: Handles) -> list[str]:
    """Return what tells the people wherever it stands: addresses, numbers, their hashes, and long ids."""
    contacts = {handle.value for handle in handles.of_kind(CONTACT)}
    hashed = {hashlib.sha256(value.encode()).hexdigest() for value in contacts}
    ids = {
        handle.value
        for kind in (RECORD, EXTERNAL_ID, PURCHASE, INTERACTION)
        for handle in handles.of_kind(kind)
    }
    return sorted(value for value in contacts | hashed | ids if len(value) >= SHORTEST)


def places_of(project: Project, values: Collection[str]) -> dict[str, int]:
    """Count the values in each place of the project, in order; places without any are left out.

    Returns:
        Paths below the project's folder (or absolute ones outside it), after `!` the member or the table.
    """
    if not values:
        return {}
    searcher = _Searcher(values)
    found: dict[str, int] = {}
    for path in files_of(project):
        inside = path.is_relative_to(project.root)
        label = path.relative_to(project.root).as_posix() if inside else str(path)
        for place, count in searcher.search(path, label):
            found[place] = found.get(place, 0) + count
    return {place: found[place] for place in sorted(found) if found[place]}


def files_of(project: Project) -> Iterator[Path]:
    """Yield every file of the project, the landing folder included wherever it lies; no links."""
    folders = (
        [project.root] if project.landing.is_relative_to(project.root) else [project.root, project.landing]
    )
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts = set(path.relative_to(folder).parts)
            if path.is_file() and not path.is_symlink() and not parts & NOT_OURS:
                yield path


class _Searcher:
    """Finds values in files of every kind that the project keeps."""

    def __init__(self, values: Collection[str]) -> None:
        self._folded = {_folded(value.lower().encode(encoding)) for value in values for encoding in ENCODINGS}
        self._text = re.compile("|".join(map(re.escape, sorted(values))), re.IGNORECASE)
        self._sql = "|".join(map(re.escape, sorted(values)))
        self._overlap = max(map(len, self._folded)) - 1

    def search(self, path: Path, label: str) -> Iterator[tuple[str, int]]:
        yield f"{label}!name", len(self._text.findall(path.name))
        with path.open("rb") as file:
            head = file.read(16)
            file.seek(0)
            yield label, self._in_stream(file)
            if head.startswith((GZIP_SIGN, ZIP_SIGN)):
                file.seek(0)
                yield from self._unpacked(file, label)
        if head[8:12] == DUCKDB_SIGN:
            yield from self._in_duckdb(path, label)
        elif head.startswith(SQLITE_SIGN):
            yield from self._in_sqlite(path, label)
        elif head.startswith(PARQUET_SIGN):
            with path.open("rb") as file:
                yield f"{label}!rows", self._in_parquet(file)

    def _in_stream(self, stream: BinaryIO) -> int:
        count, rest = 0, b""
        while piece := stream.read(PIECE_BYTES):
            text = rest + _folded(piece)
            count += self._in_folded(text) - self._in_folded(rest)
            rest = text[-self._overlap :]
        return count

    def _in_folded(self, text: bytes) -> int:
        return sum(text.count(value) for value in self._folded)

    def _unpacked(self, file: BinaryIO, label: str) -> Iterator[tuple[str, int]]:
        """Look into a gzip or a ZIP, and into what that packs; a damaged one holds nothing that can be read."""
        try:
            if file.read(2) == GZIP_SIGN:
                file.seek(0)
                with gzip.open(file) as stream:
                    yield from self._member(cast("BinaryIO", stream), f"{label}!unpacked")
                return
            with zipfile.ZipFile(file) as archive:
                for info in archive.infolist():
                    yield f"{label}!{info.filename}", len(self._text.findall(info.filename))
                    with archive.open(info) as member:
                        yield from self._member(cast("BinaryIO", member), f"{label}!{info.filename}")
        except DAMAGED:
            return

    def _member(self, stream: BinaryIO, label: str) -> Iterator[tuple[str, int]]:
        head = stream.read(4)
        stream.seek(0)
        yield label, self._in_stream(stream)
        stream.seek(0)
        if head.startswith((GZIP_SIGN, ZIP_SIGN)):
            yield from self._unpacked(stream, label)
        elif head == PARQUET_SIGN:
            yield f"{label}!rows", self._in_parquet(stream)

    def _in_parquet(self, stream: BinaryIO) -> int:
        try:
            file = pyarrow.parquet.ParquetFile(stream)
            return sum(
                len(self._text.findall(str(value)))
                for batch in file.iter_batches()
                for column in batch.columns
                for value in column.to_pylist()
            )
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            return 0

    def _in_duckdb(self, path: Path, label: str) -> Iterator[tuple[str, int]]:
        try:
            with Engine.open(path, read_only=True) as engine:
                for schema, table in engine.fetch_all(
                    "select schema_name, table_name from duckdb_tables() order by all"
                ):
                    name = f"{quote_identifier(schema)}.{quote_identifier(table)}"
                    yield (
                        f"{label}!{schema}.{table}",
                        int(
                            engine.fetch_value(
                                f"select count(*) from {name} as r where regexp_matches(to_json(r)::varchar, ?, 'i')",
                                [self._sql],
                            )
                        ),
                    )
        except CdpError:  # held by another process, or damaged: its bytes were looked through
            yield f"{label}!cannot be opened", 0

    def _in_sqlite(self, path: Path, label: str) -> Iterator[tuple[str, int]]:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
            for (table,) in tables:
                rows = connection.execute(f"select * from {quote_identifier(table)}")
                yield f"{label}!{table}", sum(self._in_row(row) for row in rows)

    def _in_row(self, row: Iterable[object]) -> int:
        return sum(self._in_folded(_folded(_inflated(cell))) for cell in row if cell is not None)


def _folded(content: bytes) -> bytes:
    """Write text small and without zero bytes: letters of ASCII then look the same in UTF-8 and in UTF-16.

    So each value is looked for once, and most zeros of a database's blocks not at all.
    """
    return content.lower().replace(b"\0", b"")


def _inflated(cell: object) -> bytes:
    """Unpack what Dagster keeps deflated."""
    if not isinstance(cell, bytes):
        return str(cell).encode()
    try:
        return zlib.decompress(cell)
    except zlib.error:
        return cell
