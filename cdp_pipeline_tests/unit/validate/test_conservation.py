"""Records in = loaded + quarantined + blank, file by file, or the night stops."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import ConservationError
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

NewNights = Callable[[Layout], LandingNights]

COUNTS = (
    "select path, physical_records, loaded_records, quarantined_records, blank_records"
    " from validate.conservation order by path"
)


def test_good_failing_ragged_and_blank_records_add_up(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,bonn,\n\n3,Cologne\n4,Dresden,\n")
    nights.deliver("b.csv", "no,city,updated\n")
    nights.run()
    assert nights.rows(COUNTS) == [("a.csv", 5, 2, 2, 1), ("b.csv", 0, 0, 0, 0)]


def test_superseded_records_still_count_as_loaded(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,2026-01-01\n1,Bonn,2026-02-01\n")
    nights.run()
    assert nights.rows("select count(*) from validate.members") == [(1,)]
    assert nights.rows(COUNTS) == [("a.csv", 2, 2, 0, 0)]


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("delete from extract.raw_members where line = 3", r"3 records .* 0 loaded \+ 1 quarantined"),
        ("insert into extract.raw_members from extract.raw_members where line = 3", r"3 records .* 2 loaded"),
        ("update extract.file set physical_records = null", "None records delivered"),
    ],
    ids=["a lost record", "a record counted twice", "a file that was never counted"],
)  # fmt: skip
def test_records_that_do_not_add_up_stop_the_night(new_nights: NewNights, damage: str, found: str) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n\n1,Berlin,\n2,bonn,\n")
    nights.run()
    nights.engine.execute(damage)
    with pytest.raises(ConservationError, match=rf"a\.csv: {found}"):
        nights.run(day=5)
