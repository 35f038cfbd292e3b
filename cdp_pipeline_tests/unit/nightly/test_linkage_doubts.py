"""What speaks against trusting a night's linkage is told in words, with the way out; else nothing is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.night_screen import show_night
from cdp_pipeline.nightly.linkage_doubts import doubts_of_night
from cdp_pipeline.nightly.summary import NightSummary
from cdp_pipeline.publish.manifest import Manifest
from cdp_pipeline.screen import console

FIT = "comparison varchar, labelled_pairs bigint, divergence_bits double, fits_badly boolean"
CONFIDENCE = "joined_records bigint, uncertain_pairs bigint, is_low boolean"


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.create_schemas(["link"])
        engine.execute(f"create table link.linkage_fit ({FIT})")
        engine.execute(f"create table link.linkage_confidence ({CONFIDENCE})")
        engine.execute("insert into link.linkage_confidence values (900, 12, false)")
        yield engine


def test_the_comparison_that_fits_worst_is_named(engine: Engine) -> None:
    engine.execute(
        "insert into link.linkage_fit values"
        " ('family_name', 80, 0.8, true), ('birth_date', 90, 1.25, true), ('email', 70, 0.1, false)"
    )
    assert doubts_of_night(engine) == [
        "The linkage model fits these records badly: birth date and 1 other comparison agree otherwise than in the "
        "data that it was trained on (1.2 bits in 90 pairs that rules join). Train one on your own: cdp link train."
    ]


def test_many_uncertain_pairs_ask_for_a_review(engine: Engine) -> None:
    engine.execute("update link.linkage_confidence set uncertain_pairs = 200, is_low = true")
    assert doubts_of_night(engine) == [
        "Low confidence: 200 pairs may be one person's or not, beside 900 records that were joined. Review the most "
        "telling ones (cdp link review), or train: cdp link train."
    ]


def test_doubts_stand_on_the_closing_screen() -> None:
    doubt = "Low confidence: 200 pairs may be one person's or not."
    with console.capture() as screen:
        show_night(night_with(doubt), {})
    assert doubt in screen.get()


def night_with(doubt: str) -> NightSummary:
    """A night of which nothing else is known."""
    manifest = Manifest(
        project="club",
        business_date=date(2026, 5, 4),
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
        taken_in=[],
        delivered_again=[],
        taken_twice=[],
        unrecognised=[],
        silent_sources=[],
        source_records=0,
        people=0,
        profiles=0,
        conflicting_decisions=[],
        segments=[],
        exclusions=[],
        too_small={},
        linkage_doubts=[doubt],
    )


def test_a_good_night_is_not_doubted_nor_is_one_of_before(engine: Engine) -> None:
    engine.execute("insert into link.linkage_fit values ('email', 70, 0.1, false)")
    assert doubts_of_night(engine) == []
    engine.execute("drop table link.linkage_fit")
    engine.execute("drop table link.linkage_confidence")
    assert doubts_of_night(engine) == []
