"""A list that loses some of its files loses their records: it blocks its source although nothing new may wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline.validate.withdrawal import make_acceptance_final
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

NewNights = Callable[..., LandingNights]


def members(good: int, bad: int = 0, first: int = 1) -> str:
    cities = ["Berlin"] * good + ["berlin"] * bad
    return "no,city,updated\n" + "".join(f"{number},{city},\n" for number, city in enumerate(cities, first))


def told(nights: LandingNights, day: int) -> tuple[str, int]:
    """The state of the night, and how many members count."""
    [(state,)] = nights.engine.fetch_all(
        "select state from validate.source_night where business_date = ?", [date(2026, 5, day)]
    )
    return state, nights.engine.row_count("validate.members")


@pytest.fixture
def nights(new_nights: NewNights) -> LandingNights:
    return new_nights(members_layout(), delivery=Delivery.SNAPSHOT)


def test_a_known_part_that_comes_again_alone_blocks_until_it_is_let_in(nights: LandingNights) -> None:
    nights.deliver("north_2026-05-04.csv", members(50))
    nights.deliver("south_2026-05-04.csv", members(50, first=100))
    nights.run(day=4)
    nights.deliver("south_2026-05-05.csv", members(50, first=100))
    for _ in range(2):
        nights.run(day=5)
        assert told(nights, 5) == ("blocked", 100)
    assert nights.rows("select path, state from validate.conservation order by path") == [
        ("north_2026-05-04.csv", "accepted"),
        ("south_2026-05-04.csv", "held_list"),
    ]
    nights.let_files_in("club")
    nights.run(day=6)
    assert told(nights, 6) == ("ok", 50)
    nights.deliver("north_2026-05-06.csv", members(50))
    nights.run(day=7)
    assert told(nights, 7) == ("ok", 50), "as many as the list before, though other people"
    nights.deliver("south_2026-05-08.csv", members(5, first=100))
    nights.run(day=8)
    assert told(nights, 8) == ("blocked", 50), "the decision was about another list"


def test_a_part_whose_overwriting_was_taken_back_leaves_the_list_whole(nights: LandingNights) -> None:
    nights.deliver("north.csv", members(50))
    nights.deliver("south.csv", members(50, first=100))
    nights.run(day=4)
    nights.deliver("north.csv", members(30, 20))
    nights.run(day=5)
    assert told(nights, 5) == ("blocked", 100)
    nights.remove("north.csv")
    nights.run(day=6)
    assert told(nights, 6) == ("ok", 100)
    nights.deliver("north.csv", members(49))
    nights.run(day=7)
    assert told(nights, 7) == ("ok", 99)


def test_a_list_that_returns_is_compared_with_the_one_of_the_night_before(nights: LandingNights) -> None:
    for day, first in ((4, 1), (5, 2), (6, 3), (7, 1)):
        nights.deliver("members.csv", members(50, first=first))
        for _ in range(2):
            nights.run(day)
            assert told(nights, day) == ("ok", 50)


def test_a_list_of_old_that_returns_is_held_and_can_be_let_in(nights: LandingNights) -> None:
    nights.deliver("a_2026-05-04.csv", members(10))
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", members(100))
    nights.run(day=5)
    nights.deliver("a_2026-05-06.csv", members(10))
    nights.run(day=6)
    assert told(nights, 6) == ("blocked", 100)
    assert nights.rows("select path, state, loaded_records from validate.conservation order by path") == [
        ("a_2026-05-04.csv", "held_list", 10),
        ("a_2026-05-05.csv", "accepted", 100),
    ]
    nights.let_files_in("club")
    nights.run(day=7)
    assert told(nights, 7) == ("ok", 10)


@pytest.mark.parametrize("published", [False, True])
def test_a_decision_about_a_list_of_old_can_be_taken_back_until_it_is_published(
    nights: LandingNights, published: bool
) -> None:
    for day, records in ((4, 10), (5, 100), (6, 10)):
        nights.deliver(f"a_2026-05-{day:02}.csv", members(records))
        nights.run(day=day)
    nights.let_files_in("club")
    for day in (7, 8):
        nights.run(day=day)
        assert told(nights, day) == ("ok", 10)
        if published:
            make_acceptance_final(nights.engine)
    nights.take_back()
    for day in (8, 9):
        nights.run(day=day)
        state, counting = told(nights, day)
        assert (state == "blocked", counting) == ((False, 10) if published else (True, 100))
    [(raw,)] = nights.rows("select count(*) from extract.raw_members")
    assert raw == (10 if published else 110), "the whole list stays while it may count again"


def test_a_decision_about_a_part_that_is_taken_back_brings_the_whole_list_back(nights: LandingNights) -> None:
    nights.deliver("north_2026-05-04.csv", members(50))
    nights.deliver("south_2026-05-04.csv", members(50, first=100))
    nights.run(day=4)
    nights.deliver("south_2026-05-05.csv", members(50, first=100))
    nights.run(day=5)
    nights.let_files_in("club")
    nights.run(day=6)
    nights.take_back()
    nights.run(day=7)
    assert told(nights, 7) == ("blocked", 100)


def test_a_decision_of_old_that_names_no_rules_does_not_end_the_guard(nights: LandingNights) -> None:
    nights.deliver("north_2026-05-04.csv", members(50))
    nights.deliver("south_2026-05-04.csv", members(50, first=100))
    nights.run(day=4)
    nights.engine.execute(
        "insert into validate.release select 7, file_id, null, null, null from validate.conservation"
    )
    nights.deliver("south_2026-05-05.csv", members(50, first=100))
    nights.run(day=5)
    assert told(nights, 5) == ("blocked", 100)
