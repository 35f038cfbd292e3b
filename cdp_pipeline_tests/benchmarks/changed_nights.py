"""Linking everything once, then nights of changes: `python -m … PROJECT LANDING SHARE NIGHTS MEMORY_LIMIT`."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import open_working_file
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import build_model
from cdp_pipeline_tests.benchmarks.measure import Stopwatch, stopwatch
from cdp_pipeline_tests.reliability.linkage_nights import LinkageNights
from cdp_pipeline_tests.sample_project import NIGHTS, open_project


def main(root: Path, landing: Path, share: float, nights: int, memory_limit: str) -> None:
    """Measure each linkage; standardising, and letting things happen in between, is nobody's cost."""
    project = open_project(root, 1, landing=landing)
    with stopwatch() as watch:
        watch.report("prepare")
        _standardise(project)
        linkage = LinkageNights(project.working_file, with_memory_limit(project, memory_limit), generations=1)
        link_nights(linkage, watch, share, nights)


def _standardise(project: Project) -> None:
    graph = load_graph(project)
    with open_working_file(project) as engine:
        night = Night(engine, project, NIGHTS[1], "changes")
        for model in graph.needed_for("link.edge"):
            if model.full_name != "link.edge":
                build_model(night, model)


def with_memory_limit(project: Project, memory_limit: str) -> Project:
    """Return the project with a limit for each engine that it opens."""
    engine = project.settings.engine.model_copy(update={"memory_limit": memory_limit})
    return dataclasses.replace(project, settings=project.settings.model_copy(update={"engine": engine}))


def link_nights(linkage: LinkageNights, watch: Stopwatch, share: float, nights: int) -> None:
    """Link everything, then what changed in each night, and print what it took."""
    linkage.engine.execute(f"set memory_limit = '{linkage.night.project.settings.engine.memory_limit}'")
    watch.report("everything")
    linkage.link(everything=True)
    changed = []
    for night in range(nights):
        watch.report("prepare")
        before = linkage.relinked()
        linkage.let_things_happen(night, share)
        watch.report(f"changes_{night}")
        linkage.link()
        watch.report("prepare")
        changed.append(linkage.relinked() - before)
    records = linkage.engine.row_count("link.linkage_record")
    linkage.engine.close()
    watch.print_result(records=records, changed=changed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
