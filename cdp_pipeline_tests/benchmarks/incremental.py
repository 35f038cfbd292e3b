"""`make bench-incremental`: nights that link what changed, beside linking everything, in one run.

Records of a generated world come, go and change at random; linkage (edges and clusters, from standardised records on)
is measured, and its peak memory under a limit for the engine.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cdp_pipeline_tests.benchmarks.circumstances import circumstances
from cdp_pipeline_tests.benchmarks.measure import run_child
from cdp_pipeline_tests.benchmarks.speed import KEY, RECORDS_PER_PERSON, SEED, world_of

console = Console()


def main(
    records: Annotated[int, typer.Option(help="About how many source records the world has.")] = 100_000,
    share: Annotated[float, typer.Option(help="Which share of the records comes, goes or changes.")] = 0.01,
    nights: Annotated[int, typer.Option(help="How many nights of changes.")] = 3,
    memory_limit: Annotated[str, typer.Option(help="For each of the two engines of linkage.")] = "1GB",
    worlds: Annotated[Path, typer.Option(help="Where generated worlds are kept.")] = Path("data/worlds"),
    results: Annotated[Path, typer.Option(help="Where the JSON goes.")] = Path("data/benchmarks"),
) -> None:
    """Measure nights of changes beside a linkage of everything."""
    os.environ["CDP_PROJECT_KEY"] = KEY
    world, _ = world_of(worlds, max(100, round(records / RECORDS_PER_PERSON)))
    with tempfile.TemporaryDirectory(prefix="cdp_bench_") as folder:
        console.print("Standardising it, linking it, then its nights")
        measured = run_child(
            "changed_nights", Path(folder) / "project", world.resolve(), str(share), str(nights), memory_limit
        )
    result = {**circumstances(SEED), "memory_limit": memory_limit, **measured}
    _show(result)
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"incremental_{records}_{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    console.print(f"Kept: {path}", highlight=False)


def _show(result: dict[str, Any]) -> None:
    table = Table(title=f"Linkage of {result['records']:,} records")
    for heading in ("", "records changed", "seconds", "processor seconds", "share of everything", "peak MB"):
        table.add_column(heading, justify="right" if heading else "left")
    everything = result["cpu_seconds"]["everything"]
    steps = ["everything", *(f"changes_{night}" for night in range(len(result["changed"])))]
    for step, changed in zip(steps, ["all", *result["changed"]], strict=True):
        table.add_row(
            step.replace("_", " "),
            changed if isinstance(changed, str) else f"{changed:,}",
            f"{result['seconds'][step]:.1f}",
            f"{result['cpu_seconds'][step]:.1f}",
            f"{result['cpu_seconds'][step] / everything:.3f}",
            f"{result['peak_mb'].get(step, 0):,}",
        )
    console.print(table)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
