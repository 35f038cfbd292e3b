"""One bad source does not stop the others: it goes on with its last good data, and every night says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.source import Delivery, Thresholds
from cdp_pipeline.nightly.readiness import check_nothing_is_lost
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

NewNights = Callable[[Layout], LandingNights]

MEMBERS = "select source_system, member_no from validate.members order by all"
STATES = "select source_system, state from validate.source_night where business_date = ? order by all"
CAPITAL = members_layout().expectations[1].expectation_id
ANY_CITY = [members_layout().expectations[0].model_dump(mode="json")]


def members(good: int, bad: int = 0, first: int = 1) -> str:
    """So many members of a good city, and behind them so many of a bad one."""
    cities = ["Berlin"] * good + ["berlin"] * bad
    return "no,city,updated\n" + "".join(f"{number},{city},\n" for number, city in enumerate(cities, first))


def states(nights: LandingNights, day: int) -> dict[str, str]:
    found = nights.engine.fetch_all(STATES, [date(2026, 5, day)])
    return dict(found)


def reasons(nights: LandingNights, source: str, day: int) -> str:
    return str(
        nights.engine.fetch_value(
            "select reasons from validate.source_night where source_system = ? and business_date = ?",
            [source, date(2026, 5, day)],
        )
    )


def two_sources(new_nights: NewNights, layout: Layout | None = None) -> LandingNights:
    nights = new_nights(layout or members_layout())
    nights.add_source("shop")
    return nights


def test_a_refused_file_holds_its_source_alone(new_nights: NewNights) -> None:
    nights = two_sources(new_nights)
    nights.deliver("club1.csv", members(1))
    nights.deliver("shop/1.csv", members(1, first=7))
    nights.run(day=4)
    nights.deliver("club2.csv", "number,town\n2,Berlin\n")
    nights.deliver("club3.csv", members(1, first=3))
    nights.deliver("shop/2.csv", members(1, first=8))
    nights.run(day=5)
    assert states(nights, 5) == {"club": "blocked", "shop": "ok"}
    assert reasons(nights, "club", 5).startswith("club2.csv: ")
    assert nights.rows(MEMBERS) == [("club", "1"), ("shop", "7"), ("shop", "8")]
    assert nights.rows(
        "select path, state from validate.conservation where state <> 'accepted' order by all"
    ) == [
        ("club2.csv", "refused"),
        ("club3.csv", "held"),
    ]
    assert nights.rows(
        "select new_files, new_records, last_good_on from validate.source_night where state = 'blocked'"
    ) == [(2, 1, date(2026, 5, 4))]


def test_held_files_count_from_the_night_on_which_their_source_is_good_again(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("1.csv", members(1))
    nights.run(day=4)
    nights.deliver("2.csv", "number,town\n2,Berlin\n")
    nights.deliver("3.csv", members(1, first=3))
    nights.run(day=5)
    nights.remove("2.csv")
    nights.run(day=6)
    assert states(nights, 6) == {"club": "ok"}
    assert nights.rows(MEMBERS) == [("club", "1"), ("club", "3")]
    assert nights.rows("select accepted_on, count(*) from validate.accepted_file group by 1 order by 1") == [
        (date(2026, 5, 4), 1),
        (date(2026, 5, 6), 1),
    ]


def test_a_source_that_is_blocked_on_its_first_night_is_left_out(new_nights: NewNights) -> None:
    nights = two_sources(new_nights)
    nights.deliver("1.csv", members(good=80, bad=20))
    nights.deliver("shop/1.csv", members(1, first=7))
    nights.run(day=4)
    assert nights.rows(MEMBERS) == [("shop", "7")]
    assert nights.rows("select last_good_on from validate.source_night where state = 'blocked'") == [(None,)]


@pytest.mark.parametrize(
    ("good", "bad", "state"),
    [(100, 1, "ok"), (98, 2, "warned"), (190, 10, "warned"), (189, 11, "blocked"), (6, 1, "ok"), (1, 9, "warned")],
    ids=["up to 1 %", "more", "up to 5 %", "more than 5 %", "a single record", "fewer than ten records"],
)  # fmt: skip
def test_the_share_in_quarantine_decides(new_nights: NewNights, good: int, bad: int, state: str) -> None:
    nights = new_nights(members_layout())
    nights.deliver("1.csv", members(good, bad))
    nights.run(day=4)
    assert states(nights, 4) == {"club": state}


def test_a_reason_names_counts_rules_and_remedy_but_no_value(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("1.csv", members(80, 19) + "100,Berlin\n")
    nights.run(day=4)
    said = reasons(nights, "club", 4)
    assert f"members: 20 of 100 new records are in quarantine (20.0%; {CAPITAL}: 19, field_count: 1)" in said
    assert "config/layouts/members.yml" in said
    assert "cdp source release club" in said
    assert "berlin" not in said.lower()


def test_a_layout_that_has_the_name_of_its_source_is_not_named_beside_it(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.add_source("members")
    nights.deliver("members/1.csv", members(80, 20))
    nights.run(day=4)
    assert reasons(nights, "members", 4).startswith("20 of 100 new records are in quarantine")


def test_records_that_a_person_let_in_are_no_evidence_against_a_changed_rule(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("1.csv", members(192, 8))
    nights.run(day=4)
    nights.let_in(*((line, CAPITAL) for line in range(194, 202)))
    nights.run(day=5)
    assert nights.rows("select count(*) from validate.members") == [(200,)]
    relaxed = members_layout().model_dump(mode="json")["expectations"]
    relaxed[1]["kwargs"]["regex"] = "^[A-Z]|^bo"
    nights.change_layout(members_layout(expectations=relaxed))
    nights.run(day=6)
    assert states(nights, 6) == {"club": "ok"}


def test_a_source_may_have_thresholds_of_its_own(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.add_source("shop", thresholds=Thresholds(quarantined_blocks=0.5))
    nights.deliver("1.csv", members(80, 20))
    nights.deliver("shop/1.csv", members(80, 20))
    nights.run(day=4)
    assert states(nights, 4) == {"club": "blocked", "shop": "warned"}


def test_a_rule_that_fails_much_of_what_counts_leaves_it_as_it_was(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(expectations=ANY_CITY))
    nights.deliver("1.csv", members(80, 20) + "101,Berlin\n")
    nights.run(day=4)
    nights.change_layout(members_layout())
    nights.run(day=5)
    assert states(nights, 5) == {"club": "blocked"}
    said = reasons(nights, "club", 5)
    assert "20 of 100 records that count already would be in quarantine by the changed rules" in said
    assert "apply the changed rules, which sets these records aside: cdp source release club" in said
    assert nights.rows("select count(*) from validate.members") == [(100,)]
    assert nights.rows("select rule, business_date from validate.quarantine") == [
        ("field_count", date(2026, 5, 4))
    ]
    assert nights.rows("select state from validate.conservation") == [("accepted_by_old_rules",)]
    nights.change_layout(members_layout(expectations=ANY_CITY))
    nights.run(day=6)
    assert states(nights, 6) == {"club": "ok"}
    assert nights.rows("select state from validate.conservation") == [("accepted",)]


def test_a_rule_that_was_only_relaxed_is_blamed_for_nothing(new_nights: NewNights) -> None:
    """Three nights of nine bad records in nineteen never block; all of them together would."""
    nights = new_nights(members_layout())
    for day in (4, 5, 6):
        nights.deliver(f"{day}.csv", members(10, 8, first=day * 100) + f"{day}99,Berlin\n")
        nights.run(day=day)
    relaxed = members_layout().model_dump(mode="json")["expectations"]
    relaxed[1]["kwargs"]["regex"] = "^[A-Z]|^bo"
    nights.change_layout(members_layout(expectations=relaxed))
    nights.run(day=7)
    assert states(nights, 7) == {"club": "ok"}
    assert nights.rows("select business_date, count(*) from validate.quarantine group by 1 order by 1") == [
        (date(2026, 5, day), 9) for day in (4, 5, 6)
    ]
    assert {run for (run,) in nights.rows("select run_id from validate.quarantine")} == {
        "run4",
        "run5",
        "run6",
    }


def test_of_a_stricter_rule_only_what_counted_is_told(new_nights: NewNights) -> None:
    """Lower case was out before; that a city of two letters is, is new."""
    nights = new_nights(members_layout())
    nights.deliver("1.csv", members(195, 5) + "201,Yb,\n202,Yb,\n203,Yb,\n")
    nights.run(day=4)
    stricter = members_layout().model_dump(mode="json")["expectations"]
    stricter[1]["kwargs"]["regex"] = "^[A-Z].{2}"
    nights.change_layout(members_layout(expectations=stricter))
    nights.run(day=5)
    assert "members: 3 of 198 records that count already would be" in reasons(nights, "club", 5)
    assert f"(1.5%; {CAPITAL}: 3)" in reasons(nights, "club", 5)
    assert nights.rows("select business_date, count(*) from validate.quarantine group by 1 order by 1") == [
        (date(2026, 5, 4), 5),
        (date(2026, 5, 5), 3),
    ]


def test_a_decision_about_many_records_that_is_taken_back_blocks_nothing(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.add_source("shop", thresholds=Thresholds(quarantined_blocks=0.5))
    nights.deliver("shop/1.csv", members(80, 20))
    nights.run(day=4)
    nights.let_in(*((line, CAPITAL) for line in range(82, 102)))
    nights.run(day=5)
    assert nights.rows("select count(*) from validate.members") == [(100,)]
    nights.add_source("shop")
    nights.engine.execute("delete from validate.release")
    nights.run(day=6)
    assert states(nights, 6) == {"club": "warned", "shop": "ok"}
    assert nights.rows("select count(*) from validate.members") == [(80,)]


def test_files_that_a_person_let_in_count_and_their_bad_records_stay_out(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("1.csv", members(80, 20))
    nights.run(day=4)
    assert nights.rows("select count(*) from validate.members") == [(0,)]
    nights.let_files_in("club")
    nights.run(day=5)
    assert states(nights, 5) == {"club": "ok"}
    assert nights.rows("select count(*) from validate.members") == [(80,)]
    assert nights.rows("select count(*) from validate.quarantine") == [(20,)]


def test_a_file_whose_records_do_not_add_up_is_held_whoever_lets_it_in(new_nights: NewNights) -> None:
    nights = two_sources(new_nights)
    nights.deliver("1.csv", members(2))
    nights.deliver("shop/1.csv", members(1, first=7))
    nights.extract(day=4)
    nights.engine.execute("delete from extract.raw_members where member_no = '2'")
    nights.validate(day=4)
    nights.let_files_in("club")
    nights.validate(day=5)
    assert states(nights, 5) == {"club": "blocked", "shop": "ok"}
    assert "1.csv: 2 records were delivered, but 1 are in the tables" in reasons(nights, "club", 5)
    assert nights.rows(MEMBERS) == [("shop", "7")]


def test_a_night_that_runs_again_tells_the_same(new_nights: NewNights) -> None:
    nights = two_sources(new_nights)
    nights.deliver("1.csv", members(80, 20))
    nights.deliver("shop/1.csv", members(1, first=7))
    told = []
    for _ in range(2):
        nights.run(day=4)
        told.append((nights.rows("from validate.source_night order by all"), nights.rows(MEMBERS)))
    assert told[0] == told[1]
    assert told[0][0][1][2:6] == ("ok", None, 1, 1)


def test_an_unusual_volume_warns_once_there_is_something_to_compare_with(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    for day in range(4, 9):
        nights.deliver(f"{day}.csv", members(10, first=day * 100))
        nights.run(day=day)
        if day == 7:
            nights.deliver("much.csv", members(30, first=10_000))
            nights.run(day=7)
            assert states(nights, 7) == {"club": "ok"}, "three nights do not tell what is usual"
    nights.deliver("9.csv", members(4, first=900))
    nights.run(day=9)
    assert states(nights, 9) == {"club": "warned"}
    assert "members: 4 new records, where 10 is the median of the last 5 nights" in reasons(nights, "club", 9)
    nights.deliver("10.csv", members(15, first=1000))
    nights.run(day=10)
    assert states(nights, 10) == {"club": "ok"}, "a half more is not more than a half"


def test_a_source_that_is_silent_too_long_warns(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("1.csv", members(1))
    for day, state in ((4, "ok"), (6, "ok"), (7, "warned")):
        nights.run(day=day)
        assert states(nights, day) == {"club": state}
    assert "Nothing new has come for 3 days, since 2026-05-04" in reasons(nights, "club", 7)
    assert nights.rows("select count(*) from validate.members") == [(1,)]


def test_what_a_held_file_may_refuse_is_set_aside_unless_it_is_known(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(carries_consent=True))
    nights.deliver("1.csv", "no,city,updated\n1,Berlin,\n2,Bonn,\n")
    nights.run(day=4)
    nights.deliver("2.csv", "no,city,updated\n1,Berlin,\n2,Cologne,\n3,bonn,\n4,Dresden\n")
    nights.deliver("3.csv", "number\n")
    nights.run(day=5)
    assert nights.rows("select line, rule from validate.quarantine order by line") == [
        (3, "held_with_its_file"),
        (4, CAPITAL),
        (5, "field_count"),
    ]
    assert nights.rows("select quarantined_records from validate.source_night where state = 'blocked'") == [
        (2,)
    ]
    nights.remove("3.csv")
    nights.run(day=6)
    assert nights.rows("select line from validate.quarantine order by line") == [(4,), (5,)]
    assert nights.rows("select member_no, city from validate.members order by all") == [
        ("1", "Berlin"),
        ("2", "Cologne"),
    ]


def test_held_records_of_other_layouts_wait_without_being_copied(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("2.csv", members(3))
    nights.deliver("3.csv", "number\n")
    nights.run(day=5)
    assert nights.rows("select count(*) from validate.quarantine") == [(0,)]
    assert nights.rows("select loaded_records from validate.conservation where state = 'held'") == [(3,)]


def refused_beside_good(new_nights: NewNights) -> LandingNights:
    """A source whose first file counts, and whose second cannot be read."""
    nights = two_sources(new_nights)
    nights.deliver("a.csv", members(20))
    nights.deliver("shop/a.csv", members(1, first=70))
    nights.run(day=4)
    nights.deliver("bad.csv", "number,town\n1,Berlin\n")
    nights.run(day=5)
    assert states(nights, 5) == {"club": "blocked", "shop": "ok"}
    return nights


def test_a_corrected_mapping_re_reads_the_good_files_of_a_blocked_source(new_nights: NewNights) -> None:
    nights = refused_beside_good(new_nights)
    columns = {name: column.model_dump(mode="json") for name, column in members_layout().columns.items()}
    columns["city"]["aliases"] = ["town"]
    nights.change_layout(members_layout(columns=columns))
    nights.add_source("shop")
    nights.run(day=6)
    assert states(nights, 6) == {"club": "blocked", "shop": "ok"}
    check_nothing_is_lost(nights.engine)


def test_a_corrected_rule_takes_effect_beside_a_file_that_cannot_be_read(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", members(20, 1))
    nights.run(day=4)
    nights.deliver("bad.csv", "number\n1\n")
    nights.change_layout(members_layout(expectations=ANY_CITY))
    nights.run(day=5)
    assert states(nights, 5) == {"club": "blocked"}
    assert nights.rows("select count(*) from validate.members") == [(21,)]
    assert nights.rows("select count(*) from validate.quarantine") == [(0,)]


def test_a_list_that_returns_while_its_source_is_blocked_stops_no_night(new_lists: NewNights) -> None:
    nights = new_lists(members_layout())
    for day, city in ((4, "Berlin"), (5, "Bonn"), (6, "Celle")):
        nights.deliver("members.csv", f"no,city,updated\n1,{city},\n")
        nights.run(day=day)
    nights.deliver("members.csv", "no,city,updated\n1,Berlin,\n")
    nights.deliver("bad.csv", "number\n1\n")
    nights.run(day=7)
    assert nights.rows("select city from validate.members") == [("Celle",)]
    check_nothing_is_lost(nights.engine)


@pytest.fixture
def new_lists(new_nights: Callable[..., LandingNights]) -> NewNights:
    """Start nights of a source that delivers lists of everything."""
    return lambda layout: new_nights(layout, delivery=Delivery.SNAPSHOT)


@pytest.mark.parametrize(
    ("records", "state"),
    [(0, "blocked"), (39, "blocked"), (40, "ok"), (50, "ok")],
    ids=["a header alone", "more than a fifth fewer", "a fifth fewer", "as many"],
)
def test_a_list_that_shrank_much_blocks_its_source(new_lists: NewNights, records: int, state: str) -> None:
    nights = new_lists(members_layout())
    nights.deliver("1_2026-05-04.csv", members(50))
    nights.run(day=4)
    nights.deliver("1_2026-05-05.csv", members(records))
    nights.run(day=5)
    assert states(nights, 5) == {"club": state}
    assert nights.rows("select count(*) from validate.members") == [(50 if state == "blocked" else records,)]


def test_a_list_that_rightly_shrank_is_let_in_by_a_person(new_lists: NewNights) -> None:
    nights = new_lists(members_layout())
    nights.deliver("1_2026-05-04.csv", members(50))
    nights.run(day=4)
    nights.deliver("1_2026-05-05.csv", members(9))
    nights.run(day=5)
    said = reasons(nights, "club", 5)
    assert (
        "members: the new list has 9 records, where the one that counts has 50: more than 20% fewer" in said
    )
    assert "cdp source release club" in said
    nights.let_files_in("club")
    nights.run(day=6)
    assert states(nights, 6) == {"club": "ok"}
    assert nights.rows("select count(*) from validate.members") == [(9,)]


def test_a_short_list_shrinks_without_a_word(new_lists: NewNights) -> None:
    nights = new_lists(members_layout())
    nights.deliver("1_2026-05-04.csv", members(9))
    nights.run(day=4)
    nights.deliver("1_2026-05-05.csv", members(0))
    nights.run(day=5)
    assert states(nights, 5) == {"club": "ok"}, "nine records say nothing"
