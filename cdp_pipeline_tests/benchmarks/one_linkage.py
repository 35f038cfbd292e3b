"""Standardising a night in a project, or linking it: `python -m … standardise|link PROJECT LANDING`."""

from __future__ import annotations

import sys
from pathlib import Path

from cdp_pipeline.engine import open_working_file
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import build_model
from cdp_pipeline_tests.sample_project import NIGHTS, open_project

LAST_OF_STEP = {"standardise": "link.identifier", "link": "link.cluster"}


def main(step: str, root: Path, landing: Path) -> None:
    """Build the tables of one step; the working file keeps them for the next."""
    project = open_project(root, 1, landing=landing)
    graph = load_graph(project)
    standardised = graph.needed_for(LAST_OF_STEP["standardise"])
    done = {model.full_name for model in standardised} if step == "link" else set()
    with open_working_file(project) as engine:
        night = Night(engine, project, NIGHTS[1], "quality")
        for model in graph.needed_for(LAST_OF_STEP[step]):
            if model.full_name not in done:
                build_model(night, model)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
