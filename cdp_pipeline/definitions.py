"""Dagster's front door: assembles, nothing else.

The project is the folder that `CDP_PROJECT` names, or the current one.
"""

from __future__ import annotations

import os
from pathlib import Path

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.orchestration.definitions import build_definitions

defs = build_definitions(load_project(Path(os.environ.get("CDP_PROJECT", "."))), with_showcase=True)
