"""The linkages of `make bench-quality`: ours, a bare Splink, GoldenMatch, each in a process of its own."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.link.quality import ClusterQuality, measure_clusters
from cdp_pipeline_tests.benchmarks.measured_process import Cost, ProcessFailedError, run_measured
from cdp_pipeline_tests.benchmarks.quality_sets import RIVALS, DataSet

SPLINK_SETTINGS = ("typical", "expert")
USUAL_THRESHOLD = 0.95
THRESHOLDS = (0.01, 0.03, 0.1, 0.3, 0.5, 0.8, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999)
GOLDENMATCH_WAYS = ("zero-config", "probabilistic")

OURS, SPLINK, GOLDENMATCH = "ours", "Splink", "GoldenMatch"


@dataclass(frozen=True)
class Measured:
    """One linkage of one data set.

    Attributes:
        maker: ours, Splink or GoldenMatch.
        way: how it was run.
        quality: none where it failed.
        failed_because: what it said then.
    """

    data_set: str
    maker: str
    way: str
    quality: ClusterQuality | None
    cost: Cost | None
    failed_because: str = ""

    def figure(self, name: str) -> float:
        """Return a figure of quality by name; `over_merged_share` is that of the clusters."""
        if self.quality is None:
            return 0.0
        if name == "over_merged_share":
            return self.quality.over_merged / max(1, self.quality.clusters)
        return float(getattr(self.quality, name))


@dataclass(frozen=True)
class Linkages:
    """What is run on each set.

    Attributes:
        yardstick: script of the bare Splink; none leaves it out.
        rivals_python: of the environment that has GoldenMatch; none leaves it out.
    """

    yardstick: Path | None
    rivals_python: Path | None

    def measure(self, data: DataSet, scratch: Path) -> Iterator[Measured]:
        """Link a set in every way, one after the other."""
        yield from link_by_ours(data, scratch)
        if self.yardstick:
            for settings in SPLINK_SETTINGS:
                yield from link_by_splink(data, scratch, self.yardstick, settings)
        if self.rivals_python:
            for way in GOLDENMATCH_WAYS:
                yield link_by_goldenmatch(data, scratch, self.rivals_python, way)


def link_by_ours(data: DataSet, scratch: Path) -> Iterator[Measured]:
    """Link as a user would: the pipeline's own stage, or `cdp link` on a file, with and without training."""
    if data.project:
        module = "cdp_pipeline_tests.benchmarks.one_linkage"
        command = [sys.executable, "-m", module, "link", data.project, data.project]
        found = (
            "select concat_ws('/', source_system, record_kind, source_record_id) as record, cluster_id as cluster"
            " from pipeline.link.cluster"
        )
        yield _measure(data, OURS, "the pipeline", found, partial(run_measured, command, Path.cwd()))
        return
    for way, options in (("cdp link", []), ("cdp link --train", ["--train"])):
        target = scratch / f"{data.name}_ours.parquet"
        command = [Path(sys.executable).with_name("cdp"), "link", data.records, target]
        command += ["--country", data.country, *options]
        found = f"select source_record_id as record, cluster_id as cluster from {quote_literal(str(target))}"
        yield _measure(data, OURS, way, found, partial(_run_afresh, command))


def link_by_splink(data: DataSet, scratch: Path, script: Path, settings: str) -> Iterator[Measured]:
    """Train once, cluster at the usual threshold and at that of the best F1, which only the truth can tell."""
    target, model = scratch / "splink.parquet", scratch / f"{data.name}_{settings}.json"
    command = [
        sys.executable,
        script,
        data.yardstick_records,
        target,
        "--settings",
        settings,
        "--model",
        model,
    ]
    found = f"select unique_id as record, cluster_id as cluster from {quote_literal(str(target))}"

    def at(threshold: float) -> Measured:
        options = ["--threshold", str(threshold)]
        return _measure(
            data, SPLINK, f"{settings}, {threshold}", found, partial(_run_afresh, [*command, *options])
        )

    usual = at(USUAL_THRESHOLD)
    yield usual
    if usual.quality is None:
        return
    best = max([usual, *map(at, THRESHOLDS)], key=lambda measured: measured.figure("f1"))
    # The cost of the run that trained: a frozen model would hide it.
    yield Measured(data.name, SPLINK, f"{best.way} (best)", best.quality, usual.cost)


def link_by_goldenmatch(data: DataSet, scratch: Path, python: Path, way: str) -> Measured:
    """Link with GoldenMatch, which remembers former runs in its user's home: each run gets an empty one."""
    target = scratch / "goldenmatch.parquet"
    command = [python, RIVALS / "goldenmatch_clusters.py", way, data.records, target]
    found = f"select record_id as record, cluster_id as cluster from {quote_literal(str(target))}"
    return _measure(data, GOLDENMATCH, way, found, partial(_run_afresh, command, is_homeless=True))


def blocking_ceiling(data: DataSet, scratch: Path) -> float | None:
    """Return the recall that perfect decisions could reach in the pipeline's linkage of a generated world."""
    if data.project is None or data.world is None:
        return None
    command = [Path(sys.executable).with_name("cdp"), "link", "evaluate", "--project", data.project]
    try:
        run_measured(
            [*command, "--truth", data.world / "truth" / "records.csv", "--out", scratch], Path.cwd()
        )
    except ProcessFailedError:
        return None
    figures = json.loads((scratch / "evaluation.json").read_text(encoding="utf-8"))
    return float(figures["ceiling"]["recall"])


def _run_afresh(command: list[str | Path], *, is_homeless: bool = False) -> Cost:
    """Run in an empty folder; what is homeless has that for its home, and no variables of ours."""
    with tempfile.TemporaryDirectory(prefix="cdp_quality_run_") as folder:
        alone = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "GOLDENMATCH_AUTOCONFIG_MEMORY": "0"}
        return run_measured(command, Path(folder), alone if is_homeless else None)


def _measure(data: DataSet, maker: str, way: str, found: str, run: Callable[[], Cost]) -> Measured:
    """Run a linkage and compare its clusters with the truth."""
    try:
        cost = run()
    except ProcessFailedError as failure:
        return Measured(data.name, maker, way, None, None, str(failure))
    with Engine.open() as engine:
        if data.project:
            file = quote_literal(str(data.project / "data/warehouse/work.duckdb"))
            engine.execute(f"attach {file} as pipeline (read_only)")
        return Measured(data.name, maker, way, measure_clusters(engine, found, data.truth), cost)
