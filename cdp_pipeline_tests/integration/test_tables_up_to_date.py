"""Tables that a night brings up to date hold what they would hold, built from everything."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine, open_working_file
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import build, build_model, increments
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.sample_project import NIGHTS, open_project

pytestmark = pytest.mark.slow


def test_the_second_night_ends_where_all_rows_computed_again_end(
    nights: PublishedNights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(nights.after_first / "data", tmp_path / "data", symlinks=True)
    project = open_project(tmp_path, 2)
    graph = load_graph(project)
    needed = graph.needed_for("link.identifier")
    tables = [model for model in needed if model.increment]
    with open_working_file(project) as engine:
        night = Night(engine, project, NIGHTS[2], "second")
        with monkeypatch.context() as patch:
            patch.setattr(increments, "WORTHWHILE_SHARE", 1.0)  # of a few people, many are new each night
            patch.delattr(build, "build_whole")
            for model in needed:
                build_model(night, model)
        for table in tables:
            engine.replace_table("main.brought_up_to_date", f"from {table.full_name}")
            build_model(dataclasses.replace(night, rebuilds_everything=True), table)
            assert engine.row_count(table.full_name) > 0
            assert _differing_rows(engine, table.full_name, "main.brought_up_to_date") == 0, table.full_name


def _differing_rows(engine: Engine, one: str, other: str) -> int:
    only_one, only_other = (f"(from {a} except all from {b})" for a, b in ((one, other), (other, one)))
    return int(engine.fetch_value(f"select count(*) from ({only_one} union all {only_other})"))
