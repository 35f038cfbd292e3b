"""Whole nights of the committed sample in a folder of its own, with and without Dagster."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.contracts.settings import EngineSettings
from cdp_pipeline.engine import Engine, open_working_file
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import build_and_judge, load_graph, refuse_broken
from cdp_pipeline.nightly.publication import publish_night
from cdp_pipeline.nightly.readiness import check_working_file
from cdp_pipeline.stages import Stage

SAMPLES = Path(__file__).resolve().parent.parent / "data" / "samples"
NIGHTS = {1: date(2026, 5, 4), 2: date(2026, 5, 5)}
KEY = "sample-key-for-the-demo-only"

VOLATILE = {
    ("extract.file", "loaded_at"),
    ("extract.night", "run_id"),
    ("validate.judged_file", "loaded_at"),
    ("validate.quarantine", "run_id"),
}
"""Columns that name the run or the clock; all others are equal for equal input."""


def open_project(root: Path, night: int = 1, *, landing: Path | None = None, threads: int = 2) -> Project:
    """Load the example project with `root` as its folder and the sample as landing folder."""
    os.environ["CDP_PROJECT_KEY"] = KEY
    root.mkdir(parents=True, exist_ok=True)
    project = load_project(root, landing=landing or SAMPLES / f"night_{night}")
    engine = EngineSettings(threads=threads)
    return dataclasses.replace(project, settings=project.settings.model_copy(update={"engine": engine}))


def run_night(
    project: Project,
    night: int = 1,
    *,
    run_id: str = "run1",
    since: Stage = Stage.EXTRACT,
    report: Callable[[str, str], None] = lambda _stage, _subject: None,
) -> Path:
    """Build and publish one night as the orchestrator would, in this process.

    Args:
        since: earlier stages are left as the last run built them, as by `cdp run --from`.
    """
    graph = load_graph(project)
    with open_working_file(project) as engine:
        context = Night(engine, project, NIGHTS[night], run_id, report)
        check_working_file(engine, project, NIGHTS[night])
        for table in graph.tables:
            if not since.is_after(table.stage):
                refuse_broken(table, build_and_judge(context, graph, table))
        return publish_night(context, graph)


def table_hashes(database: Path, *, without: Collection[str] = ()) -> dict[str, tuple[int, int]]:
    """Rows and an order-free hash of every table of a DuckDB file, volatile columns left out.

    Args:
        without: names of more columns to leave out, in whatever table.
    """
    with Engine.open(database, read_only=True) as engine:
        tables = engine.fetch_column(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_type = 'BASE TABLE' order by 1"
        )
        return {table: _hash(engine, table, without) for table in tables}


def _hash(engine: Engine, table: str, without: Collection[str]) -> tuple[int, int]:
    names = engine.describe(f"from {table}")
    columns = [name for name in names if (table, name) not in VOLATILE and name not in without]
    row = ", ".join(f'"{name}"' for name in columns)
    [(rows, total)] = engine.fetch_all(f"select count(*), sum(hash({row}))::hugeint from {table}")
    return rows, total


def activation_bytes(folder: Path) -> dict[str, bytes]:
    """Return the activation files of a published night."""
    return {path.name: path.read_bytes() for path in sorted((folder / "activations").iterdir())}
