"""A night that begins while another one runs is refused before it has loaded or written anything."""

from __future__ import annotations

import os
from pathlib import Path

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.engine import open_working_file
from cdp_pipeline_tests.command import cdp

ORDERS = "data/landing/shop/orders_2026-05-04.csv"


def test_a_second_night_is_refused_at_once_and_told_by_whom(tmp_path: Path) -> None:
    (tmp_path / ORDERS).parent.mkdir(parents=True)
    (tmp_path / ORDERS).write_text("Name,Email\n", encoding="utf-8")
    with open_working_file(load_project(tmp_path)):
        before = sorted(tmp_path.rglob("*"))
        answer = cdp("run", "--project", tmp_path)
        assert sorted(tmp_path.rglob("*")) == before, "nor is a Dagster home made"
    assert answer.status == 1
    assert f"another night is running (process {os.getpid()}, since 20" in answer.output
