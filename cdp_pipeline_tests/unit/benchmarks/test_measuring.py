"""What the benchmark measures, compares and draws, on results small enough to check by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cdp_pipeline_tests.benchmarks.chart import write_chart
from cdp_pipeline_tests.benchmarks.measure import RESULT_MARK, stopwatch
from cdp_pipeline_tests.benchmarks.speed import _ratios
from cdp_pipeline_tests.benchmarks.yardstick import run_yardstick

RESULT: dict[str, Any] = {
    "scan": {"seconds": {"scan": 2.0}},
    "night": {
        "seconds": {"start": 1.0, "extract": 4.0, "link": 12.04, "publish": 3.0, "count": 99.0},
        "peak_mb": {"start": 90, "extract": 1234, "link": 512},
    },
}


def test_steps_that_come_again_add_up_and_each_has_its_own_peak(capsys: pytest.CaptureFixture[str]) -> None:
    with stopwatch() as watch:
        watch.report("extract", "a table")
        spent = sum(number * number for number in range(200_000))
        watch.report("link")
        first = watch.seconds["extract"]
        watch.report("extract")
        watch._remember(300_000_000)
        watch._remember(200_000_000)
        watch.print_result(rows=spent)
    result = json.loads(capsys.readouterr().out.removeprefix(RESULT_MARK))
    assert result["rows"] == spent
    assert list(result["seconds"]) == ["start", "extract", "link"]
    assert watch.seconds["extract"] > first > 0
    assert 0 < result["cpu_seconds"]["extract"] <= watch.cpu_seconds["extract"] + 0.001
    assert result["seconds"]["start"] > watch.seconds["extract"], "the process began long before the watch"
    assert result["peak_mb"]["extract"] >= 300


def test_the_night_is_compared_with_the_scan_by_its_stages_and_its_start() -> None:
    assert _ratios(RESULT) == {"night / scan": 10.02, "extract / scan": 2.0}, "counting is no part of a night"


def test_linking_is_compared_with_each_bare_linkage_that_ran() -> None:
    frozen = {"seconds": {"read": 1.0, "total": 6.02}}
    assert _ratios({**RESULT, "yardstick_frozen": frozen})["link / bare linkage, frozen"] == 2.0
    trained = {"seconds": {"total": 24.08}}
    both = _ratios({**RESULT, "yardstick_frozen": frozen, "yardstick_trained": trained})
    assert both["link / bare linkage, trained"] == 0.5


def test_the_chart_names_each_step_once_with_seconds_and_memory_in_the_order_of_the_night(
    tmp_path: Path,
) -> None:
    write_chart(RESULT, tmp_path / "speed.svg")
    root = ElementTree.parse(tmp_path / "speed.svg").getroot()
    texts = [text for element in root.iter("{http://www.w3.org/2000/svg}text") if (text := element.text)]
    steps = [text for text in texts if text in {"start", "extract", "link", "publish", "count"}]
    assert steps == ["start", "extract", "link", "publish"] * 2, (
        "in both halves; counting is no step of a night"
    )
    assert {"seconds", "peak memory, MB", "12", "1,234"} <= set(texts) | {
        text.split(".")[0] for text in texts
    }


SCRIPT = """
import json, sys
records, clusters, *options = sys.argv[1:]
if options: sys.exit("no such model")
print("reading " + records)
print(json.dumps({"seconds": {"total": 1.5}, "clusters": clusters}))
"""


def test_the_last_line_of_a_bare_linkage_is_its_result_and_its_failure_is_told(tmp_path: Path) -> None:
    script = tmp_path / "bare.py"
    script.write_text(SCRIPT, encoding="utf-8")
    measured = run_yardstick(script, tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert measured == {"seconds": {"total": 1.5}, "clusters": str(tmp_path / "out.parquet")}
    with pytest.raises(RuntimeError, match=r"bare\.py failed:\nno such model"):
        run_yardstick(script, tmp_path / "in.parquet", tmp_path / "out.parquet", "--model")
