"""Dagster's home inside the project: run storage, logs, and settings with telemetry off."""

from __future__ import annotations

import os
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine.working_file import PRIVATE_FOLDER, PRIVATE_UMASK

SETTINGS = """\
# Dagster's settings for this project.
telemetry:
  enabled: false
nux:
  enabled: false  # no greeting that asks for an e-mail address
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: 30
freshness:
  enabled: true  # the daemon tells whether the published night is there in time
run_monitoring:
  enabled: true  # stops runs that outlast the job's dagster/max_runtime
"""


def dagster_home(project: Project) -> Path:
    """Absolute path of the home, whether it exists or not: the environment's, or `.dagster_home`."""
    return Path(os.environ.get("DAGSTER_HOME") or project.root / ".dagster_home").resolve()


def prepare_dagster_home(project: Project) -> Path:
    """Create `.dagster_home`, or use the home that the environment names.

    Whatever this process writes from here on is its owner's alone.

    Returns:
        The absolute path of the home, with settings in it.
    """
    os.umask(PRIVATE_UMASK)
    home = dagster_home(project)
    home.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(SETTINGS, encoding="utf-8")
    return home
