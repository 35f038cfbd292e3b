"""Numbers of typed exports keep their size, whatever decimal mark the layout names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import Engine
from cdp_pipeline.validate.cleaned import cleaned_from
from cdp_pipeline_tests.unit.extract.readers.read_files import people_layout, read_file

NUMBERS = ["1.500", "12.345", "1.125", "1234.567", "-0.5"]
HEADER = ["No", "Version", "Price"]


def amounts_layout(mark: str) -> Layout:
    columns = {
        "no": {"header": "No", "type": "integer"},
        "version": {"header": "Version"},
        "price": {"header": "Price", "type": "decimal"},
    }
    return people_layout(format={"decimal_mark": mark}, columns=columns)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def decimals(path: Path) -> None:
    amounts = pa.array([Decimal(number) for number in NUMBERS], pa.decimal128(10, 3))
    write_parquet(path, amounts)


def floats(path: Path) -> None:
    write_parquet(path, pa.array([float(number) for number in NUMBERS]))


def dictionary(path: Path) -> None:
    write_parquet(path, pa.array([float(number) for number in NUMBERS]).dictionary_encode())


def write_parquet(path: Path, amounts: pa.Array) -> None:
    pyarrow.parquet.write_table(pa.table([range(1, 6), amounts, amounts], names=HEADER), path)


def workbook(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for row, number in enumerate(NUMBERS, start=1):
            sheet.write_row(row, 0, [row, float(number), float(number)])


def json_lines(path: Path) -> None:
    lines = [
        f'{{"No": {row}, "Version": {number}, "Price": {number}}}\n' for row, number in enumerate(NUMBERS, 1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize("mark", [",", "."])
@pytest.mark.parametrize("write", [decimals, floats, dictionary, workbook, json_lines])
def test_a_number_means_the_same_under_every_decimal_mark(
    tmp_path: Path, engine: Engine, write: Callable[[Path], None], mark: str
) -> None:
    path, layout = tmp_path / "people.jsonl", amounts_layout(mark)
    write(path)
    with engine.arrow_view(read_file(path, layout).records) as view:
        rows = engine.fetch_all(f"from ({cleaned_from(view, layout, kept=['line'])}) order by line")
    assert [(no, Decimal(price)) for _, no, _, price in rows] == [
        (str(row), Decimal(number)) for row, number in enumerate(NUMBERS, start=1)
    ]
    assert all(Decimal(version) == Decimal(price) for _, _, version, price in rows), "text keeps the point"


def test_numbers_in_text_are_written_as_the_mapping_says(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text(json.dumps({"No": 1, "Version": 1.5, "Price": "1.500"}), encoding="utf-8")
    assert read_file(path, amounts_layout(",")).rows() == [(1, "1", "1.5", "1.500")]


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E2", "100"), ("1.5e-7", "0,00000015"), ("1e999999999", "1e999999999"), ("-7", "-7")],
)
def test_a_number_column_has_no_exponents_unless_they_would_fill_memory(
    tmp_path: Path, number: str, text: str
) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text(f'{{"No": 1, "Version": {number}, "Price": {number}}}', encoding="utf-8")
    assert read_file(path, amounts_layout(",")).rows() == [(1, "1", number, text)]
