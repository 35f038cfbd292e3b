"""Reading what `cdp link` is given."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.nightly.link_file.reading import read_file

PEOPLE = {"source_record_id": ["007", "b"], "email": ["a@mail.example", "b@mail.example"]}
CSV = b"source_record_id,email\n007,a@mail.example\nb,b@mail.example\n"
LINES = b"""{"source_record_id": "007", "email": "a@mail.example"}
{"email": "b@mail.example", "source_record_id": "b"}
"""


def parquet() -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(PEOPLE), file)
    return file.getvalue()


def workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for column, (header, values) in enumerate(PEOPLE.items()):
            sheet.write_column(0, column, [header, *values])
    return file.getvalue()


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, CSV)
    return file.getvalue()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(tmp_path_factory.mktemp("any"))


@pytest.mark.parametrize(
    ("name", "content", "first_line"),
    [
        ("people.csv", CSV, 2),
        ("people.tsv", CSV.replace(b",", b"\t"), 2),
        ("people.txt", CSV.replace(b",", b"|"), 2),
        ("people.dat", CSV.replace(b",", b";"), 2),
        ("people.jsonl", LINES, 1),
        ("people.parquet", parquet(), 1),
        ("people.xlsx", workbook(), 2),
        ("people.csv.gz", gzip.compress(CSV, mtime=0), 2),
        ("people.zip", zipped("sub/people.csv"), 2),
        ("sale!.csv", CSV, 2),
    ],
)
def test_every_kind_is_read_alike(
    tmp_path: Path, project: Project, name: str, content: bytes, first_line: int
) -> None:
    (tmp_path / name).write_bytes(content)
    records = read_file(project, tmp_path / name).records
    assert records.select(["line", *PEOPLE]).to_pydict() == {"line": [first_line, first_line + 1], **PEOPLE}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("people.zip", zipped("a.csv", "b.csv"), "holds 2 files. Give one of them."),
        ("people.csv", b"%PDF-1.7", "is a PDF document"),
        ("people.csv.gz", gzip.compress(CSV, mtime=0)[:-8], "cannot be unpacked to its end"),
        ("people.csv", CSV + b"c\n", "line 4 has 1 field where the header has 2. Correct it."),
        ("people.jsonl", LINES + b"{\n", "line 3 is no record: Expecting property name"),
        (
            "people.csv",
            b"Anna,a@mail.example,01709\nOtto,o@mail.example,0171\n",
            "first line looks like data",
        ),
    ],
)
def test_what_cannot_be_linked_safely_is_refused(
    tmp_path: Path, project: Project, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LandingFileError) as caught:
        read_file(project, tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert message in str(caught.value)
