"""A night goes by what people decided; a control database that lacks a decision takes none back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.releases import Released, decide_release, undo_release
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.decisions import read_releases
from cdp_pipeline.stages import Stage

RELEASED = "select decision_id, file_id from validate.release order by all"
TAKEN_BACK = "from validate.taken_back order by all"


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """A night that went by one decision, about one record of a file and another file as it is."""
    project = load_project(tmp_path)
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        engine.execute("create table extract.file as select 'f1' as file_id, 'till/a.csv' as path")
        night = Night(engine, project, date(2026, 5, 6), "run6")
        decide_release(project, "till", "1 record", "checked", [Released("f1", 7, "r"), Released("f2")])
        read_releases(night)
        yield night


def lose_control_database(night: Night) -> None:
    [path] = (night.project.root / "data").glob("control*")
    path.unlink()


def test_a_decision_that_a_person_takes_back_is_named(night: Night) -> None:
    assert night.engine.fetch_all(RELEASED) == [(1, "f1"), (1, "f2")]
    assert night.engine.fetch_all(TAKEN_BACK) == []
    undo_release(night.project, 1)
    read_releases(night)
    assert night.engine.fetch_all(RELEASED) == []
    assert night.engine.fetch_all(TAKEN_BACK) == [(1, "f1"), (1, "f2")]


@pytest.mark.parametrize(
    "decided_anew", [False, True], ids=["lost", "another server with numbers of its own"]
)
def test_a_decision_that_is_missing_stops_the_night(night: Night, decided_anew: bool) -> None:
    lose_control_database(night)
    if decided_anew:
        decide_release(night.project, "shop", "a file", "known", [Released("f9")])
    with pytest.raises(NightError, match=r"decision 1 about till/a\.csv, and 1 more.*CDP_CONTROL_DATABASE"):
        read_releases(night)
    assert night.engine.fetch_all(RELEASED) == [(1, "f1"), (1, "f2")]


def test_decisions_that_are_lost_for_good_are_given_up_by_a_person(night: Night) -> None:
    lose_control_database(night)
    read_releases(Night(night.engine, night.project, night.business_date, "run7", accepts_fewer_rows=True))
    assert night.engine.fetch_all(RELEASED) == []
    assert night.engine.fetch_all(TAKEN_BACK) == [(1, "f1"), (1, "f2")]
    read_releases(night)
