"""What speaks against trusting a night's linkage is told in words, with the way out; else nothing is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.night_screen import show_night
from cdp_pipeline.nightly.linkage_doubts import doubts_of_night
from cdp_pipeline.screen import console
from cdp_pipeline_tests.unit.nightly.night_summaries import night_summary

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
        show_night(night_summary(linkage_doubts=[doubt]), {})
    assert doubt in screen.get()


def test_a_good_night_is_not_doubted_nor_is_one_of_before(engine: Engine) -> None:
    engine.execute("insert into link.linkage_fit values ('email', 70, 0.1, false)")
    assert doubts_of_night(engine) == []
    engine.execute("drop table link.linkage_fit")
    engine.execute("drop table link.linkage_confidence")
    assert doubts_of_night(engine) == []
