"""`make bench`: a whole night over a generated world, by stage, beside a plain scan and a bare linkage.

All that is compared is measured in one run on one machine; the ratios are what to keep. The world is made
with seed 1 when it is not there yet, or when the generator has changed; its night runs in a fresh project.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.benchmarks.chart import write_chart
from cdp_pipeline_tests.benchmarks.circumstances import circumstances, generator_fingerprint
from cdp_pipeline_tests.benchmarks.measure import run_child
from cdp_pipeline_tests.benchmarks.yardstick import run_yardstick, write_records

RECORDS_PER_PERSON = 3.1  # of the generated worlds, over all systems
SEED = 1
FIRST_NIGHT = date(2026, 5, 4)
KEY = "benchmark-key-of-no-project"

console = Console()


def main(
    records: Annotated[int, typer.Option(help="About how many source records the world has.")] = 100_000,
    worlds: Annotated[Path, typer.Option(help="Where generated worlds are kept.")] = Path("data/worlds"),
    results: Annotated[Path, typer.Option(help="Where JSON and chart go.")] = Path("data/benchmarks"),
    yardstick: Annotated[
        Path | None, typer.Option(help="A bare linkage script to compare with; see yardstick.py.")
    ] = None,
) -> None:
    """Measure one whole night by stage."""
    os.environ["CDP_PROJECT_KEY"] = KEY
    people = max(100, round(records / RECORDS_PER_PERSON))
    world, generated = world_of(worlds, people)
    with tempfile.TemporaryDirectory(prefix="cdp_bench_") as folder:
        result = {
            **circumstances(SEED),
            "people": people,
            "generate": generated,
            **_measure(world, Path(folder), yardstick),
        }
    result["ratios"] = _ratios(result)
    name = f"speed_{records}_{datetime.now(UTC):%Y%m%dT%H%M%S}"
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    write_chart(result, results / f"{name}.svg")
    _show(result)
    console.print(f"Kept: {results / name}.json and .svg", highlight=False)


def world_of(worlds: Path, people: int) -> tuple[Path, dict[str, Any] | None]:
    """Return the folder of the world's first night, made now if need be, and what making it took."""
    folder = worlds / f"people_{people}_seed_{SEED}_{generator_fingerprint()}"
    if (folder / "truth" / "named_cases.yml").exists():  # written last
        return folder / "night_1", None
    shutil.rmtree(folder, ignore_errors=True)
    console.print(f"Generating a world of {people:,} people")
    generated = run_child("one_world", str(people), str(SEED), folder)
    return folder / "night_1", generated


def _measure(world: Path, scratch: Path, yardstick: Path | None) -> dict[str, Any]:
    console.print("Scanning its files")
    scan = run_child("plain_scan", world)
    console.print("Running the night")
    night = run_child("one_night", scratch / "project", world.resolve(), FIRST_NIGHT.isoformat())
    measured: dict[str, Any] = {"scan": scan, "night": night}
    if yardstick is None:
        console.print("No --yardstick: linkage is not compared with a bare one.")
        return measured
    console.print("Running the bare linkage, trained and frozen")
    table = scratch / "records.parquet"
    current = scratch / "project/data/published/current/identified.duckdb"
    measured["yardstick_records"] = write_records(current, table)
    model = ("--settings", "expert", "--model", str(scratch / "model.json"))
    measured["yardstick_trained"] = run_yardstick(yardstick, table, scratch / "clusters.parquet", *model)
    measured["yardstick_frozen"] = run_yardstick(yardstick, table, scratch / "clusters.parquet", *model)
    return measured


def _ratios(result: dict[str, Any]) -> dict[str, float]:
    """Compare the night with the scan, and its link stage with the bare linkage, both with a frozen model."""
    seconds = result["night"]["seconds"]
    stages = sum(seconds.get(stage, 0.0) for stage in Stage)
    ratios = {
        "night / scan": (stages + seconds["start"]) / result["scan"]["seconds"]["scan"],
        "extract / scan": seconds["extract"] / result["scan"]["seconds"]["scan"],
    }
    for model in ("trained", "frozen"):
        if bare := result.get(f"yardstick_{model}"):
            ratios[f"link / bare linkage, {model}"] = seconds["link"] / bare["seconds"]["total"]
    return {name: round(ratio, 2) for name, ratio in ratios.items()}


def _show(result: dict[str, Any]) -> None:
    night = result["night"]
    table = Table(
        title=f"{night['delivered']:,} delivered rows, {night['records']:,} source records, "
        f"{night['customers']:,} customers",
    )
    for name in ("step", "seconds", "processor seconds", "peak MB"):
        table.add_column(name, justify="left" if name == "step" else "right")
    for step in ["start", *Stage]:
        if step in night["seconds"]:
            table.add_row(step, *_figures(night, step))
    table.add_section()
    table.add_row("plain scan", *_figures(result["scan"], "scan"))
    for model in ("trained", "frozen"):
        if bare := result.get(f"yardstick_{model}"):
            table.add_row(
                f"bare linkage, {model}", f"{bare['seconds']['total']:.1f}", "", f"{bare['peak_mb']:,}"
            )
    console.print(table)
    for name, ratio in result["ratios"].items():
        console.print(f"{name}: {ratio}", highlight=False)


def _figures(measured: dict[str, Any], step: str) -> tuple[str, str, str]:
    """Word one step's seconds by the clock, processor seconds and peak memory."""
    return (
        f"{measured['seconds'][step]:.1f}",
        f"{measured['cpu_seconds'][step]:.1f}",
        f"{measured['peak_mb'].get(step, 0):,}",
    )


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
