"""Reading Parquet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet
import pytest

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers import parquet
from cdp_pipeline_tests.unit.extract.readers.read_files import ReadFile, read_file

NOON = dt.datetime(2026, 5, 1, 12)  # noqa: DTZ001 - columns with and without a zone are made of it
A_UUID = UUID("12345678-1234-5678-1234-567812345678")


def read(tmp_path: Path, table: pa.Table) -> ReadFile:
    path = tmp_path / "people.parquet"
    pyarrow.parquet.write_table(table, path, row_group_size=2)
    return read_file(path)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array(["007", None, ""]), ["007", None, ""]),
        (pa.array(["a"], pa.large_string()), ["a"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([2**63, 0], pa.uint64()), ["9223372036854775808", "0"]),
        (pa.array([True, False, None]), ["true", "false", None]),
        (
            pa.array([1.0, 0.1, 1e5, 4915112345678.0, 1e20, 1e-7, -2.5e-9, None]),
            [
                "1",
                "0.1",
                "100000",
                "4915112345678",
                "100000000000000000000",
                "0.0000001",
                "-0.0000000025",
                None,
            ],
        ),
        (pa.array([0.1, 16777216.0], pa.float32()), ["0.1", "16777216"]),
        (pa.array([Decimal("1.10"), Decimal("0.00")], pa.decimal128(18, 2)), ["1.10", "0.00"]),
        (pa.array([Decimal("1E-10")], pa.decimal128(18, 10)), ["0.0000000001"]),
        (pa.array([dt.date(2026, 5, 1)]), ["2026-05-01"]),
        (pa.array([NOON], pa.timestamp("us")), ["2026-05-01 12:00:00"]),
        (pa.array([NOON.replace(microsecond=120_000)], pa.timestamp("ns")), ["2026-05-01 12:00:00.12"]),
        (pa.array([NOON], pa.timestamp("ms", "UTC")), ["2026-05-01 12:00:00Z"]),
        (pa.array([NOON], pa.timestamp("ms", "Europe/Berlin")), ["2026-05-01 14:00:00+0200"]),
        (pa.array([dt.time(9, 30)]), ["09:30:00"]),
        (pa.array([{"a": [1, None], "ö": "x"}, None]), ['{"a":[1,null],"ö":"x"}', None]),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), ['{"k":1}']),
        (pa.array([[("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int64())), ['[["k",1],["k",2]]']),
        (pa.array([A_UUID.bytes], pa.uuid()), [str(A_UUID)]),
        (pa.nulls(2), [None, None]),
    ],
    ids=lambda values: str(values.type) if isinstance(values, pa.Array) else "",
)
def test_every_type_becomes_the_text_of_a_csv_export(
    tmp_path: Path, values: pa.Array, texts: list[str | None]
) -> None:
    parsed = read(tmp_path, pa.table({"City": values, "No": pa.array(range(len(values)))}))
    assert parsed.rows() == [(row + 1, str(row), text) for row, text in enumerate(texts)]


def test_columns_are_matched_by_name_and_others_are_never_read(tmp_path: Path) -> None:
    parsed = read(tmp_path, pa.table({"photo": pa.array([b"\xff"]), "Ort": ["Bonn"], "No": [1], "a.b": [2]}))
    assert parsed.rows() == [(1, "1", "Bonn")]
    assert parsed.unknown == ["photo", "a.b"]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(1), pa.duration("s")], ids=str)
def test_a_column_that_holds_no_text_is_refused_by_name(tmp_path: Path, kind: pa.DataType) -> None:
    value = 1 if pa.types.is_duration(kind) else b"x"
    with pytest.raises(
        LandingFileError, match=r"people\.parquet: column 'City' holds .*Write it as a string"
    ):
        read(tmp_path, pa.table({"No": ["1"], "City": pa.array([value], kind)}))


def test_text_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    latin = pa.array(["Köln".encode("latin-1")]).view(pa.string())
    with pytest.raises(
        LandingFileError, match=r"column 'City' holds text that is not UTF-8\. Write it as UTF-8"
    ):
        read(tmp_path, pa.table({"No": ["1"], "City": latin}))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([0, 2**60], pa.timestamp("us")),
        pa.array([0, 2**61], pa.timestamp("ms", "UTC")),
        pa.array([0, -(10**11)], pa.timestamp("s")),
        pa.array([0, 2**30], pa.int32()).view(pa.date32()),
        pa.array([0, 90_000_000], pa.time32("ms")),
    ],
    ids=lambda values: str(values.type),
)
def test_a_time_that_has_no_text_sets_its_record_aside(tmp_path: Path, values: pa.Array) -> None:
    parsed = read(tmp_path, pa.table({"No": ["1", "2"], "City": values}))
    assert [row[:2] for row in parsed.rows()] == [(1, "1")]
    assert parsed.faults() == [
        (2, "time_out_of_range", "column 'City' holds a date or time beyond calendar and clock")
    ]


def test_a_file_without_rows_is_an_empty_delivery(tmp_path: Path) -> None:
    parsed = read(tmp_path, pa.table({"No": pa.array([], pa.int64())}))
    assert (parsed.rows(), parsed.physical_records, parsed.missing) == ([], 0, ["City"])


def test_rows_keep_their_number_over_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 3)
    parsed = read(tmp_path, pa.table({"No": range(10)}))
    assert parsed.rows() == [(n + 1, str(n), None) for n in range(10)]


@pytest.mark.parametrize("cut", [4, 40, -4, -1])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "people.parquet"
    pyarrow.parquet.write_table(pa.table({"No": range(100)}), path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(
        LandingFileError, match=r"people\.parquet: not a readable Parquet file: damaged, cut off"
    ):
        read_file(path)


def test_a_footer_that_claims_more_than_can_be_loaded_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "MAX_UNPACKED_BYTES", 100)
    with pytest.raises(LandingFileError, match=r"unpacks to more than 100 bytes\. Deliver it in parts"):
        read(tmp_path, pa.table({"No": range(100)}))
