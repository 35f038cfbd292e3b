"""What a decision to let something in covers: the verdict that it was made for, and nothing that comes later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline.validate.withdrawal import make_acceptance_final
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

NewNights = Callable[..., LandingNights]

COUNT = "select count(*) from validate.members"
QUARANTINED = "select line, rule from validate.quarantine order by line"
HEADER = "no,city,updated\n"
NOT_NULL, CAPITAL = (spec.expectation_id for spec in members_layout().expectations)


def city_matches(*patterns: str) -> Any:
    """The layout with one rule about the city for each pattern."""
    rules = [
        {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "city", "regex": pattern}}
        for pattern in patterns
    ]
    return members_layout(expectations=rules)


def members(good: int, bad: int = 0, first: int = 1) -> str:
    """So many members of a good city, and behind them so many of a bad one."""
    cities = ["Berlin"] * good + ["berlin"] * bad
    return HEADER + "".join(f"{number},{city},\n" for number, city in enumerate(cities, first))


def state(nights: LandingNights, day: int) -> str:
    return str(
        nights.engine.fetch_value(
            "select state from validate.source_night where business_date = ?", [date(2026, 5, day)]
        )
    )


def reasons(nights: LandingNights, day: int) -> str:
    return str(
        nights.engine.fetch_value(
            "select reasons from validate.source_night where business_date = ?", [date(2026, 5, day)]
        )
    )


def test_a_file_that_was_let_in_is_guarded_against_a_later_rule(new_nights: NewNights) -> None:
    nights = new_nights(city_matches("^[A-Z]"))
    nights.deliver("a.csv", members(80, 20))
    nights.run(day=4)
    nights.let_files_in("club")
    nights.run(day=5)
    assert nights.rows(COUNT) == [(80,)]
    nights.change_layout(city_matches("^[0-9]"))
    nights.run(day=6)
    assert state(nights, 6) == "blocked"
    assert nights.rows(COUNT) == [(80,)]
    nights.let_files_in("club")
    nights.run(day=7)
    assert nights.rows(COUNT) == [(0,)], "let in by the new rule, which then applies"


def test_a_held_file_is_not_let_in_by_rules_that_nobody_saw(new_nights: NewNights) -> None:
    nights = new_nights(city_matches("^[A-Z]"))
    nights.deliver("a.csv", members(80, 20))
    nights.run(day=4)
    nights.let_files_in("club")
    nights.change_layout(city_matches("^[0-9]"))
    nights.run(day=5)
    assert state(nights, 5) == "blocked"
    assert nights.rows("select count(*) from validate.accepted_file") == [(0,)]
    nights.change_layout(city_matches("^[A-Z]"))
    nights.run(day=6)
    assert nights.rows(COUNT) == [(80,)]


def test_a_decision_holds_where_a_rule_is_only_worded_differently(new_nights: NewNights) -> None:
    """Its name, why it stands, what is expected and what only warns keep no record out."""
    nights = new_nights(members_layout())
    nights.deliver("a.csv", members(80, 20))
    nights.run(day=4)
    nights.let_files_in("club")
    missing, capital = (spec.model_dump(mode="json") for spec in members_layout().expectations)
    worded = {**capital, "why": "Cities begin so.", "expected": "a capital letter", "name": "city_is_small"}
    warning = {**missing, "kwargs": {"column": "updated_at"}, "severity": "warning"}
    described = {**members_layout().model_dump(mode="json")["columns"]}
    described["city"] = {**described["city"], "description": "Where the member lives."}
    nights.change_layout(members_layout(expectations=[missing, worded, warning], columns=described))
    nights.run(day=5)
    assert state(nights, 5) == "ok"
    assert nights.rows(COUNT) == [(80,)]
    assert nights.rows("select distinct rule, why like '%Cities begin so.%' from validate.quarantine") == [
        ("city_is_small", True)
    ]


def test_a_record_that_is_let_in_later_does_not_end_the_decision_about_its_file(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", members(80, 20))
    nights.run(day=4)
    nights.let_files_in("club")
    nights.let_in((82, CAPITAL))
    nights.run(day=5)
    assert state(nights, 5) == "ok"
    assert nights.rows(COUNT) == [(81,)]


def test_a_part_that_was_let_in_does_not_let_a_cut_part_in(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("north.csv", members(50, 10))
    nights.deliver("south.csv", members(50, first=100))
    nights.run(day=4)
    nights.let_files_in("club")
    nights.run(day=5)
    assert nights.rows(COUNT) == [(100,)]
    nights.deliver("south.csv", members(1, first=100))
    nights.run(day=6)
    assert state(nights, 6) == "blocked"
    assert nights.rows(COUNT) == [(100,)]
    nights.let_files_in("club")
    nights.run(day=7)
    assert state(nights, 7) == "ok"


def test_a_cut_part_is_not_let_in_with_another_that_waits(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("north.csv", members(50))
    nights.deliver("south.csv", members(50, first=100))
    nights.run(day=4)
    nights.deliver("north.csv", members(40, 10))
    nights.run(day=5)
    nights.let_files_in("club")
    nights.deliver("south.csv", members(1, first=100))
    nights.run(day=6)
    assert state(nights, 6) == "blocked"
    assert nights.rows("select path from validate.conservation where state = 'held'") == [("south.csv",)]


def test_the_old_list_comes_back_when_the_cut_one_that_was_let_in_is_taken_back(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    for day, records in ((3, 60), (4, 50)):
        nights.deliver(f"a_2026-05-{day:02}.csv", members(records))
        nights.run(day=day)
    nights.deliver("a_2026-05-05.csv", members(9))
    nights.run(day=5)
    nights.let_files_in("club")
    for day in (6, 7):
        nights.run(day=day)
        assert nights.rows(COUNT) == [(9,)]
    nights.take_back()
    nights.run(day=8)
    assert state(nights, 8) == "blocked"
    assert nights.rows(COUNT) == [(50,)]


def test_the_old_list_goes_once_a_night_with_the_one_that_was_let_in_is_published(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", members(50))
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", members(9))
    nights.run(day=5)
    nights.let_files_in("club")
    nights.run(day=6)
    make_acceptance_final(nights.engine)
    nights.run(day=7)
    assert nights.rows("select count(*) from extract.raw_members") == [(9,)]


def test_a_list_that_was_overwritten_is_compared_by_its_last_content_alone(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", members(50))
    nights.run(day=4)
    nights.deliver("a_2026-05-04.csv", members(30))
    nights.run(day=5)
    assert state(nights, 5) == "blocked"
    assert nights.rows(COUNT) == [(50,)]


def test_a_decision_about_a_record_outlives_another_name_of_its_rule(new_nights: NewNights) -> None:
    nights = new_nights(city_matches("^[A-Z]"))
    nights.deliver("a.csv", f"{HEADER}1,berlin,\n2,Bonn,\n3,X,\n")
    nights.run(day=4)
    nights.let_in((2, CAPITAL))
    nights.run(day=5)
    assert nights.rows(QUARANTINED) == []
    both = city_matches("^[A-Z]", "^.{2,}$")
    nights.change_layout(both)
    nights.run(day=6)
    assert CAPITAL not in {spec.expectation_id for spec in both.gate}, "the names are told apart now"
    assert nights.rows(QUARANTINED) == [(4, both.gate[-1].expectation_id)]


def test_a_decision_about_a_record_does_not_cover_another_rule_of_the_same_name(
    new_nights: NewNights,
) -> None:
    nights = new_nights(city_matches("^[A-Z]"))
    nights.deliver("a.csv", f"{HEADER}1,berlin,\n2,7,\n")
    nights.run(day=4)
    nights.let_in((2, CAPITAL))
    nights.run(day=5)
    assert nights.rows(QUARANTINED) == [(3, CAPITAL)]
    nights.change_layout(city_matches("^[0-9]"))
    nights.run(day=6)
    assert nights.rows(QUARANTINED) == [(2, CAPITAL)], "the same name, and nobody let it in for that"


def test_letting_one_record_in_blames_the_rules_for_nothing(new_nights: NewNights) -> None:
    """Its file alone waits, and fifteen of its hundred records are in quarantine."""
    nights = new_nights(members_layout())
    nights.deliver("a.csv", members(85, 15))
    nights.deliver("b.csv", members(400, first=1000))
    nights.run(day=4)
    nights.engine.execute(
        "insert into validate.release select 1, file_id, line, rule, judged_by from validate.quarantine where line = 87"
    )
    nights.run(day=5)
    assert state(nights, 5) == "ok"
    assert nights.rows(COUNT) == [(486,)]
    nights.take_back()
    nights.run(day=6)
    assert state(nights, 6) == "ok"
    assert nights.rows(COUNT) == [(485,)]


OLDER_DECISION = "Decision 1 was made by an older version and covers nothing any more: decide again."


def upgrade(nights: LandingNights) -> None:
    """Leave what a version before left: decisions that do not say what they rest on, and other hashes of rules."""
    nights.engine.execute("update validate.release set judged_by = null")
    nights.engine.execute("update validate.judged_file set rules = 'of the version before'")


@pytest.mark.parametrize(
    ("good", "bad", "stands", "count"),
    [(400, 3, "warned", 400), (80, 20, "blocked", 100)],
    ids=["a few are set aside", "many block their source and count on"],
)
def test_what_a_decision_of_an_older_version_let_in_is_not_lost_in_silence(
    new_nights: NewNights, good: int, bad: int, stands: str, count: int
) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", members(good, bad))
    nights.run(day=4)
    nights.let_in(*((line, CAPITAL) for line in range(good + 2, good + bad + 2)))
    nights.run(day=5)
    assert nights.rows(COUNT) == [(good + bad,)]
    upgrade(nights)
    nights.run(day=6)
    assert state(nights, 6) == stands
    assert nights.rows(COUNT) == [(count,)]
    assert OLDER_DECISION in reasons(nights, 6)


def test_a_file_that_only_a_decision_of_an_older_version_lets_in_says_so_until_decided_anew(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", members(80, 20))
    nights.run(day=4)
    nights.engine.execute(
        "insert into validate.release by name select 1 as decision_id, file_id from extract.file"
    )
    nights.run(day=5)
    assert state(nights, 5) == "blocked"
    assert OLDER_DECISION in reasons(nights, 5)
    nights.let_files_in("club")
    nights.run(day=6)
    assert (state(nights, 6), reasons(nights, 6)) == ("ok", "None")


def test_a_record_in_quarantine_tells_what_each_of_its_rules_demands(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", f"{HEADER},berlin,\n")
    nights.run(day=4)
    demands = {spec.expectation_id: spec.demand_hash for spec in members_layout().gate}
    [(rule, judged_by)] = nights.rows("select rule, judged_by from validate.quarantine")
    assert rule.split(", ") == sorted([CAPITAL, NOT_NULL])
    assert judged_by.split(", ") == [demands[name] for name in rule.split(", ")]


def test_a_file_that_is_judged_anew_came_to_count_when_it_did(new_nights: NewNights) -> None:
    nights = new_nights(city_matches("^[A-Z]"))
    nights.deliver("a.csv", members(1))
    nights.run(day=4)
    nights.change_layout(city_matches("^[A-Z]", "n$"))
    nights.run(day=5)
    assert nights.rows("select accepted_on from validate.accepted_file") == [(date(2026, 5, 4),)]


def test_what_was_let_in_of_a_blocked_source_is_not_set_aside_with_the_rest(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(carries_consent=True))
    nights.deliver("a.csv", f"{HEADER}1,Berlin,\n")
    nights.deliver("bad.csv", "number\n1\n")
    nights.run(day=4)
    assert nights.rows(QUARANTINED) == [(2, "held_with_its_file")]
    nights.let_files_in("club")
    nights.run(day=5)
    assert state(nights, 5) == "blocked"
    assert nights.rows(QUARANTINED) == []
    assert nights.rows(COUNT) == [(1,)]


def test_what_was_set_aside_stays_until_what_says_it_again_counts(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(carries_consent=True))
    nights.deliver("first.csv", f"{HEADER}1,Berlin,\n")
    nights.run(day=4)
    nights.deliver("bad.csv", "number\n1\n")
    nights.deliver("withdrawn.csv", f"{HEADER}1,Cologne,\n")
    nights.run(day=5)
    nights.deliver("let_in.csv", f"{HEADER}1,Cologne,\n2,Bonn,\n")
    nights.run(day=6)
    nights.engine.execute(
        "insert into validate.release select 2, file_id, null, null, judged_by from validate.conservation"
        " where path = 'let_in.csv'"
    )
    nights.run(day=7)
    nights.remove("withdrawn.csv")
    nights.deliver("again.csv", f"{HEADER}1,Cologne,\n3,Bonn,\n")
    nights.run(day=8)
    aside = "select path, line from validate.quarantine order by all"
    assert nights.rows(aside) == [("again.csv", 3), ("withdrawn.csv", 2)], (
        "the file that says it again is held"
    )
    nights.remove("bad.csv")
    nights.run(day=9)
    assert nights.rows(aside) == []
