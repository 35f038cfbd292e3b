"""Where a mark stands in the files of a folder, decoded and decompressed: what a reader would find.

Text is looked for in UTF-8 and UTF-16 and whatever the case; archives and workbooks are opened, Parquet and DuckDB read
row by row, and the bytes of every file searched as they lie on the disk.
"""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError


def places_of(mark: str, folder: Path) -> dict[str, int]:
    """Count the mark in each place below a folder: a file, a member of an archive, or a table of a database.

    Returns:
        Paths below the folder, with `!` and the member or table; places without the mark are left out.
    """
    found: dict[str, int] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        label = path.relative_to(folder).as_posix()
        found[f"{label}!name"] = path.name.lower().count(mark.lower())
        for place, count in _places_in(label, path.read_bytes(), path, mark.lower()):
            found[place] = found.get(place, 0) + count
    return {place: count for place, count in found.items() if count}


def mentions(mark: str, path: Path) -> int:
    """Count the mark in one file, in all that it holds."""
    return sum(count for _, count in _places_in(path.name, path.read_bytes(), path, mark.lower()))


def _places_in(label: str, content: bytes, path: Path | None, mark: str) -> Iterator[tuple[str, int]]:
    yield label, _count(content, mark)
    if content[:2] == b"\x1f\x8b":
        yield from _places_in(f"{label}!gunzipped", gzip.decompress(content), None, mark)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield f"{label}!{name}", name.lower().count(mark)
                yield from _places_in(f"{label}!{name}", archive.read(name), None, mark)
    elif content[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(content))
        yield f"{label}!rows", sum(str(row).lower().count(mark) for row in table.to_pylist())
    elif content[8:12] == b"DUCK" and path:
        yield from _in_duckdb(label, path, mark)
    elif content[:15] == b"SQLite format 3" and path:
        yield from _in_sqlite(label, path, mark)


def _count(content: bytes, mark: str) -> int:
    lower = content.lower()
    return sum(lower.count(mark.encode(encoding)) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def _in_duckdb(label: str, path: Path, mark: str) -> Iterator[tuple[str, int]]:
    with Engine.open(path, read_only=True) as engine:
        for table in engine.fetch_column(
            "select database_name || '.' || schema_name || '.' || table_name from duckdb_tables() order by 1"
        ):
            try:
                count = engine.fetch_value(
                    f"select count(*) from {table} as r where contains(lower(cast(r as varchar)), ?)", [mark]
                )
            except CdpError as error:
                raise AssertionError(f"{label}!{table} cannot be searched: {error}") from None
            yield f"{label}!{table}", int(count)


def _in_sqlite(label: str, path: Path, mark: str) -> Iterator[tuple[str, int]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            rows = connection.execute(f'select * from "{table}"')
            yield f"{label}!{table}", sum(_count_row(row, mark) for row in rows)


def _count_row(row: tuple[object, ...], mark: str) -> int:
    return sum(_count(_unpacked(cell), mark) for cell in row if cell is not None)


def _unpacked(cell: object) -> bytes:
    if not isinstance(cell, bytes):
        return str(cell).encode()
    try:
        return zlib.decompress(cell)
    except zlib.error:
        return cell
