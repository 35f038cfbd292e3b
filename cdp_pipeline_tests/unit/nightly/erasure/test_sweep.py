"""Looking through every file of a project for what somebody is known by."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.erasure import sweep
from cdp_pipeline.nightly.erasure.certificate import left_in_words
from cdp_pipeline.nightly.erasure.journal import ErasureJournal
from cdp_pipeline.nightly.erasure.outside import look_for_remains
from cdp_pipeline.nightly.erasure.sweep import places_of, telling_values
from cdp_pipeline.privacy.handles import Handles

ZOE = "zoe.o'hara@example.org"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "data" / "landing").mkdir(parents=True)
    return load_project(tmp_path)


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def parquet(value: str) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"a": [["x", value]], "b": [1]}), file, compression="zstd")
    return file.getvalue()


def places(project: Project, name: str, content: bytes) -> set[str]:
    path = project.root / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return set(places_of(project, [ZOE, "+4915179130001"]))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"no;{ZOE.upper()}\n".encode(), "data/file"),
        (ZOE.encode("utf-16-le"), "data/file"),
        (b"\0" + ZOE.encode("utf-16-be"), "data/file"),
        (gzip.compress(ZOE.encode()), "data/file!unpacked"),
        (zipped("a/b.txt", ZOE.encode()), "data/file!a/b.txt"),
        (zipped("a.gz", gzip.compress(ZOE.encode())), "data/file!a.gz!unpacked"),
        (zipped("a.parquet", parquet(ZOE)), "data/file!a.parquet!rows"),
        (parquet(ZOE), "data/file!rows"),
    ],
    ids=["text", "utf-16", "utf-16 big", "gzip", "zip", "gzip in zip", "parquet in zip", "parquet"],
)
def test_a_value_is_found_however_it_is_packed(project: Project, content: bytes, place: str) -> None:
    assert place in places(project, "file", content)


def test_databases_are_read_table_by_table(project: Project) -> None:
    with Engine.open(project.root / "data" / "a.duckdb") as engine:
        engine.execute(
            "create table t as select repeat(range::varchar, 9) as a, [{'b': ?}] as b from range(2000)", [ZOE]
        )
    with sqlite3.connect(project.root / "data" / "b.db") as connection:
        connection.execute("create table s (a blob)")
        connection.execute("insert into s values (?)", [zlib.compress(ZOE.encode())])

    assert {"data/a.duckdb!main.t", "data/b.db!s"} <= set(places_of(project, [ZOE]))


def test_where_pieces_end_makes_no_difference(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PIECE_BYTES", 7)
    (project.root / "data" / "file").write_bytes(
        b"x" * 5 + ZOE.encode() * 3 + b"x" * 9 + ZOE.encode("utf-16-le")
    )
    assert places_of(project, [ZOE]) == {"data/file": 4}


def test_names_of_files_and_a_landing_folder_elsewhere_are_looked_at(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{ZOE}.csv").write_text("", encoding="utf-8")
    (tmp_path / "project").mkdir()
    project = load_project(tmp_path / "project", landing=elsewhere)
    assert places_of(project, [ZOE]) == {f"{elsewhere}/{ZOE}.csv!name": 1}


def test_short_ids_tell_nobody() -> None:
    handles = Handles.of(
        [
            ("purchase", "shop", "", "#1042"),
            ("record", "crm", "contact", "0035f00000AB"),
            ("contact", "", "email", "a@b.example"),
        ]
    )
    assert {"0035f00000AB", "a@b.example"} < set(telling_values(handles))
    assert "#1042" not in telling_values(handles)


def test_what_is_left_is_told_by_place_but_for_the_journal_of_the_erasure_itself(project: Project) -> None:
    journal = ErasureJournal(1, (), Handles.of([("contact", "", "email", ZOE)]), {})
    journal.write(project)
    (project.landing / "notes.txt").write_text(f"call {ZOE}", encoding="utf-8")
    (project.root / "zoe.html").write_text(ZOE, encoding="utf-8")

    assert look_for_remains(project, journal) == {}

    assert left_in_words(journal) == {
        "data/landing/notes.txt": "named 1 time",
        "zoe.html": "named 1 time",
    }
