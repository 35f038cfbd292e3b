"""The first gate: what of the delivered records enters the night, and what is kept out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

import pytest

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
    assert [rule for _, rule in nights.rows(QUARANTINED)] == ["incomplete_key", "item_has_wrong_form"]


def test_records_of_a_source_that_is_no_longer_listed_leave(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n")
    nights.run(day=4)
    [source] = nights.project.sources.values()
    renamed = source.model_copy(update={"source": "other_club"})
    nights.project = dataclasses.replace(nights.project, sources={"other_club": renamed})
    nights.run(day=5)
    assert nights.rows("select source_system, member_no from validate.members") == [("other_club", "1")]


def priced_layout(**file_format: str) -> Layout:
    """Members whose city is a number: mappings differ in the decimal mark."""
    columns = {name: {"header": column.header} for name, column in members_layout().columns.items()}
    columns["city"] |= {"type": "decimal"}
    return members_layout(columns=columns, expectations=[], format=file_format)


@pytest.mark.parametrize("again", [False, True], ids=["the next night", "the same night again"])
def test_a_mapping_that_condemns_what_counts_leaves_its_values_as_they_are(
    new_nights: NewNights, again: bool
) -> None:
    nights = new_nights(priced_layout())
    nights.deliver("a.csv", "no,city,updated\n1,1.500,\n" + "".join(f"{n},{n}.50,\n" for n in range(2, 31)))
    nights.run(day=4)
    good = nights.rows(ACCEPTED)
    nights.deliver("b.csv", "no,city,updated\n1,2.500,\n")
    if again:
        nights.run(day=5)
        assert nights.rows(ACCEPTED) != good
    nights.remove("a.csv")
    nights.change_layout(priced_layout(decimal_mark=","))
    nights.run(day=5)
    assert nights.rows(ACCEPTED) == good
    nights.change_layout(priced_layout())
    nights.run(day=6)
    assert nights.rows("select city from validate.members where member_no = '1'") == [("2.500",)]


def test_the_version_of_an_order_is_that_of_its_newest_line(new_nights: NewNights) -> None:
    columns = {
        "order_no": {"header": "order"},
        "item": {"header": "item"},
        "updated_at": {"header": "updated"},
    }
    nights = new_nights(
        members_layout(
            layout="orders", key=["order_no"], lines_per_key="many", columns=columns, expectations=[]
        )
    )
    nights.deliver("2.csv", "order,item,updated\n#1,cup,2026-05-01\n#1,plate,\n#1,fork,\n")
    nights.deliver("3.csv", "order,item,updated\n#1,vase,2026-04-01\n#1,bowl,2026-04-02\n")
    nights.run()
    assert nights.rows("select item from validate.orders order by all") == [("cup",), ("fork",), ("plate",)]


def test_a_line_that_cannot_be_read_sets_the_order_beside_it_aside(new_nights: NewNights) -> None:
    nights = new_nights(orders_layout())
    nights.deliver("1.csv", "order,item\n#1,cup\n#1,plate\n#3,bowl\n#3,jug\n")
    nights.run(day=4)
    nights.deliver("2.csv", "order,item\n#1,cup\n#1,pla,te\n#2,vase\n#3,bo,wl\n#3,jug\nTotal\n")
    nights.run(day=5)
    assert nights.rows("select order_no, item from validate.orders order by all") == [
        ("#1", "cup"),
        ("#1", "plate"),
        ("#2", "vase"),
        ("#3", "bowl"),
        ("#3", "jug"),
    ]
    assert nights.rows(QUARANTINED) == [
        (2, "incomplete_key"),
        (3, "field_count"),
        (5, "field_count"),
        (6, "incomplete_key"),
        (7, "field_count"),
    ]


TIMED = {
    "member_no": {"header": "no"},
    "city": {"header": "city"},
    "updated_at": {"header": "updated", "type": "timestamp"},
}


def test_a_version_whose_zone_stands_apart_is_a_moment_too(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(columns=TIMED, expectations=[]))
    nights.deliver("a.csv", "no,city,updated\n1,New,2026-05-02 10:00:00 +0200\n1,Old,2026-01-01T10:00:00Z\n")
    nights.deliver("b.csv", "no,city,updated\n2,New,2026-05-02 10:00:00 Z\n2,Old,2026-05-02T11:00:00+02:00\n")
    nights.run()
    assert [row[1] for row in nights.rows(ACCEPTED)] == ["New", "New"]


def test_of_equal_moments_the_newer_export_wins_however_they_are_written(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Old,2026-05-01T10:30:00+02:00\n")
    nights.run(day=4)
    nights.deliver("b.csv", "no,city,updated\n1,Corrected,2026-05-01T08:30:00Z\n")
    nights.run(day=5)
    assert [row[1] for row in nights.rows(ACCEPTED)] == ["Corrected"]


@pytest.mark.parametrize(("first", "last"), [("Berlin", "Bonn"), ("Bonn", "Berlin")])
def test_of_exports_of_one_date_the_last_by_name_wins(new_nights: NewNights, first: str, last: str) -> None:
    """Whichever content it has: ids are hashes of it."""
    nights = new_nights(members_layout())
    nights.deliver("a_2026-05-04.csv", f"no,city,updated\n1,{first},\n")
    nights.deliver("b_2026-05-04.csv", f"no,city,updated\n1,{last},\n")
    nights.run()
    assert nights.rows("select city from validate.members") == [(last,)]
