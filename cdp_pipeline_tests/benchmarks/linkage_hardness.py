"""How hard a generated world is to link: a bare linkage of its standardised records, scored by the truth.

    python -m cdp_pipeline_tests.benchmarks.linkage_hardness --people 100000 --seed 1 --yardstick SCRIPT

Pairs are counted over all records of people; junk is left out. The yardstick is fixed: what is tuned by these
figures are the rates in cdp_pipeline/sample/pools/habits.yml.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cdp_pipeline.engine import Engine, open_working_file, quote_literal
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sample import generate_sample
from cdp_pipeline.sql_project import build_model
from cdp_pipeline_tests.benchmarks.yardstick import run_yardstick, write_records
from cdp_pipeline_tests.sample_project import NIGHTS, open_project

SETTINGS = ("typical", "expert")
THRESHOLD = 0.95

console = Console()


@dataclass(frozen=True)
class Score:
    """Pairs of records that a linkage found, pairs that belong together, and pairs that are both."""

    found: int
    true: int
    right: int
    over_merged: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that belong together."""
        return self.right / self.found

    @property
    def recall(self) -> float:
        """Share of the pairs that belong together which were found."""
        return self.right / self.true

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / (self.found + self.true)


def main(
    people: Annotated[int, typer.Option(help="How many people the world has.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Its seed.")] = 1,
    yardstick: Annotated[Path | None, typer.Option(help="A bare linkage script; see yardstick.py.")] = None,
    pipeline: Annotated[bool, typer.Option(help="Score the pipeline's own linkage, too.")] = False,
) -> None:
    """Generate a world, standardise it, link it with the yardstick, and print how far that gets."""
    if yardstick is None or not yardstick.exists():
        console.print(
            "No yardstick: pass the bare linkage script with --yardstick PATH. It reads standardised records and "
            "writes clusters, as cdp_pipeline_tests/benchmarks/yardstick.py says."
        )
        raise typer.Exit(2)
    with tempfile.TemporaryDirectory(prefix="cdp_hardness_") as folder:
        scratch = Path(folder)
        database = _standardise(scratch, people, seed, with_linkage=pipeline)
        records = write_records(database, scratch / "records.parquet")
        scores = {settings: _score_yardstick(yardstick, scratch, settings) for settings in SETTINGS}
        if pipeline:
            scores["the pipeline"] = _score_pipeline(database, scratch)
    _show(scores, f"{people:,} people (seed {seed}), {records:,} records")


def _standardise(scratch: Path, people: int, seed: int, *, with_linkage: bool) -> Path:
    """Generate the world's first night and standardise it in a project of its own; return the working file."""
    console.print("Generating")
    generate_sample(people, seed, 1, scratch / "world")
    project = open_project(scratch / "project", 1, landing=scratch / "world" / "night_1")
    graph = load_graph(project)
    wanted = "link.cluster" if with_linkage else "link.identifier"
    console.print("Standardising")
    with open_working_file(project) as engine:
        night = Night(engine, project, NIGHTS[1], "hardness")
        for table in graph.needed_for(wanted):
            build_model(night, table)
    return project.working_file


def _score_yardstick(script: Path, scratch: Path, settings: str) -> Score:
    console.print(f"Linking with {settings} settings")
    clusters = scratch / f"clusters_{settings}.parquet"
    options = ("--settings", settings, "--threshold", str(THRESHOLD))
    run_yardstick(script, scratch / "records.parquet", clusters, *options)
    with Engine.open() as engine:
        found = f"select unique_id as record, cluster_id as cluster from {quote_literal(str(clusters))}"
        return score(engine, scratch / "world", found)


def _score_pipeline(database: Path, scratch: Path) -> Score:
    with Engine.open(database, read_only=True) as engine:
        found = (
            "select concat_ws('/', source_system, record_kind, source_record_id) as record, cluster_id as cluster"
            " from link.cluster"
        )
        return score(engine, scratch / "world", found)


def score(engine: Engine, world: Path, clusters: str) -> Score:
    """Compare clusters with the truth of a world.

    Args:
        clusters: a query of record (system/kind/id) and cluster; records without a cluster stand alone.
    """
    truth = quote_literal(str(world / "truth" / "records.csv"))
    [(found, true, right, over_merged)] = engine.fetch_all(
        f"""
        with truth as (
            select concat_ws('/', source_system, record_kind, source_record_id) as record, person_id
            from read_csv({truth}, all_varchar = true)
            where is_junk = 'false'
        ),
        part as (
            select person_id, cluster, count(*) as size
            from truth inner join ({clusters}) using (record)
            group by person_id, cluster
        ),
        by_cluster as (select sum(size) as size, count(*) as people from part group by cluster),
        by_person as (select sum(size) as size from part group by person_id)
        select
            (select sum(size * (size - 1) // 2)::bigint from by_cluster),
            (select sum(size * (size - 1) // 2)::bigint from by_person),
            (select sum(size * (size - 1) // 2)::bigint from part),
            (select count(*) from by_cluster where people > 1)
        """
    )
    return Score(found, true, right, over_merged)


def _show(scores: dict[str, Score], title: str) -> None:
    table = Table(title=f"{title}, threshold {THRESHOLD}")
    for name in ("linkage", "precision", "recall", "pair F1", "over-merged clusters"):
        table.add_column(name, justify="left" if name == "linkage" else "right")
    for name, found in scores.items():
        figures = [f"{value:.3f}" for value in (found.precision, found.recall, found.f1)]
        table.add_row(name, *figures, f"{found.over_merged:,}")
    console.print(table)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
