"""`cdp link evaluate` on files: what may be handed in, and what comes out."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from cdp_pipeline.cli.app import app
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.nightly.labelled_file import read_clusters, read_truth

TRUTH = "source_record_id,person_id,is_junk,troubles,note\n007,P1,false,moved,x\n8,P1,,,\n9,P2,true,,\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_truth_is_read_as_text_and_empty_fields_as_null(tmp_path: Path) -> None:
    table = read_truth(write(tmp_path / "truth.csv", TRUTH))
    assert table.column("source_record_id").to_pylist() == ["007", "8", "9"]
    assert table.column("troubles").to_pylist() == ["moved", None, None]
    assert table.column("source_system").null_count == 3
    assert table.column("row").to_pylist() == [1, 2, 3]


def test_tabs_and_parquet_hold_the_same_truth(tmp_path: Path) -> None:
    tabs = read_truth(write(tmp_path / "truth.tsv", "source_record_id\tperson_id\n7\t1\n"))
    pa.parquet.write_table(pa.table({"source_record_id": [7], "person_id": [1]}), tmp_path / "truth.parquet")
    assert tabs.equals(read_truth(tmp_path / "truth.parquet"))


def test_a_truth_is_read_as_a_spreadsheet_of_any_country_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_bytes("source_record_id;person_id\n7;Müller\n".encode("cp1252"))
    assert read_truth(path).select(["source_record_id", "person_id"]).to_pylist() == [
        {"source_record_id": "7", "person_id": "Müller"}
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: not even a header"),
        (b"source_record_id,person_id\n", "holds no record under its header. Give one row per record"),
        (b'{"source_record_id": 1}\n', "is JSON Lines, not CSV or Parquet"),
    ],
)
def test_a_file_of_no_record_or_another_kind_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "truth.csv"
    path.write_bytes(content)
    with pytest.raises(LandingFileError, match=message):
        read_truth(path)
    with pytest.raises(LandingFileError, match="is a folder; name a file in it"):
        read_truth(tmp_path)


def test_a_file_without_the_needed_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandingFileError, match="no column person_id"):
        read_truth(write(tmp_path / "truth.csv", "source_record_id\n1\n"))
    with pytest.raises(LandingFileError, match="no column cluster_id"):
        read_clusters(write(tmp_path / "clusters.csv", "source_record_id\n1\n"))
    with pytest.raises(LandingFileError, match="does not exist"):
        read_truth(tmp_path / "nowhere.csv")


def test_a_damaged_file_is_refused_without_its_values(tmp_path: Path) -> None:
    damaged = write(tmp_path / "truth.csv", "source_record_id,person_id\n1,2,secretvalue\n")
    with pytest.raises(LandingFileError, match="cannot be read") as refused:
        read_truth(damaged)
    assert "secretvalue" not in str(refused.value)


def test_a_linked_file_is_measured_on_the_screen_and_in_files(tmp_path: Path) -> None:
    truth = write(
        tmp_path / "truth.csv", "source_record_id,person_id,troubles\na,1,\nb,1,moved\nc,2,\nd,3,\n"
    )
    clusters = tmp_path / "clusters.parquet"
    linked = {"source_system": ["input"] * 3, "source_record_id": ["a", "b", "c"], "cluster_id": [1, 2, 2]}
    pa.parquet.write_table(pa.table(linked), clusters)
    words = ["--truth", str(truth), "--clusters", str(clusters), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, ["link", "evaluate", "--project", str(tmp_path), *words])
    assert done.exit_code == 0, done.output
    assert "1 of 2 clusters hold more than one person; 1 of 2 people are split" in " ".join(
        done.output.split()
    )
    assert "1 record of" in done.output
    document = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert (document["quality"]["found_pairs"], document["quality"]["right_pairs"]) == (1, 0)
    assert document["coverage"]["missing_records"] == 1
    assert [row["trouble"] for row in document["troubles"]] == ["", "moved"]
    assert document["thresholds"] == []
    page = (tmp_path / "out" / "evaluation.html").read_text(encoding="utf-8")
    assert "1 of 2 clusters hold more than one person" in page


def test_before_the_first_night_the_remedy_is_told(tmp_path: Path) -> None:
    (tmp_path / "data" / "landing").mkdir(parents=True)
    truth = write(tmp_path / "truth.csv", TRUTH)
    done = CliRunner().invoke(app, ["link", "evaluate", "--project", str(tmp_path), "--truth", str(truth)])
    assert done.exit_code == 1
    assert "no night has run yet. Run one first: cdp run" in done.output


def test_clusters_of_a_file_need_a_truth(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["link", "evaluate", "--project", str(tmp_path), "--clusters", "x.parquet"]
    )
    assert done.exit_code == 2
    assert "--truth" in done.output
