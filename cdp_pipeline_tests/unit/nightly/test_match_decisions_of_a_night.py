"""A night goes by what people decided about pairs of records and holds on its date; a lost database stops it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.match_decisions import decide_match, undo_match
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.match_decisions import read_match_decisions
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage

MAY_6 = date(2026, 5, 6)
COPIED = (
    "select decision_id, decision, left_source_record_id, right_source_record_id from link.match_decision"
)


def decide(night: Night, decision: str, left: str, right: str, expires_on: date | None = None) -> int:
    records = [("shop", "customer", name) for name in (left, right)]
    return decide_match(night.project, decision, *records, "ann", "checked", expires_on)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """A night that went by one must-link and one never-link."""
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        night = Night(engine, load_project(tmp_path), MAY_6, "run6")
        decide(night, "must_link", "a", "b")
        decide(night, "never_link", "c", "d", MAY_6)
        read_match_decisions(night)
        yield night


def lose_control_database(night: Night) -> None:
    [path] = (night.project.root / "data").glob("control*")
    path.unlink()


def test_what_holds_on_the_nights_date_is_copied(night: Night) -> None:
    assert night.engine.fetch_all(COPIED) == [(1, "must_link", "a", "b"), (2, "never_link", "c", "d")]
    read_match_decisions(Night(night.engine, night.project, MAY_6 + timedelta(days=1), "run7"))
    assert night.engine.fetch_all(COPIED) == [(1, "must_link", "a", "b")]
    undo_match(night.project, 1, "ann")
    read_match_decisions(night)
    assert night.engine.fetch_all(COPIED) == [(2, "never_link", "c", "d")]


def test_a_nights_own_models_read_the_control_database_and_those_of_a_file_do_not(night: Night) -> None:
    night.engine.execute("delete from link.match_decision")
    build_model(night, load_graph(night.project, with_decisions=False)["link.match_decision"])
    assert night.engine.row_count("link.match_decision") == 0
    build_model(night, load_graph(night.project)["link.match_decision"])
    assert night.engine.row_count("link.match_decision") == 2


@pytest.mark.parametrize(
    "decided_anew", [False, True], ids=["lost", "another server with numbers of its own"]
)
def test_a_decision_that_is_missing_stops_the_night(night: Night, decided_anew: bool) -> None:
    lose_control_database(night)
    if decided_anew:
        decide(night, "must_link", "x", "y")
    with pytest.raises(NightError, match=r"match decision 1 \(must_link\), and 1 more.*CDP_CONTROL_DATABASE"):
        read_match_decisions(night)
    assert night.engine.row_count("link.match_decision") == 2


def test_decisions_that_are_lost_for_good_are_given_up_by_a_person(night: Night) -> None:
    lose_control_database(night)
    read_match_decisions(Night(night.engine, night.project, MAY_6, "run7", accepts_fewer_rows=True))
    assert night.engine.row_count("link.match_decision") == 0
    read_match_decisions(night)


def test_times_are_copied_in_utc(night: Night) -> None:
    [first, _] = night.engine.fetch_column("select decided_at from link.match_decision order by decision_id")
    assert abs(first - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=5)
