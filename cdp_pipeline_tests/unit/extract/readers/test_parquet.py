"""Reading Parquet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet
import pytest

from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.readers import open_reading, parquet, parquet_steps
from cdp_pipeline_tests.unit.extract.readers.read_files import ReadFile, people_layout, read_file

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
        (pa.array([float("nan"), float("inf"), None]), [None, "inf", None]),
        (pa.array([float("nan")], pa.float16()), [None]),
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
        (
            pa.array([{"a": float("nan"), "b": Decimal("1.10"), "c": 1e20, "d": NOON, "e": True}]),
            ['{"a":null,"b":1.10,"c":100000000000000000000,"d":"2026-05-01T12:00:00","e":true}'],
        ),
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


@pytest.mark.parametrize(
    "kind",
    [
        pa.binary(),
        pa.large_binary(),
        pa.binary(1),
        pa.duration("s"),
        pa.list_(pa.binary()),
        pa.struct([("a", pa.map_(pa.string(), pa.binary()))]),
    ],
    ids=str,
)
def test_a_column_that_holds_no_text_is_refused_by_name(tmp_path: Path, kind: pa.DataType) -> None:
    value = None if pa.types.is_nested(kind) else 1 if pa.types.is_duration(kind) else b"x"
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
        pa.array([[0], [2**60]], pa.list_(pa.timestamp("us"))),
        pa.array([{"born": 0}, {"born": 2**30}], pa.struct([("born", pa.date32())])),
    ],
    ids=lambda values: str(values.type),
)
def test_a_time_that_has_no_text_sets_its_record_aside(tmp_path: Path, values: pa.Array) -> None:
    parsed = read(tmp_path, pa.table({"No": ["1", "2"], "City": values}))
    assert [row[:2] for row in parsed.rows()] == [(1, "1")]
    assert parsed.faults() == [
        (2, "time_out_of_range", "column 'City' holds a date or time beyond calendar and clock")
    ]


@pytest.mark.parametrize(
    "values", [["Bonn", "Tr\0ier", None], [["Bonn"], ["Tr\0ier"], None]], ids=["text", "nested"]
)
def test_a_nul_character_sets_its_record_aside_as_in_csv(tmp_path: Path, values: list[object]) -> None:
    parsed = read(tmp_path, pa.table({"No": ["1", "2", "3"], "City": pa.array(values)}))
    assert [row[:2] for row in parsed.rows()] == [(1, "1"), (3, "3")]
    assert parsed.faults() == [
        (2, "nul_character", "column 'City' holds a NUL character: ask for a new export")
    ]
    assert "\0" not in parsed.unparsed["raw_record"][0].as_py()


def test_nested_text_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    latin = pa.ListArray.from_arrays([0, 1], pa.array(["Köln".encode("latin-1")]).view(pa.string()))
    with pytest.raises(LandingFileError, match=r"column 'City' holds text that is not UTF-8"):
        read(tmp_path, pa.table({"No": ["1"], "City": latin}))


LONG = "x" * 20_000
"""A value that a file of a few kilobytes can hold for 32,768 rows: 655 MB."""


@pytest.mark.parametrize("as_stored", [True, False], ids=["arrow schema", "plain schema"])
def test_a_batch_is_bounded_by_bytes_however_often_a_value_stands_in_it(
    tmp_path: Path, as_stored: bool
) -> None:
    rows = 32_768
    values = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([LONG]))
    path = tmp_path / "people.parquet"
    table = pa.table({"No": [str(row) for row in range(rows)], "City": values})
    pyarrow.parquet.write_table(table, path, compression="zstd", store_schema=as_stored)
    del table, values
    before = pa.total_allocated_bytes()
    taken, most = 0, 0
    for batch in open_reading(path, people_layout(), path.name).batches():
        taken += batch.records.num_rows
        most = max(most, pa.total_allocated_bytes() - before)
    assert taken == rows
    assert most < 6 * parquet.BATCH_BYTES


@pytest.mark.parametrize("kind", ["dictionary", "nested"])
def test_a_value_that_is_too_large_for_memory_is_refused(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_steps, "MAX_VALUE_BYTES", 10_000 if kind == "dictionary" else 50_000)
    monkeypatch.setattr(parquet_steps, "MAX_NESTED_BYTES", 50_000)
    values = [LONG] if kind == "dictionary" else [[LONG] * 3]
    with pytest.raises(
        LandingFileError, match=r"column 'City' holds values that unpack to more than can be held"
    ):
        read(tmp_path, pa.table({"No": ["1"], "City": values}))


def test_a_nested_column_of_too_many_values_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_steps, "MAX_NESTED_VALUES", 3)
    with pytest.raises(
        LandingFileError, match=r"column 'City' holds values that unpack to more than can be held"
    ):
        read(tmp_path, pa.table({"No": ["1"], "City": [[1, 1, 1, 1]]}))


def test_text_packed_as_differences_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    table = pa.table({"No": ["10", "11"], "City": ["Bonn", "Bonn-Beuel"]})
    pyarrow.parquet.write_table(table, path, use_dictionary=False, column_encoding="DELTA_BYTE_ARRAY")
    assert read_file(path).rows() == [(1, "10", "Bonn"), (2, "11", "Bonn-Beuel")]


def test_rows_that_the_footer_counts_and_nobody_reads_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    pyarrow.parquet.write_table(pa.table({"No": range(3)}), path)
    reading = open_reading(path, people_layout(), path.name)
    reading.physical_records += 1  # a footer whose row groups hold fewer rows than its sum
    with pytest.raises(ConservationError, match="4 rows by the footer, but 3 read"):
        list(reading.batches())


def test_a_later_page_whose_checksum_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    table = pa.table({"No": [str(number) for number in range(1_000, 9_000)]})
    pyarrow.parquet.write_table(
        table,
        path,
        use_dictionary=False,
        compression="none",
        write_page_checksum=True,
        data_page_size=1_000,
        write_batch_size=100,
        write_statistics=False,
    )
    content = path.read_bytes()
    assert content.count(b"8500") == 1
    path.write_bytes(content.replace(b"8500", b"8599"))
    with pytest.raises(LandingFileError, match="not a readable Parquet file: damaged"):
        read_file(path)


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
