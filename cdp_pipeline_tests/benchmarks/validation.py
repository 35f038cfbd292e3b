"""`make bench-validation`: what judging costs beside parsing and loading, in the four ways there are.

All ways judge the same rows by the same 25 rules in one run on one machine, each in a process of its own, and
must find the same failing rows. Processor seconds are compared, import time stands apart.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cdp_pipeline_tests.benchmarks.circumstances import circumstances
from cdp_pipeline_tests.benchmarks.measure import run_child
from cdp_pipeline_tests.benchmarks.validation_rules import COLUMNS, RULES
from cdp_pipeline_tests.benchmarks.validation_ways import IMPORT, JUDGE, MEMORY_LIMIT, READ, WAYS

LOAD = "load"
TITLES = {
    LOAD: "parse and load",
    "duckdb_engine": "GX, DuckDB engine",
    "plain_sql": "plain SQL, no GX",
    "narrow_frames": "GX, narrow frames",
    "whole_frame": "GX, one frame",
}
"""The ways in the order of the table; GX is Great Expectations, frames are pandas'."""

console = Console()


def main(
    rows: Annotated[int, typer.Option(help="Rows of the made-up export.")] = 1_000_000,
    results: Annotated[Path, typer.Option(help="Where the JSON goes.")] = Path("data/benchmarks"),
) -> None:
    """Measure every way of judging one export."""
    ways = measure_ways(rows)
    result = {**circumstances(seed=0), "rows": rows, "memory_limit": MEMORY_LIMIT, "ways": ways}
    result["ratios"] = ratios(ways)
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"validation_{rows}_{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    console.print(_as_table(result))
    console.print(f"Kept: {path}", highlight=False)


def measure_ways(rows: int) -> dict[str, Any]:
    """Load the export, then judge it in every way.

    Raises:
        RuntimeError: two ways disagree about the failing rows; then no figure means anything.
    """
    measured: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="cdp_bench_") as folder:
        for way in WAYS:
            console.print(TITLES[way], highlight=False)
            measured[way] = run_child("validation_ways", way, folder, str(rows))
    found = {way: of_way["failing"] for way, of_way in measured.items() if way != LOAD}
    reference = found["whole_frame"]
    for way, failing in found.items():
        for place, rule in enumerate(RULES):
            if failing[str(place)] != reference[str(place)]:
                raise RuntimeError(
                    f"{way} finds {failing[str(place)]} rows that fail {rule.type} {rule.kwargs}, "
                    f"Great Expectations on pandas {reference[str(place)]}."
                )
    return measured


def ratios(measured: dict[str, Any]) -> dict[str, float]:
    """Compare reading and judging with parsing and loading, by processor seconds."""
    return {
        way: round(_cost(of_way) / measured[LOAD]["cpu_seconds"][LOAD], 2)
        for way, of_way in measured.items()
        if way != LOAD
    }


def _cost(of_way: dict[str, Any]) -> float:
    return float(sum(of_way["cpu_seconds"].get(step, 0.0) for step in (READ, JUDGE)))


def _as_table(result: dict[str, Any]) -> Table:
    table = Table(title=f"{result['rows']:,} rows × {len(COLUMNS)} text columns, {len(RULES)} expectations")
    for name in ("", "CPU s", "ratio", "seconds", "peak MB", "import CPU s"):
        table.add_column(name, justify="right" if name else "left")
    for way, title in TITLES.items():
        of_way = result["ways"][way]
        steps = [step for step in (LOAD, READ, JUDGE) if step in of_way["seconds"]]
        table.add_row(
            title,
            f"{sum(of_way['cpu_seconds'][step] for step in steps):.1f}",
            f"{result['ratios'].get(way, 1):.2f}",
            f"{sum(of_way['seconds'][step] for step in steps):.1f}",
            f"{max(of_way['peak_mb'].get(step, 0) for step in steps):,}",
            f"{of_way['cpu_seconds'].get(IMPORT, 0):.1f}",
            end_section=way == LOAD,
        )
    return table


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
