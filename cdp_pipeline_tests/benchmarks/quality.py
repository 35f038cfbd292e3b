"""`make bench-quality`: how well people are found, beside a bare Splink and GoldenMatch, in one run.

    python -m cdp_pipeline_tests.benchmarks.quality --people 100000 --yardstick SCRIPT --benchmarks DIR

Sets: a generated world, FEBRL 1 to 4, historical_50k. What is not there is left out with a word. The bare Splink at
its default threshold also tells how hard a generated world is; its figures are what the rates in
cdp_pipeline/sample/pools/habits.yml are tuned by.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cdp_pipeline_tests.benchmarks.circumstances import circumstances
from cdp_pipeline_tests.benchmarks.quality_linkages import Linkages, Measured, blocking_ceiling
from cdp_pipeline_tests.benchmarks.quality_sets import (
    FEBRL,
    GENERATOR,
    HISTORICAL,
    DataSet,
    febrl_sets,
    file_set,
    generated_set,
)
from cdp_pipeline_tests.benchmarks.quality_table import markdown_table, screen_table, verdicts

ALL_SETS = (GENERATOR, *FEBRL, HISTORICAL)
WIDTH = 150  # characters: a narrower table breaks its cells

console = Console(width=WIDTH)


def main(
    people: Annotated[int, typer.Option(help="How many people the generated world has.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Its seed.")] = 1,
    sets: Annotated[str, typer.Option(help="Data sets, with commas.")] = ",".join(ALL_SETS),
    yardstick: Annotated[Path | None, typer.Option(help="A bare Splink script; see yardstick.py.")] = None,
    benchmarks: Annotated[Path | None, typer.Option(help="Folder that holds historical_50k.")] = None,
    rivals: Annotated[Path, typer.Option(help="Environment of GoldenMatch.")] = Path(".venv-rivals"),
    results: Annotated[Path, typer.Option(help="Where JSON and table go.")] = Path("data/benchmarks"),
) -> None:
    """Link every set in every way and print one table."""
    python = rivals.absolute() / "bin" / "python"
    linkages = Linkages(_there(yardstick, "The bare Splink", "YARDSTICK"), _there(python, "GoldenMatch"))
    rows: list[Measured] = []
    said: list[str] = []
    with tempfile.TemporaryDirectory(prefix="cdp_quality_") as folder:
        scratch = Path(folder)
        for data in _data_sets(sets.split(","), people, seed, linkages.rivals_python, benchmarks, scratch):
            console.print(f"Linking {data.name}")
            measured = []
            for row in linkages.measure(data, scratch):
                measured.append(row)
                reached = f"pair F1 {row.figure('f1'):.4f}" if row.quality else "failed"
                console.print(f"  {row.maker}: {row.way}: {reached}", highlight=False)
            rows += measured
            said += verdicts(measured, data.targets)
            if ceiling := blocking_ceiling(data, scratch):
                said.append(f"{data.name}: recall that blocking allows a perfect scorer: {ceiling:.4f}")
    console.print(screen_table(rows))
    for line in said:
        console.print(line, highlight=False)
    _keep(results, rows, said, people, seed)


def _data_sets(
    names: list[str], people: int, seed: int, python: Path | None, benchmarks: Path | None, scratch: Path
) -> Iterator[DataSet]:
    """Make the sets that are asked for and can be had."""
    if GENERATOR in names:
        console.print(f"Generating and standardising a world of {people:,} people (seed {seed})")
        yield generated_set(people, seed, scratch)
    if febrl := [name for name in names if name in FEBRL]:
        if python is None:
            console.print(f"{', '.join(febrl)}: left out, the rivals' environment has them.")
        else:
            yield from febrl_sets(febrl, python, scratch)
    if HISTORICAL in names:
        file = benchmarks.absolute() / f"{HISTORICAL}_records.parquet" if benchmarks else None
        if file and _there(file, HISTORICAL):
            yield file_set(HISTORICAL, file.parent, scratch, "GB")
        elif file is None:
            console.print(f"{HISTORICAL}: left out. Name its folder with BENCHMARKS=DIR.")


def _there(path: Path | None, what: str, variable: str = "") -> Path | None:
    """Return a path that exists, made absolute, or none with a word."""
    if path is None:
        console.print(f"{what}: left out. Name its script with {variable}=SCRIPT.")
        return None
    if not path.exists():
        console.print(f"{what}: left out, {path} does not exist.", highlight=False)
        return None
    return path.absolute()


def _keep(results: Path, rows: list[Measured], said: list[str], people: int, seed: int) -> None:
    """Write what was measured as JSON, and the table as Markdown."""
    results.mkdir(parents=True, exist_ok=True)
    name = results / f"quality_{datetime.now(UTC):%Y%m%dT%H%M%S}"
    kept = {**circumstances(seed), "people": people, "rows": [asdict(row) for row in rows], "verdicts": said}
    name.with_suffix(".json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    bullets = "".join(f"- {line}\n" for line in said)
    name.with_suffix(".md").write_text(f"{markdown_table(rows)}\n{bullets}", encoding="utf-8")
    console.print(f"Kept: {name}.json and .md", highlight=False)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
