"""A process killed anywhere leaves a state from which a rerun reaches the same night."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.publish.night_folder import BUILDING_PREFIX, current_night
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.conftest import CommandedNight, PublishedNights
from cdp_pipeline_tests.reliability.killed_nights import (
    at_a_boundary,
    between_rename_and_swap,
    inside_a_transaction,
    start_and_wait,
)
from cdp_pipeline_tests.sample_project import (
    NIGHTS,
    activation_bytes,
    open_project,
    run_night,
    table_hashes,
)

pytestmark = pytest.mark.slow

BOUNDARIES = [("extract", "file"), ("link", "cluster")]

MORE_BOUNDARIES = [
    ("validate", "quarantine"),
    ("standardise", "customer_record"),
    ("golden", "golden_profile"),
    ("segment", "segment_member"),
    ("activate", "activation_row"),
    ("publish", "databases"),
    ("publish", "activation files"),
]

TRANSACTIONS = [
    (Stage.EXTRACT, "link.edge", "create or replace table link.edge"),
    (Stage.LINK, "link.customer_source_record", "insert into link.customer_id_event"),
    (Stage.LINK, "segment.segment_member", "create or replace table segment.segment_member"),
]
"""Where the night begins, table under construction, and the statement after which the process dies.

A night begins at the stage that the killed one before it had reached. The statement ends in the table that it
has written but not committed.
"""


def kill(night: Callable[..., None], root: Path, *at: object) -> None:
    """Run a second night that must end by its own SIGKILL; see that it published nothing."""
    before = current_night(root / "data" / "published")
    assert start_and_wait(night, root, *at) == -signal.SIGKILL, at
    assert current_night(root / "data" / "published") == before, "nothing half-published"


def assert_converged(root: Path, second: Path, expected: Path) -> None:
    for name in ("identified.duckdb", "analyst.duckdb"):
        assert table_hashes(second / name) == table_hashes(expected / name)
    assert activation_bytes(second) == activation_bytes(expected)
    assert current_night(root / "data" / "published") == second
    left = [path.name for path in (root / "data" / "published").iterdir() if path.name.startswith(".")]
    assert left == [], "the janitor removes abandoned builds"


@pytest.fixture
def root(nights: PublishedNights, tmp_path: Path) -> Path:
    """A project whose first night is published."""
    return Path(shutil.copytree(nights.after_first, tmp_path / "project", symlinks=True))


@pytest.mark.parametrize(
    "boundaries", [BOUNDARIES, pytest.param(MORE_BOUNDARIES, marks=pytest.mark.long)], ids=["some", "others"]
)
def test_reruns_after_kills_at_stage_boundaries_and_before_the_swap_converge(
    root: Path, nights: PublishedNights, boundaries: list[tuple[str, str]]
) -> None:
    for stage, subject in boundaries:
        kill(at_a_boundary, root, stage, subject)
    kill(between_rename_and_swap, root, Stage(boundaries[-1][0]))
    assert (root / "data" / "published" / "2026-05-05-killed" / "manifest.json").is_file()
    # Everything of the night is built: what follows is a second run, and changes nothing.
    assert_converged(root, run_night(open_project(root, 2), 2, run_id="second"), nights.second)


def test_reruns_after_kills_inside_transactions_converge(root: Path, nights: PublishedNights) -> None:
    old = {}
    for since, building, statement in TRANSACTIONS:
        table = statement.split()[-1]
        old[table] = rows_of(root, table)
        kill(inside_a_transaction, root, since, building, statement)
        assert rows_of(root, table) == old[table], "what was written is rolled back"
    assert_converged(root, run_night(open_project(root, 2), 2, run_id="second"), nights.second)
    assert [table for table in old if rows_of(root, table) == old[table]] == [], "the night changes them"


def rows_of(root: Path, table: str) -> list[tuple[object, ...]]:
    with Engine.open(root / "data" / "warehouse" / "work.duckdb") as engine:
        return engine.fetch_all(f"from {table} order by all")


def test_a_killed_cdp_run_is_completed_from_the_stage_that_it_had_reached(
    commanded_night: CommandedNight, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(commanded_night.root, tmp_path / "project", symlinks=True))
    published = root / "data" / "published"
    first = current_night(published)
    assert first is not None, commanded_night.answer.output
    with started_command(root, "--from", "activate", "--force") as killed:
        while killed.poll() is None and not list(published.glob(f"{BUILDING_PREFIX}*")):
            time.sleep(0.01)
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    assert current_night(published) == first
    assert list(published.glob(f"{BUILDING_PREFIX}*")), "it died while it built the night's folder"
    with started_command(root, "--from", "publish", "--force") as repeated:
        assert repeated.wait() == 0
    second = current_night(published)
    assert second not in {None, first}
    assert_converged(root, second, first)


def started_command(root: Path, *more: str) -> subprocess.Popen[bytes]:
    run = ["run", "--business-date", NIGHTS[1].isoformat(), *more]
    return subprocess.Popen(
        [sys.executable, "-c", "from cdp_pipeline.cli import app; app()", *run, "--project", str(root)],
        env={**os.environ, "DAGSTER_HOME": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
