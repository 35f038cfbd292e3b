"""A process killed at any stage boundary leaves a state from which a rerun reaches the same night."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.sample_project import open_project, run_night, table_hashes

pytestmark = pytest.mark.slow

BOUNDARIES = [
    ("extract", "file"),
    ("validate", "quarantine"),
    ("standardise", "customer_record"),
    ("link", "cluster"),
    ("golden", "golden_profile"),
    ("segment", "segment_member"),
    ("activate", "activation_row"),
    ("publish", "databases"),
    ("publish", "activation files"),
]

KILLED_NIGHT = """
import os, signal, sys
from pathlib import Path
from cdp_pipeline_tests.sample_project import open_project, run_night

root, stage, subject = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def kill_at(now, what):
    if (now, what) == (stage, subject):
        os.kill(os.getpid(), signal.SIGKILL)

run_night(open_project(root, 2), 2, run_id=f"killed-{stage}", report=kill_at)
"""


def test_reruns_after_sigkill_converge_to_the_uninterrupted_night(
    tmp_path: Path, nights: PublishedNights
) -> None:
    first = run_night(open_project(tmp_path), run_id="first")
    for stage, subject in BOUNDARIES:
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_NIGHT, str(tmp_path), stage, subject],
            env={**os.environ, "GX_ANALYTICS_ENABLED": "false"},
            check=False,
            capture_output=True,
            text=True,
        )
        assert killed.returncode == -signal.SIGKILL, (stage, subject, killed.stderr[-2000:])
        assert current_night(tmp_path / "data" / "published") == first, "nothing half-published"
    second = run_night(open_project(tmp_path, 2), 2, run_id="second")
    for name in ("identified.duckdb", "analyst.duckdb"):
        assert table_hashes(second / name) == table_hashes(nights.second / name)
    left = [path.name for path in (tmp_path / "data" / "published").iterdir() if path.name.startswith(".")]
    assert left == [], "the janitor removes abandoned builds"
