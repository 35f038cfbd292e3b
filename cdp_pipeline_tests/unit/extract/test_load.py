"""Loading files of every kind into raw tables, one bad file hiding no other."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
import xlsxwriter

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

NewNights = Callable[..., LandingNights]
HEADER = ["no", "city", "updated"]
ROWS = [
    [
        f"{n:04}",
        f'Sankt Örtchen {n}, "am See"\nPostfach' if n % 7 == 0 else "Köln",
        f"2026-05-{n % 28 + 1:02}",
    ]
    for n in range(1, 51)
]


@pytest.fixture
def new_nights(tmp_path: Path) -> Iterator[NewNights]:
    started: list[LandingNights] = []

    def start(layout: Layout | None = None, pattern: str = "**/*") -> LandingNights:
        root = tmp_path / str(len(started))
        started.append(LandingNights(root, layout or members_layout(), pattern))
        return started[-1]

    yield start
    for nights in started:
        nights.engine.close()


def deliver(nights: LandingNights, name: str, content: bytes) -> Path:
    path = nights.project.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def as_delimited(delimiter: str) -> bytes:
    rows = [HEADER, *ROWS]
    lines = (delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return "".join(f"{line}\r\n" for line in lines).encode()


def as_json_lines() -> bytes:
    return "".join(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in ROWS).encode()


def as_parquet() -> bytes:
    file = io.BytesIO()
    columns = zip(*ROWS, strict=True)
    pyarrow.parquet.write_table(pa.table(dict(zip(HEADER, columns, strict=True))), file)
    return file.getvalue()


def as_workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def as_zip(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


PLAIN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "members.csv": ("delimited", lambda: as_delimited(",")),
    "members.tsv": ("delimited", lambda: as_delimited("\t")),
    "members.jsonl": ("json_lines", as_json_lines),
    "members.parquet": ("parquet", as_parquet),
    "members.xlsx": ("workbook", as_workbook),
}


def test_the_same_export_gives_the_same_raw_table_in_every_kind_and_packing(new_nights: NewNights) -> None:
    for name, (kind, write) in PLAIN.items():
        content = write()
        packed = {name: content, f"{name}.gz": gzip.compress(content), f"{name}.zip": as_zip(name, content)}
        tab = {"format": {"delimiter": "\t"}} if name.endswith(".tsv") else {}
        nights = new_nights(members_layout(**tab))
        for packing, packed_content in packed.items():
            deliver(nights, f"now/{packing}", packed_content)
            nights.extract()
            [(file_kind, refused)] = nights.rows("select file_kind, refused_because from extract.file")
            assert (file_kind, refused) == (kind, None), packing
            rows = nights.rows("select member_no, city, updated_at from extract.raw_members order by line")
            assert [list(row) for row in rows] == ROWS, packing
            deliver(nights, f"now/{packing}", b"").unlink()
        # The same content unpacked is the same file, however it was packed.
        assert nights.rows("select count(distinct file_id), count(distinct path) from extract.delivery") == [
            (1, 3)
        ]


def test_a_workbook_under_a_name_that_lies_loads_right(new_nights: NewNights) -> None:
    nights = new_nights()
    deliver(nights, "orders.csv", as_workbook())
    nights.run()
    assert nights.rows("select count(*), min(line), max(member_no) from extract.raw_members") == [
        (50, 2, "0050")
    ]
    assert nights.rows("select count(*) from validate.members") == [(50,)]


ODD_NAMES = [
    "a[1].csv",
    "a*?.csv",
    "year=2026/month=05/x.csv",
    "my \"best\" 'members'.csv",
    "two\nlines.csv",
    "{a,b}.csv",
    "50%20off;--.csv",
    "Köln 🙂.csv",
]


def test_names_are_text_whatever_signs_they_hold(new_nights: NewNights) -> None:
    nights = new_nights()
    for number, name in enumerate(ODD_NAMES):
        plain, packed, zipped = (f"no,city,updated\n{number}{kind},Bonn,\n".encode() for kind in "pgz")
        deliver(nights, name, plain)
        deliver(nights, f"{name}.gz", gzip.compress(packed))
        deliver(nights, f"{name}.zip", as_zip(name, zipped))
    nights.run()
    loaded = nights.rows(
        "select f.path, m.member_no from validate.members as m join extract.file as f using (file_id)"
    )
    expected = [
        delivered
        for number, name in enumerate(ODD_NAMES)
        for delivered in (
            (name, f"{number}p"),
            (f"{name}.gz", f"{number}g"),
            (f"{name}.zip!{name}", f"{number}z"),
        )
    ]
    assert sorted(loaded) == sorted(expected)


NO_ZIP = "not a readable ZIP archive: damaged or cut off. Ask for a new export, complete."
HOSTILE: dict[str, tuple[bytes, str]] = {
    "login.csv": (
        b"<!DOCTYPE html><p>secret@example.org</p>",
        "login.csv: is an HTML page, probably a login form of the export link. "
        "Log in and download the file itself.",
    ),
    "old.xls": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "old.xls: is an old Excel workbook (.xls), or one locked with a password. Open it. Save it as XLSX or CSV.",
    ),
    "cut.csv.gz": (
        gzip.compress(as_delimited(","))[:-20],
        "cut.csv.gz: cannot be unpacked to its end: damaged (its checksum does not fit) or cut off. "
        "Ask for a new export, complete.",
    ),
    "cut.parquet": (
        as_parquet()[:-30],
        "cut.parquet: not a readable Parquet file: damaged, cut off or encrypted. Ask for a new export, complete.",
    ),
    "cut.xlsx": (as_workbook()[:-30], f"cut.xlsx: {NO_ZIP}"),
    "broken.zip": (b"PK\x03\x04 rubbish", f"broken.zip: {NO_ZIP}"),
    "array.json": (
        b'[{"no": "1"}]',
        "array.json: is one JSON array. Deliver JSON Lines, one object per line: "
        "`jq -c '.[]' in.json > out.jsonl`.",
    ),
    "outside.zip": (
        as_zip("../members.csv", b"no\n1\n"),
        "outside.zip: a member's name leads out of the archive ('..', an absolute path, a drive or a backslash), "
        "as in an attack. Nothing of it is read. Ask the sender how it was made, and for another archive.",
    ),
    "nested.zip": (
        as_zip("inner.zip", as_zip("members.csv", b"no\n1\n")),
        "nested.zip!inner.zip: is a zip file within an archive. Deliver it on its own, or unpacked.",
    ),
    "tool.zip": (
        as_zip("shop.sqlite", b"SQLite format 3\x00"),
        "tool.zip!shop.sqlite: is an SQLite database. A source reads its tables as they are: see "
        "docs/how-to/read-a-database.md.",
    ),
}


def test_each_bad_file_is_refused_in_words_and_hides_no_good_one(new_nights: NewNights) -> None:
    nights = new_nights()
    for name, (content, _) in HOSTILE.items():
        deliver(nights, name, content)
    deliver(nights, "good.csv", b"no,city,updated\n1,Bonn,\n")
    nights.extract()
    nights.extract(day=5)  # and once more: each is tried again while it lies there
    refused = nights.engine.fetch_column("select refused_because from extract.file where loaded_at is null")
    assert sorted(refused) == sorted(message for _, message in HOSTILE.values())
    assert nights.rows("select member_no from extract.raw_members") == [("1",)]
    assert nights.rows("select path from extract.file where loaded_at is not null") == [("good.csv",)]


def test_records_of_a_file_that_breaks_off_halfway_are_taken_back(
    new_nights: NewNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdp_pipeline.extract.readers.parquet.BATCH_ROWS", 10)
    nights = new_nights()
    file = io.BytesIO()
    numbers = pa.table({"no": [f"{n:0200}" for n in range(50)]})
    pyarrow.parquet.write_table(numbers, file, row_group_size=10, compression="none", use_dictionary=False)
    content = bytearray(file.getvalue())
    at = content.index(b"%0200d" % 45)
    content[at - 4 : at] = b"\xff\xff\xff\x7f"  # a text that claims two gigabytes
    deliver(nights, "a.parquet", bytes(content))
    nights.extract()
    [(refused,)] = nights.rows("select refused_because from extract.file")
    assert refused.startswith("a.parquet: ")
    assert nights.rows("select count(*) from extract.raw_members") == [(0,)]


WRITER = """
import sys, time
with open(sys.argv[1], "ab", buffering=0) as file:
    while True:
        file.write(b"2,Ulm,\\n" * 100)
        time.sleep(0.001)
"""


def test_a_file_that_grows_while_it_is_read_is_refused_and_loads_when_it_is_complete(
    new_nights: NewNights,
) -> None:
    nights = new_nights()
    path = deliver(nights, "growing.csv", as_delimited(","))
    size = path.stat().st_size
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) as writer:
        while path.stat().st_size == size:
            time.sleep(0.01)
        nights.extract(day=4)
        writer.kill()
    [(refused,)] = nights.rows("select refused_because from extract.file")
    assert "still being written" in refused
    assert nights.rows("select count(*) from extract.raw_members") == [(0,)]
    nights.extract(day=5)
    assert nights.rows("select refused_because, physical_records > 150 from extract.file") == [(None, True)]


def test_what_a_killed_night_unpacked_is_removed_although_nothing_is_unpacked_tonight(
    new_nights: NewNights,
) -> None:
    nights = new_nights()
    spool = nights.project.warehouse / "spool"
    spool.mkdir(parents=True)
    (spool / "content-x").write_bytes(as_delimited(","))
    nights.extract()
    assert list(spool.iterdir()) == []


def test_links_are_never_followed(new_nights: NewNights, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("no,city\n1,Bonn\n", encoding="utf-8")
    nights = new_nights()
    (nights.project.landing / "file.csv").symlink_to(outside / "secret.csv")
    (nights.project.landing / "folder").symlink_to(outside)
    nights.extract()
    assert nights.rows("select * from extract.file") == []
    assert nights.rows("select path from extract.unrecognised_file order by path") == [
        ("file.csv",),
        ("folder",),
    ]


def test_what_is_set_aside_is_kept_with_its_line(new_nights: NewNights) -> None:
    nights = new_nights()
    deliver(nights, "a.jsonl", b'{"no": "1"}\n{"no": \n{"no": "3"}\n')
    nights.extract()
    assert nights.rows("select line, raw_record, rule from extract.unparsed_record") == [
        (2, '{"no":', "invalid_json")
    ]
    assert nights.rows("select member_no from extract.raw_members order by line") == [("1",), ("3",)]


def test_a_damaged_file_is_told_by_the_kind_of_error_and_never_by_its_values(
    new_nights: NewNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any) -> None:
        raise pa.ArrowInvalid("cannot convert 'secret@example.org'")

    monkeypatch.setattr("cdp_pipeline.extract.load.open_reading", stumble)
    nights = new_nights()
    deliver(nights, "a.csv", b"no\n1\n")
    nights.extract()
    assert nights.rows("select refused_because from extract.file") == [
        ("a.csv: cannot be read (ArrowInvalid), so it is likely damaged. Ask for a new export.",)
    ]
