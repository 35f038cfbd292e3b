"""The comparison of ways to judge an export: all of them run, and agree before any figure is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline_tests.benchmarks import validation
from cdp_pipeline_tests.benchmarks.measure import stopwatch
from cdp_pipeline_tests.benchmarks.validation_rules import COLUMNS, RULES
from cdp_pipeline_tests.benchmarks.validation_ways import WAYS

ROWS = 12_000
BROKEN = {0: 0, 1: 2, 4: 13, 6: 1713, 11: 12, 15: 7, 22: 0}
"""Failing rows that follow from the numbers in COLUMNS, by the place of the rule."""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """Failing rows by way, all in this process: only the benchmark needs processes of their own."""
    folder = tmp_path_factory.mktemp("bench")
    with stopwatch() as watch:
        return {way: judge(watch, folder, ROWS) for way, judge in WAYS.items()}


def test_every_way_finds_the_same_failing_rows(failing: dict[str, dict[str, int]]) -> None:
    assert failing.pop("load") == {}
    reference = failing["whole_frame"]
    assert {place: reference[str(place)] for place in BROKEN} == BROKEN
    for way, found in failing.items():
        assert found == reference, way


def test_the_export_and_the_rules_are_as_wide_as_they_are_said_to_be() -> None:
    assert (len(COLUMNS), len(RULES)) == (15, 25)


def child(way: str, failing_rows: int, cpu: float) -> dict[str, Any]:
    steps = {"load": cpu} if way == "load" else {"import": 5.0, "read": 1.0, "judge": cpu}
    failing = {str(place): failing_rows for place in range(len(RULES))}
    return {"seconds": steps, "cpu_seconds": steps, "peak_mb": dict.fromkeys(steps, 300), "failing": failing}


def test_import_time_stands_apart_from_the_ratio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(validation, "run_child", lambda _module, way, *_: child(way, 3, 4.0))
    measured = validation.measure_ways(10)
    assert validation.ratios(measured) == dict.fromkeys(set(WAYS) - {"load"}, 1.25)
    validation.main(10, tmp_path)
    assert [path.name.startswith("validation_10_") for path in tmp_path.iterdir()] == [True]


def test_ways_that_disagree_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_sees_less(_module: str, way: str, *_: str) -> dict[str, Any]:
        return child(way, 2 if way == "narrow_frames" else 3, 4.0)

    monkeypatch.setattr(validation, "run_child", one_sees_less)
    with pytest.raises(
        RuntimeError, match="narrow_frames finds 2 rows that fail expect_column_values_to_not_be_null"
    ):
        validation.measure_ways(10)
