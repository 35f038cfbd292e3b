"""Files that were taken away or replaced before they counted: they hold nothing up, and nothing of them is hidden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline.report.facts.deliveries import taken_in_on
from cdp_pipeline.validate.withdrawal import make_acceptance_final
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

NewNights = Callable[..., LandingNights]

HEADER = "no,city,updated\n"
STATES = (
    "select path, state, physical_records, loaded_records, quarantined_records from validate.conservation"
)


def members(good: int, bad: int = 0, first: int = 1) -> str:
    cities = ["Berlin"] * good + ["berlin"] * bad
    return HEADER + "".join(f"{number},{city},\n" for number, city in enumerate(cities, first))


def state(nights: LandingNights, day: int) -> tuple[str, str | None]:
    [found] = nights.engine.fetch_all(
        "select state, reasons from validate.source_night where business_date = ?", [date(2026, 5, day)]
    )
    return found


@pytest.fixture
def blocked(new_nights: NewNights) -> LandingNights:
    """A source that is blocked by 20 bad records of 100."""
    nights = new_nights(members_layout())
    nights.deliver("a.csv", members(5))
    nights.run(day=4)
    nights.deliver("m.csv", members(80, 20, first=100))
    nights.run(day=5)
    assert state(nights, 5)[0] == "blocked"
    return nights


def test_a_corrected_file_under_the_same_name_counts_the_next_night(blocked: LandingNights) -> None:
    blocked.deliver("m.csv", members(100, first=100))
    blocked.run(day=6)
    assert state(blocked, 6) == ("ok", None)
    [taken] = taken_in_on(blocked.engine, date(2026, 5, 6))
    assert taken.in_words == "1 blocked file was replaced by a corrected file"
    assert blocked.rows("select count(*) from validate.members") == [(105,)]
    assert blocked.rows("select count(*) from validate.quarantine") == [(0,)]


def test_what_the_next_export_under_the_same_name_lacks_is_told(blocked: LandingNights) -> None:
    blocked.deliver("m.csv", members(100, first=130))
    blocked.run(day=6)
    verdict, reasons = state(blocked, 6)
    assert verdict == "warned"
    assert "m.csv: replaced by a corrected file, which lacks 30 of its 100 records that never" in str(reasons)


def test_a_file_that_is_removed_blocks_no_longer_and_is_told_of_once(blocked: LandingNights) -> None:
    blocked.remove("m.csv")
    for _ in range(2):
        blocked.run(day=6)
        verdict, reasons = state(blocked, 6)
        assert verdict == "warned"
        assert str(reasons).startswith("m.csv: 100 records that never counted")
    blocked.run(day=7)
    assert state(blocked, 7) == ("ok", None)
    assert blocked.rows("select count(*) from validate.members") == [(5,)]


def test_the_records_of_a_withdrawn_file_stay_accounted_for(blocked: LandingNights) -> None:
    blocked.remove("m.csv")
    blocked.run(day=6)
    assert blocked.rows(f"{STATES} where path = 'm.csv'") == [("m.csv", "withdrawn", 100, 80, 20)]


def test_a_file_that_is_put_back_is_judged_again(blocked: LandingNights) -> None:
    blocked.remove("m.csv")
    blocked.run(day=6)
    blocked.deliver("again.csv", members(80, 20, first=100))
    blocked.run(day=7)
    assert state(blocked, 7)[0] == "blocked"
    assert blocked.rows("select count(*) from validate.quarantine") == [(20,)]


def test_what_a_person_let_in_counts_although_its_file_has_gone(blocked: LandingNights) -> None:
    blocked.let_files_in("club")
    blocked.remove("m.csv")
    blocked.run(day=6)
    assert blocked.rows("select count(*) from validate.members") == [(85,)]


def test_a_decision_that_is_taken_back_before_the_night_is_published_no_longer_counts(
    blocked: LandingNights,
) -> None:
    blocked.let_files_in("club")
    blocked.run(day=6)
    assert blocked.rows("select count(*) from validate.members") == [(85,)]
    blocked.take_back()
    blocked.run(day=7)
    assert state(blocked, 7)[0] == "blocked"
    assert blocked.rows("select count(*) from validate.members") == [(5,)]


@pytest.mark.parametrize("published", [False, True])
def test_a_decision_that_is_merely_missing_takes_nothing_away(
    blocked: LandingNights, published: bool
) -> None:
    blocked.let_files_in("club")
    blocked.run(day=6)
    if published:
        make_acceptance_final(blocked.engine)
        blocked.take_back()
    blocked.engine.execute("delete from validate.release")
    blocked.remove("m.csv")
    blocked.run(day=7)
    assert state(blocked, 7) == ("ok", None)
    assert blocked.rows("select count(*) from validate.members") == [(85,)]


@pytest.mark.parametrize("name", ["m.csv", "m_2026-05-{day:02}.csv"], ids=["overwritten", "dated"])
def test_a_newer_list_takes_the_place_of_one_that_was_held(new_nights: NewNights, name: str) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    for day, content in ((4, members(100)), (5, members(50, 51)), (6, members(106))):
        nights.deliver(name.format(day=day), content)
        nights.run(day=day)
    assert state(nights, 5)[0] == "blocked"
    assert state(nights, 6) == ("ok", None), "nothing is missing, since the newer list names everybody"
    assert nights.rows("select count(*) from validate.members") == [(106,)]
    assert nights.rows("select count(*) from validate.conservation where state = 'withdrawn'") == [(1,)]


def test_what_a_withdrawn_file_may_refuse_stays_set_aside_until_it_came_again(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(carries_consent=True))
    nights.deliver("a.csv", members(1))
    nights.run(day=4)
    nights.deliver("m.csv", HEADER + "2,Bonn,\n3,Celle,\n4,dresden,\n")
    nights.deliver("broken.csv", "number\n")
    nights.run(day=5)
    nights.remove("broken.csv")
    nights.deliver("m.csv", HEADER + "2,Bonn,\n4,Dresden,\n")
    nights.run(day=6)
    assert nights.rows("select line, rule = 'held_with_its_file' from validate.quarantine order by 1") == [
        (3, True),
        (4, False),
    ], "line 2 came again word for word; what lines 3 and 4 said nobody knows"
    assert nights.rows("select member_no from validate.members order by 1") == [("1",), ("2",), ("4",)]


def as_left_by_the_version_without_acceptance(nights: LandingNights) -> None:
    """Take away what that version did not write, and give `judged_file` the columns that it had."""
    for table in ("accepted_file", "withdrawn_file", "counting_list", "taken_back"):
        nights.engine.execute(f"drop table validate.{table}")
    nights.engine.execute(
        "create or replace table validate.judged_file as select file_id, rules from validate.judged_file"
    )
    nights.engine.execute("alter table extract.unparsed_record drop column rule")


def test_what_counted_in_an_older_version_counts_on_although_its_file_has_gone(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", members(50) + "51,Bonn\n")
    nights.run(day=4)
    as_left_by_the_version_without_acceptance(nights)
    nights.remove("a.csv")
    nights.deliver("b.csv", members(1, first=100))
    for _ in range(2):
        nights.run(day=5)
        assert state(nights, 5) == ("ok", None)
        assert nights.rows("select count(*) from validate.members") == [(51,)]
    assert nights.rows("select line, rule from validate.quarantine") == [(52, "field_count")]
    assert nights.rows("select accepted_on from validate.accepted_file order by 1") == [
        (date(2026, 5, 4),),
        (date(2026, 5, 5),),
    ]


def test_a_list_is_compared_with_the_newest_that_an_older_version_took(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    for day in (3, 4):
        nights.deliver("members.csv", members(40 + day))
        nights.run(day=day)
    as_left_by_the_version_without_acceptance(nights)
    nights.engine.execute("update extract.file set superseded_on = null, dropped_on = null")
    nights.deliver("members.csv", members(43, first=2))
    nights.run(day=5)
    assert state(nights, 5) == ("ok", None)
    assert nights.rows("select count(*) from validate.members") == [(43,)]
