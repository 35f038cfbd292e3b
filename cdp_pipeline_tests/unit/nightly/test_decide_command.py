"""`cdp link decide` and `cdp link decisions` at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_pipeline import cli
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.match_decisions import list_matches

A, B = "crm/contact/003A", "shop/customer/1042"


@pytest.fixture(autouse=True)
def _a_project(tmp_path: Path) -> None:
    (tmp_path / "data" / "landing").mkdir(parents=True)


def cdp_link(project: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["link", *words, "--project", str(project)])
    return result.exit_code, " ".join(result.output.split())


def test_a_pair_is_decided_listed_and_taken_back(tmp_path: Path) -> None:
    words = (
        "decide",
        A,
        B,
        "--different",
        "--reason",
        "father and son",
        "--reviewer",
        "ann",
        "--until",
        "2999-12-31",
    )
    assert cdp_link(tmp_path, "decisions") == (0, "Nothing was decided.")
    assert "Match decision 1: the two records are two people." in cdp_link(tmp_path, *words)[1]
    assert cdp_link(tmp_path, *words) == (0, "Decided already, by match decision 1. Nothing was changed.")
    listed = cdp_link(tmp_path, "decisions")[1]
    assert f"1 never_link, stands until 2999-12-31 {A} {B}" in listed
    assert "by ann: father and son" in listed
    assert cdp_link(tmp_path, "decide", "--undo", "1")[0] == 0
    assert "1 never_link, taken back" in cdp_link(tmp_path, "decisions")[1]
    assert "Match decision 2" in cdp_link(tmp_path, *words)[1]


def test_the_last_day_may_be_written_as_in_a_file(tmp_path: Path) -> None:
    words = ("decide", A, B, "--same", "--reason", "x", "--until")
    assert cdp_link(tmp_path, *words, "31.12.2020")[0] == 2
    assert "Match decision 1" in cdp_link(tmp_path, *words, "31.12.2999")[1]
    assert "stands until 2999-12-31" in cdp_link(tmp_path, "decisions")[1]


def test_a_file_is_decided_once(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(f"decision,left_record,right_record,reason\nsame,{A},{B},checked\n", encoding="utf-8")
    assert cdp_link(tmp_path, "decide", "--file", str(file))[1].startswith("1 new decision; 0 known before.")
    assert cdp_link(tmp_path, "decide", "--file", str(file)) == (
        0,
        "0 new decisions; 1 known before. Nothing was changed.",
    )


@pytest.mark.parametrize(
    "words",
    [
        (),
        (A, "--same"),
        (A, B),
        (A, B, "--same", "--different"),
        (A, B, "--same", "--undo", "1"),
        (A, B, "--same", "--reason", "x", "--until", "2020-01-01"),
        (A, B, "--same"),
        (A, A, "--same", "--reason", "x"),
    ],
)
def test_what_is_not_whole_decides_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert cdp_link(tmp_path, "decide", *words)[0] != 0
    assert list_matches(load_project(tmp_path)) == []
