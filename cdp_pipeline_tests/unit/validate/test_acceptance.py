"""The first gate: what of the delivered records enters the night, and what is kept out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout, orders_layout

NewNights = Callable[[Layout], LandingNights]

ACCEPTED = "select member_no, city, updated_at from validate.members order by member_no"
QUARANTINED = "select line, rule from validate.quarantine order by line"
NOT_NULL, CAPITAL = (spec.expectation_id for spec in members_layout().expectations)
ANY_CITY = [members_layout().expectations[0].model_dump(mode="json")]


def test_text_is_trimmed_guards_are_stripped_and_blanks_are_null(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n '0049 ,\tBerlin\u00a0,2026-01-01\n''7,  ,'\n")
    nights.run()
    assert nights.rows(ACCEPTED) == [("0049", "Berlin", "2026-01-01"), ("7", None, None)]


def test_a_layout_without_guards_keeps_its_apostrophes(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(format={}, expectations=[]))
    nights.deliver("a.csv", "no,city,updated\n7,'s-Hertogenbosch,\n")
    nights.run()
    assert nights.rows(ACCEPTED) == [("7", "'s-Hertogenbosch", None)]


def test_accepted_records_name_source_file_line_and_night(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n\n7,Berlin,\n")
    nights.run(day=4)
    nights.run(day=5)
    [(file_id,)] = nights.rows("select file_id from extract.file")
    assert nights.rows("select source_system, file_id, line, delivered_on from validate.members") == [
        ("club", file_id, 3, date(2026, 5, 4))
    ]


def test_the_newest_version_of_a_key_wins_whenever_it_was_delivered(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,New,2026-03-01\n2,Old,2026-01-01\n3,Undated,\n")
    nights.run(day=4)
    nights.deliver("b.csv", "no,city,updated\n1,Old,2026-01-01\n2,New,2026-03-01\n3,Dated,2020-01-01\n")
    nights.run(day=5)
    assert [row[:2] for row in nights.rows(ACCEPTED)] == [("1", "New"), ("2", "New"), ("3", "Dated")]


def test_of_equal_versions_the_later_delivery_wins_then_the_later_line(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("z.csv", "no,city,updated\n1,First,2026-01-01\n2,Upper,2026-01-01\n2,Lower,2026-01-01\n")
    nights.run(day=4)
    nights.deliver("a.csv", "no,city,updated\n1,Second,2026-01-01\n")
    nights.run(day=5)
    assert [row[:2] for row in nights.rows(ACCEPTED)] == [("1", "Second"), ("2", "Lower")]


def test_a_correction_under_the_same_name_wins_and_what_it_leaves_out_stays(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    for day, city in ((4, "Xanten"), (4, "Aachen"), (5, "Mainz"), (6, "Bonn")):
        nights.deliver("a_2026-05-04.csv", f"no,city,updated\n1,{city},2026-01-01\n{city[0]},Ulm,\n")
        nights.run(day)
        assert nights.rows(ACCEPTED)[0][1] == city
    assert [row[0] for row in nights.rows(ACCEPTED)] == ["1", "A", "B", "M", "X"]


def test_an_order_is_taken_whole_from_the_newest_file_that_holds_it(new_nights: NewNights) -> None:
    nights = new_nights(orders_layout())
    nights.deliver("1.csv", "order,item\n#1,cup\n#1,plate\n#1,fork\n#2,vase\n")
    nights.run(day=4)
    nights.deliver("2.csv", "order,item\n#1,cup\n#1,knife\n")
    nights.run(day=5)
    assert nights.rows("select order_no, item from validate.orders order by all") == [
        ("#1", "cup"),
        ("#1", "knife"),
        ("#2", "vase"),
    ]


def test_a_quarantined_newest_version_leaves_the_older_one_in_place(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,2026-01-01\n1,berlin,2026-03-01\n")
    nights.run()
    assert nights.rows(ACCEPTED) == [("1", "Berlin", "2026-01-01")]


def test_a_layout_that_gains_a_column_reads_the_files_that_are_still_there_anew(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout())
    nights.deliver("gone.csv", "no,city,updated,phone\n1,Berlin,,030\n")
    nights.deliver("there.csv", "no,city,updated,phone\n2,Bonn,,0228\n")
    nights.run(day=4)
    (nights.project.landing / "gone.csv").unlink()
    columns = {name: {"header": c.header} for name, c in members_layout().columns.items()}
    nights.change_layout(members_layout(columns={"phone": {"header": "phone"}, **columns}))
    nights.run(day=5)
    assert nights.rows("select member_no, phone from validate.members order by all") == [
        ("1", None),
        ("2", "0228"),
    ]


def test_a_layout_may_lose_a_column(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,2026-01-01\n")
    nights.run(day=4)
    columns = {"member_no": {"header": "no"}, "city": {"header": "city"}}
    nights.change_layout(members_layout(columns=columns, version_column=None))
    nights.run(day=5)
    assert nights.rows("select member_no, city from validate.members") == [("1", "Berlin")]


def test_the_newest_version_is_the_latest_moment_whatever_zone_it_is_written_in(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout())
    nights.deliver(
        "a.csv", "no,city,updated\n1,Earlier,2026-05-01T10:30:00+02:00\n1,Later,2026-05-01T09:00:00Z\n"
    )
    nights.run()
    assert [row[1] for row in nights.rows(ACCEPTED)] == ["Later"]


def test_half_an_order_never_replaces_a_whole_one(new_nights: NewNights) -> None:
    rule = {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "item", "regex": "^[a-z]"}}
    nights = new_nights(orders_layout().model_copy(update={"expectations": [ExpectationSpec(**rule)]}))
    nights.deliver("1.csv", "order,item\n#1,cup\n#1,plate\n")
    nights.run(day=4)
    nights.deliver("2.csv", "order,item\n#1,cup\n#1,?\n#2,vase\n")
    nights.run(day=5)
    assert nights.rows("select order_no, item from validate.orders order by all") == [
        ("#1", "cup"),
        ("#1", "plate"),
        ("#2", "vase"),
    ]
    assert [rule.split("_match")[0] for _, rule in nights.rows(QUARANTINED)] == ["incomplete_key", "item"]


def test_records_of_a_source_that_is_no_longer_listed_leave(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n")
    nights.run(day=4)
    [source] = nights.project.sources.values()
    renamed = source.model_copy(update={"source": "other_club"})
    nights.project = dataclasses.replace(nights.project, sources={"other_club": renamed})
    nights.run(day=5)
    assert nights.rows("select source_system, member_no from validate.members") == [("other_club", "1")]
