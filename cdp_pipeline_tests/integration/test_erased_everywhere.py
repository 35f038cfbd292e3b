"""Erasing somebody who left a mark in every field of every source: no file of the project holds it any more."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.audit import list_events
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline_tests import token_world
from cdp_pipeline_tests.command import cdp
from cdp_pipeline_tests.conftest import TokenNight
from cdp_pipeline_tests.token_search import places_of
from cdp_pipeline_tests.token_world import PEOPLE

pytestmark = pytest.mark.slow

ERASED, OTHER = PEOPLE[0], PEOPLE[2]
CERTIFICATE = "data/privacy/certificates/erasure-1.json"


@dataclass(frozen=True)
class ErasedProject:
    """The token world's project, before and after somebody was erased."""

    before: Path
    root: Path
    output: str


@pytest.fixture(scope="module")
def erased(token_night: TokenNight, tmp_path_factory: pytest.TempPathFactory) -> ErasedProject:
    root = tmp_path_factory.mktemp("erased") / "project"
    shutil.copytree(token_night.root, root, symlinks=True)
    answer = cdp("privacy", "erase", ERASED.email, "--reason", "a letter", "--yes", "--project", root)
    assert answer.status == 0, answer.output
    return ErasedProject(token_night.root, root, answer.output)


def texts_of(mark: str, root: Path) -> dict[str, int]:
    """Where the mark stands, but for raw bytes of databases, which depend on how they pack it."""
    found = places_of(mark, root)
    return {
        place.replace("-rewritten1", ""): count
        for place, count in found.items()
        if "!" in place or not place.endswith(".duckdb")
    }


def test_no_file_of_the_project_holds_the_person(erased: ErasedProject) -> None:
    assert len(places_of(ERASED.mark, erased.before)) > 50
    assert places_of(ERASED.mark, erased.root) == {}


def test_everyone_else_is_where_they_were(erased: ErasedProject) -> None:
    assert texts_of(OTHER.mark, erased.root) == texts_of(OTHER.mark, erased.before)


def test_the_certificate_tells_what_went_and_names_nobody(erased: ErasedProject) -> None:
    certificate = json.loads((erased.root / CERTIFICATE).read_text(encoding="utf-8"))

    assert certificate["left"] == {}
    assert set(certificate["counts"]) == {
        "working file", "landing files", "published nights", "control database", "runs of the orchestrator",
    }  # fmt: skip
    assert len(certificate["counts"]["landing files"]) == 11
    assert len(certificate["tombstones"]) > 10
    assert erased.output.endswith("with the next night.")
    page = (erased.root / CERTIFICATE).with_suffix(".html").read_text(encoding="utf-8")
    assert "found nothing of the person" in page
    assert ERASED.email not in erased.output.replace(f"erase {ERASED.email}", "")


def test_delivered_again_with_new_records_nothing_comes_back(erased: ErasedProject, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(erased.root, root, symlinks=True)
    token_world.deliver(root, 1)
    token_world.deliver(root, 2)
    assert places_of(ERASED.mark, root)

    answer = cdp("run", "--project", root, "--business-date", token_world.NIGHTS[2].isoformat())

    assert answer.status == 0, answer.output
    assert places_of(ERASED.mark, root) == {}
    assert len(places_of(OTHER.mark, root)) > 50


def test_after_a_restore_of_everything_the_certificate_is_enough(
    erased: ErasedProject, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shutil.copytree(erased.before, root, symlinks=True)
    shutil.copytree(erased.root / "data" / "privacy", root / "data" / "privacy")
    assert places_of(ERASED.mark, root)

    answer = cdp("privacy", "replay", "--project", root)

    assert answer.status == 0, answer.output
    assert places_of(ERASED.mark, root) == {}
    assert texts_of(OTHER.mark, root) == texts_of(OTHER.mark, erased.before)
    again = cdp("privacy", "replay", "--project", root)
    assert (again.status, again.output) == (0, "Nobody who was erased is there.")


def test_the_audit_trail_says_it_and_the_night_stays_current(erased: ErasedProject) -> None:
    project = load_project(erased.root)
    assert {"erasure started", "erasure finished"} <= {event.action for event in list_events(project)}
    current = current_night(project.published)
    assert current is not None
    assert current.name.endswith("-rewritten1")
