"""A file that may take consents back and that nobody can read: whom it names is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.night import Night
from cdp_pipeline.privacy.unread_refusals import unread_refusals
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

GOOD = "no,city,updated\n1,Berlin,\n"


@pytest.fixture(params=[True, False], ids=["carries consent", "does not"])
def nights(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LandingNights]:
    nights = LandingNights(tmp_path, members_layout(carries_consent=request.param))
    yield nights
    nights.engine.close()


def unread(nights: LandingNights) -> list[str]:
    return unread_refusals(Night(nights.engine, nights.project, date(2026, 5, 4), "r"))


def test_a_refused_file_of_a_layout_that_carries_consent_is_named_until_it_goes(
    nights: LandingNights,
) -> None:
    [layout] = nights.project.layouts.values()
    nights.deliver("good.csv", GOOD)
    nights.deliver("bad.csv", "number\n1\n")
    nights.run()
    found = unread(nights)
    assert [reason.partition(":")[0] for reason in found] == (["bad.csv"] if layout.carries_consent else [])
    nights.remove("bad.csv")
    nights.run()
    assert unread(nights) == []


def test_a_file_that_lost_records_on_the_way_is_not_read_either(nights: LandingNights) -> None:
    [layout] = nights.project.layouts.values()
    nights.deliver("good.csv", GOOD)
    nights.extract()
    nights.engine.execute("delete from extract.raw_members")
    nights.validate()
    assert len(unread(nights)) == layout.carries_consent
