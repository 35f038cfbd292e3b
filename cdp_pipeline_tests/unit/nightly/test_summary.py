"""What the closing screen says of files: left lying, and read more than once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cdp_pipeline.nightly.summary import TAKEN_TWICE, UNRECOGNISED, NightSummary, UnreadFile
from cdp_pipeline.publish.manifest import Manifest
from cdp_pipeline.report.facts.deliveries import SourceState
from cdp_pipeline.screen import _set_aside
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

MEMBERS = "no,city,updated\n1,Berlin,\n"
MAY_4, MAY_5 = date(2026, 5, 4), date(2026, 5, 5)


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[LandingNights]:
    nights = LandingNights(tmp_path, members_layout(), "**/*.csv")
    yield nights
    nights.engine.close()


def shown(nights: LandingNights, business_date: date) -> list[str]:
    """Lines of the closing screen on what was set aside."""
    return _set_aside(summary_of(nights, business_date)).plain.splitlines()


def summary_of(nights: LandingNights, business_date: date) -> NightSummary:
    """A night's numbers, as far as its files tell them."""
    manifest = Manifest(
        project="club",
        business_date=business_date,
        run_id="run1",
        published_at=datetime(2026, 5, 4, tzinfo=UTC),
        project_fingerprint="x",
        inputs=[],
        files=[],
    )
    return NightSummary(
        manifest=manifest,
        folder=Path("night"),
        sources=[],
        states=[],
        quarantine=[],
        quarantined=0,
        delivered_again=[],
        taken_twice=nights.engine.fetch_all(TAKEN_TWICE, [business_date]),
        unrecognised=[UnreadFile(*row) for row in nights.engine.fetch_all(UNRECOGNISED)],
        silent_sources=[],
        source_records=0,
        people=0,
        profiles=0,
        segments=[],
        exclusions=[],
        too_small={},
    )


def test_each_file_that_is_not_read_is_told_with_the_reason_and_what_it_looks_like(
    nights: LandingNights,
) -> None:
    nights.deliver("members.txt", MEMBERS)
    nights.deliver("readme.txt", "Hello\n")
    nights.deliver(os.fsdecode(b"K\xf6ln.csv"), MEMBERS)
    nights.extract()
    assert shown(nights, MAY_4) == [
        "Quarantined: nothing",
        r"  K\xf6ln.csv: not read: its name is not UTF-8: rename it",
        "  members.txt: not read: no source takes it; it looks like members: see cdp source inspect",
        "  readme.txt: not read: no source takes it",
    ]


def test_a_file_that_two_sources_read_is_told_on_the_night_it_comes(nights: LandingNights) -> None:
    nights.add_source("bar")
    nights.deliver("bar/members.csv", MEMBERS)
    nights.deliver("club/members.csv", MEMBERS.replace("1,", "2,"))
    nights.extract(day=4)
    nights.extract(day=5)
    assert shown(nights, MAY_4) == [
        "Quarantined: nothing",
        "  bar/members.csv: read more than once, for bar (members), club (members)",
    ]
    assert shown(nights, MAY_5) == ["Quarantined: nothing"]


def test_a_silent_source_is_told_once(nights: LandingNights) -> None:
    nights.extract()
    silent = dataclasses.replace(summary_of(nights, MAY_4), silent_sources=["club", "bar"])
    assert "club: nothing new came" in _set_aside(silent).plain
    warned = SourceState("club", "Club", "warned", "Nothing new has come for 3 days.", None)
    told = _set_aside(dataclasses.replace(silent, states=[warned])).plain
    assert "club: nothing new came" not in told
    assert "bar: nothing new came" in told
