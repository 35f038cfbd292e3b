"""Taking records out of delivered files of every kind: no byte of them is left, all others stay where they were."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.extract.containers import opened
from cdp_pipeline.extract.deliveries import Delivery, find_deliveries
from cdp_pipeline.extract.readers import FileKind, open_reading
from cdp_pipeline.extract.rewriting import blank_lines, rewrite
from cdp_pipeline.extract.rewriting.rewrite import Removal, RewriteError, rewrite_container
from cdp_pipeline.extract.rewritten_files import read_rewritten
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, club_project, members_layout

HEADER = ["no", "city", "updated"]
NOTE = "Zoë said\r\n\r\nshe moved"
ROWS = [
    ["1", "Köln", "a"],
    ["2", f'Zoëstadt "am See"\n{NOTE}', "b"],
    ["3", "Čelje", "c"],
    ["4", "Zoëdorf", "d"],
]
ERASED = ["2", "4"]


def delimited(encoding: str, end: str = "\r\n", mark: bytes = b"") -> bytes:
    lines = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [HEADER, *ROWS])
    text = "".join(line + end for line in lines)
    return mark + text.encode(encoding, "replace")


def json_lines() -> bytes:
    rows = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS]
    return ("\r\n".join(rows) + "\r\n").encode()


def parquet(**options: Any) -> bytes:
    file = io.BytesIO()
    columns = [pa.array(values) for values in zip(*ROWS, strict=True)]
    columns[1] = columns[1].dictionary_encode()
    fields = [
        pa.field("no", pa.string(), nullable=False),
        pa.field("city", columns[1].type),
        ("updated", pa.string()),
    ]
    pyarrow.parquet.write_table(pa.table(columns, pa.schema(fields)), file, **options)
    return file.getvalue()


def workbook(**options: Any) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        sheet, other = book.add_worksheet(), book.add_worksheet("Other")
        for number, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(number, 0, row)
        sheet.write_url("C3", "mailto:zoë@example.org", string="b")
        sheet.write_url("C4", "https://example.org/keep", string="c")
        sheet.write_comment("A5", "Zoë called")
        sheet.write_comment("A4", "keep this note")
        other.write_row(0, 0, ["c", "Čelje"])
    return file.getvalue()


def gz(content: bytes) -> bytes:
    return gzip.compress(content, mtime=1234)


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("export")
        archive.writestr("export/z.csv", b"no,city,updated\n9,Other,z\n")
        archive.writestr(zipfile.ZipInfo("export/people", (2020, 1, 2, 3, 4, 6)), content)
        archive.writestr("export/readme.md", "read me")
    return file.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    "utf-8": lambda: delimited("utf-8"),
    "utf-8 with its mark": lambda: delimited("utf-8", mark=b"\xef\xbb\xbf"),
    "utf-16 little": lambda: delimited("utf-16-le", mark=b"\xff\xfe"),
    "utf-16 big": lambda: delimited("utf-16-be", "\n", mark=b"\xfe\xff"),
    "lone returns": lambda: delimited("utf-8", "\r"),
    "no line end at the end": lambda: delimited("utf-8").removesuffix(b"\r\n"),
    "json lines": json_lines,
    "parquet": parquet,
    "parquet in row groups": lambda: parquet(row_group_size=1, compression="zstd"),
    "workbook": workbook,
    "workbook with texts in cells": lambda: workbook(in_memory=True, constant_memory=True),
    "gzip": lambda: gz(delimited("utf-8")),
    "gzipped parquet": lambda: gz(parquet()),
    "zip": lambda: zipped(delimited("utf-8")),
    "zipped workbook": lambda: zipped(workbook()),
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return club_project(tmp_path, members_layout(), "**/*")


def deliver(project: Project, content: bytes, name: str = "people") -> Path:
    path = project.landing / name
    path.write_bytes(content)
    os.utime(path, ns=(1_700_000_000_123_456_789, 1_700_000_000_123_456_789))
    path.chmod(0o640)
    return path


def rows_by_line(project: Project, delivery: Delivery) -> dict[int, str]:
    layout = project.reading(delivery.source_system, delivery.layout)
    with opened(project, delivery.path, delivery.sha256) as file:
        reading = open_reading(file, layout, delivery.path)
        batches = list(reading.batches())
    records = pa.concat_tables(batch.records for batch in batches)
    unparsed = sum(batch.unparsed.num_rows for batch in batches)
    assert reading.physical_records == records.num_rows + unparsed + reading.blank_records
    return dict(zip(records["line"].to_pylist(), records["member_no"].to_pylist(), strict=True))


def find(project: Project) -> Delivery:
    """The delivery that is not the other member of a ZIP."""
    [delivery] = [found for found in find_deliveries(project) if not found.path.endswith("z.csv")]
    return delivery


def take_out(project: Project, *members: str) -> Delivery:
    delivery = find(project)
    lines = [line for line, member in rows_by_line(project, delivery).items() if member in members]
    rewrite_container(project, [Removal(delivery, np.array(lines))])
    return find(project)


def everything_in(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """What a file holds, and what it packs, at any depth."""
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield from everything_in(gzip.decompress(content))
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from everything_in(archive.read(name))
    elif content.startswith(b"PAR1"):
        yield repr(pyarrow.parquet.read_table(io.BytesIO(content)).to_pydict()).encode()


def mentions(path: Path, text: str) -> bool:
    spellings = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")]
    return any(spelling in piece for piece in everything_in(path.read_bytes()) for spelling in spellings)


@pytest.mark.parametrize("kind", KINDS)
def test_erased_records_leave_no_byte_and_the_others_keep_their_lines(project: Project, kind: str) -> None:
    path = deliver(project, KINDS[kind]())
    before = rows_by_line(project, find(project))
    assert mentions(path, "Zoë")

    delivery = take_out(project, *ERASED)

    assert rows_by_line(project, delivery) == {line: no for line, no in before.items() if no not in ERASED}
    assert not mentions(path, "Zoë")
    assert not mentions(path, "moved")
    assert mentions(path, "Köln")


@pytest.mark.parametrize("kind", KINDS)
def test_a_rewritten_file_is_still_the_same_delivery(project: Project, kind: str) -> None:
    path = deliver(project, KINDS[kind]())
    before, state = find(project), path.stat()

    after = take_out(project, *ERASED)

    assert (after.file_id, after.path, after.sha256) == (before.file_id, before.path, before.sha256)
    assert after.lying_sha256 != before.lying_sha256
    assert (path.stat().st_mode, path.stat().st_mtime_ns) == (state.st_mode, state.st_mtime_ns)
    assert [file.name for file in project.landing.iterdir()] == ["people"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_can_be_rewritten_again_and_keeps_its_identity(project: Project, kind: str) -> None:
    deliver(project, KINDS[kind]())
    before = find(project)

    take_out(project, "2")
    after = take_out(project, "4", "1")

    assert (after.file_id, list(rows_by_line(project, after).values())) == (before.file_id, ["3"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_may_lose_all_its_records(project: Project, kind: str) -> None:
    deliver(project, KINDS[kind](), "people.jsonl" if kind == "json lines" else "people")

    after = take_out(project, *(no for no, *_ in ROWS))

    assert rows_by_line(project, after) == {}


def test_bytes_of_other_lines_stay_as_they_were(project: Project) -> None:
    path = deliver(project, b'no,city,updated\n1,"K\xf6ln\n x",a\r\n2,Zo,b\n\r3,\xff"5"" nail"  ,c')

    take_out(project, "2")

    assert path.read_bytes() == b'no,city,updated\n1,"K\xf6ln\n x",a\r\n\n\r3,\xff"5"" nail"  ,c'


@pytest.mark.parametrize("block_bytes", [2, 4, 6, 10, 30])
@pytest.mark.parametrize("kind", ["utf-8", "utf-16 little", "utf-16 big", "lone returns", "json lines"])
def test_where_blocks_end_makes_no_difference(
    tmp_path: Path, project: Project, kind: str, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(project, KINDS[kind]())
    take_out(project, "2")
    whole = path.read_bytes()
    monkeypatch.setattr(blank_lines, "BLOCK_BYTES", block_bytes)

    deliver(project, KINDS[kind]())
    take_out(project, "2")

    assert path.read_bytes() == whole


def test_other_members_of_an_archive_stay(project: Project) -> None:
    path = deliver(project, zipped(delimited("utf-8")))

    take_out(project, *ERASED)

    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["export/", "export/z.csv", "export/people", "export/readme.md"]
        assert archive.read("export/z.csv") == b"no,city,updated\n9,Other,z\n"
        assert archive.getinfo("export/people").date_time == (2020, 1, 2, 3, 4, 6)
        assert archive.testzip() is None


def test_links_and_notes_of_other_rows_stay_in_a_workbook(project: Project) -> None:
    path = deliver(project, workbook())

    take_out(project, *ERASED)

    assert mentions(path, "keep this note")
    assert mentions(path, "https://example.org/keep")
    assert not mentions(path, "mailto:")


def test_what_a_delivery_lacks_and_what_it_is_to_lack_is_known(project: Project) -> None:
    path = deliver(project, delimited("utf-8"))
    take_out(project, "2")
    after = take_out(project, "4")
    known = read_rewritten(project)
    assert known.lacks("people", after.lying_sha256) == known.to_lack(after.sha256) == {3, 8}

    path.write_bytes(delimited("utf-8"))

    again = find(project)
    assert again.file_id == after.file_id
    assert known.lacks("people", again.lying_sha256) == set()
    assert known.to_lack(again.sha256) == {3, 8}


def test_two_deliveries_that_become_equal_keep_their_identities(project: Project) -> None:
    monday = deliver(project, b"no,city,updated\n1,K,a\n2,Zoe,b\n", "monday")
    tuesday = deliver(project, b"no,city,updated\n1,K,a\n2,Zora,b\n", "tuesday")
    before = {found.path: found.file_id for found in find_deliveries(project)}

    for delivery in list(find_deliveries(project)):
        rewrite_container(project, [Removal(delivery, np.array([3]))])

    assert monday.read_bytes() == tuesday.read_bytes()
    assert {found.path: found.file_id for found in find_deliveries(project)} == before


def test_a_file_that_would_hold_other_records_afterwards_is_left_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(project, delimited("utf-8"))
    before = path.read_bytes()
    monkeypatch.setitem(
        rewrite.WRITERS, FileKind.DELIMITED, rewrite.write_json_lines
    )  # parts what quotes hold

    with pytest.raises(RewriteError, match="Remove them by hand") as refused:
        take_out(project, "2")

    assert path.read_bytes() == before
    assert "Zo" not in str(refused.value)
    assert read_rewritten(project).entries == []


def test_a_rewritten_file_does_not_load_again_and_a_changed_layout_reads_what_is_left(tmp_path: Path) -> None:
    nights = LandingNights(tmp_path, members_layout())
    nights.deliver("people.csv", "no,city,updated\n1,Bonn,1\n2,Zell,1\n3,Ulm,1\n")
    nights.run(4)
    [delivery] = find_deliveries(nights.project)
    rewrite_container(nights.project, [Removal(delivery, np.array([3]))])

    nights.run(5)
    assert nights.rows("select count(*), min(first_seen_on)::varchar from extract.file") == [
        (1, "2026-05-04")
    ]
    assert nights.rows("select count(*) from extract.raw_members") == [(3,)]

    nights.change_layout(
        members_layout(
            columns={"member_no": {"header": "no"}, "town": {"header": "city"}},
            version_column=None,
            expectations=[],
        )
    )
    nights.run(6)
    assert nights.rows("select line, member_no, town from extract.raw_members order by line") == [
        (2, "1", "Bonn"), (4, "3", "Ulm"),
    ]  # fmt: skip
    assert nights.rows("select physical_records, blank_records from extract.file") == [(3, 1)]
