"""A newcomer's project, from `cdp init` to `cdp explain`: its first commands are processes of their own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cdp_pipeline.cli import app
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.engine import Engine, open_working_file
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline_tests.sample_project import KEY, SAMPLES

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).parent / "cdp"


def cdp(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command inside a folder; a traceback is never an answer."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DAGSTER_HOME", "CDP_PROJECT"}}
    finished = subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env={**kept, "CDP_PROJECT_KEY": KEY, "COLUMNS": "160", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in finished.stdout + finished.stderr
    return finished


def cdp_here(folder: Path, *arguments: str) -> Result:
    """Run the command inside a folder and in this process, which spares its start; no traceback is an answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("CDP_PROJECT_KEY", KEY)
        patch.setenv("COLUMNS", "160")
        patch.delenv("CDP_PROJECT", raising=False)
        patch.delenv("DAGSTER_HOME", raising=False)
        answer = CliRunner().invoke(app, [*arguments])
    assert isinstance(answer.exception, SystemExit | None), answer.exception
    return answer


def own_files(folder: Path) -> dict[str, str]:
    """Hashes of everything that belongs to the user: all but data and Dagster's home."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in {"data", ".dagster_home"}
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made by `cdp init`, with the sample's shop exports dropped into it."""
    parent = tmp_path_factory.mktemp("own")
    made = cdp(parent, "init", "our-shop")
    assert made.returncode == 0, made.stderr
    assert "Project our_shop is in our-shop" in made.stdout
    assert "secrets.token_hex" in made.stdout
    return parent / "our-shop"


def test_from_an_empty_folder_to_an_explained_customer(shop: Path) -> None:
    before = own_files(shop)
    empty = cdp_here(shop, "run")
    assert empty.exit_code == 1
    assert "there is nothing to run on yet. It is empty." in empty.stderr
    assert "shop/orders*.csv  (Shopify orders, for source shop)" in empty.stderr

    shutil.copytree(SAMPLES / "night_1" / "shop", shop / "data" / "landing" / "shop")
    night = cdp(shop, "run", "--business-date", "2026-05-04")
    assert night.returncode == 0, night.stderr
    assert "Night 2026-05-04 of our_shop is published" in night.stdout
    assert "Segment local_regulars" in night.stdout
    folder = current_night(shop / "data" / "published")
    assert folder is not None
    with Engine.open(folder / "analyst.duckdb", read_only=True) as engine:
        assert engine.row_count("golden.revenue_by_month") > 0
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        [order] = engine.fetch_column(
            "select source_record_id from link.customer_source_record where record_kind = 'order' order by 1 limit 1"
        )

    # The working file is held, as while the next night runs.
    with open_working_file(load_project(shop)):
        told = cdp(shop, "explain", f"shop/order/{order}")
        as_json = cdp_here(shop, "explain", f"shop/order/{order}", "--json")
    assert told.returncode == 0, told.stderr
    assert f"found by its record shop/order/{order}" in told.stdout
    assert json.loads(as_json.stdout)["customer_id"] in told.stdout

    unknown = cdp_here(shop, "explain", "c_nobody")
    assert unknown.exit_code == 1
    assert "No customer id begins with c_nobody" in unknown.stderr
    assert own_files(shop) == before, "no command writes into what the user owns"


def test_making_it_again_is_refused(shop: Path) -> None:
    again = cdp_here(shop, "init", ".")
    assert again.exit_code == 1
    assert "is a project already, so nothing was written" in again.stderr
