"""How a record looked, and when: the history grows with change only."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

import pytest

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout, orders_layout

NewNights = Callable[..., LandingNights]

HEADER = "no,city,updated\n"
HISTORY = (
    "select record_key, record ->> 'city', valid_from, valid_to, change, ended_by from validate.record_history"
    " order by record_key, valid_from, valid_to nulls last"
)
MAY = {day: date(2026, 5, day) for day in range(1, 32)}


def kept_layout(**changes: object) -> Layout:
    return members_layout(keeps_history=True, **changes)


@pytest.fixture
def nights(new_nights: NewNights) -> LandingNights:
    return new_nights(kept_layout(), delivery=Delivery.SNAPSHOT)


def test_unchanged_lists_leave_the_history_as_it_is(nights: LandingNights) -> None:
    for day in range(4, 10):
        nights.deliver(f"a_2026-05-{day:02}.csv", HEADER + "\n" * day + "1,Berlin,\n2,Bonn,\n")
        nights.run(day)
    assert nights.rows("select count(*) from extract.file") == [(6,)]
    assert nights.rows(HISTORY) == [
        ("1", "Berlin", MAY[4], None, "added", None),
        ("2", "Bonn", MAY[4], None, "added", None),
    ]


def test_a_change_ends_one_interval_and_begins_the_next_and_what_leaves_may_return(
    nights: LandingNights,
) -> None:
    lists = {
        4: "1,Berlin,\n2,Bonn,\n",
        5: "1,Aachen,\n2,Bonn,\n",
        6: "2,Bonn,\n",
        7: "2,Bonn,\n1,Aachen,\n",
    }
    for day, content in lists.items():
        nights.deliver(f"a_2026-05-0{day}.csv", HEADER + content)
        nights.run(day)
    assert nights.rows(HISTORY) == [
        ("1", "Berlin", MAY[4], MAY[5], "added", "changed"),
        ("1", "Aachen", MAY[5], MAY[6], "changed", "removed"),
        ("1", "Aachen", MAY[7], None, "returned", None),
        ("2", "Bonn", MAY[4], None, "added", None),
    ]


def test_running_a_night_again_changes_nothing_and_takes_what_lies_there_now(nights: LandingNights) -> None:
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n2,Bonn,\n")
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Aachen,\n3,Celle,\n")
    nights.run(day=5)
    first = nights.rows("from validate.record_history order by all")
    nights.run(day=5)
    assert nights.rows("from validate.record_history order by all") == first
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Berlin,\n2,Bonn,\n")
    nights.run(day=5)
    assert [row for row in nights.rows(HISTORY) if row[3] != row[2]] == [
        ("1", "Berlin", MAY[4], None, "added", None),
        ("2", "Bonn", MAY[4], None, "added", None),
    ]


def test_versions_that_were_passed_over_are_on_record_without_ever_having_counted(
    nights: LandingNights,
) -> None:
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n2,Bonn,\n")
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Aachen,\n2,Bonn,\n")
    for _ in range(2):
        nights.run(day=6)
        assert nights.rows(HISTORY) == [
            ("1", "Berlin", MAY[6], MAY[6], "changed", "changed"),
            ("1", "Aachen", MAY[6], None, "added", None),
            ("2", "Bonn", MAY[6], None, "added", None),
        ]


def test_a_column_more_changes_no_record_that_lacks_it(nights: LandingNights) -> None:
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n")
    nights.run(day=4)
    columns = {name: {"header": column.header} for name, column in members_layout().columns.items()}
    nights.change_layout(kept_layout(columns={"phone": {"header": "phone"}, **columns}))
    nights.run(day=5)
    assert nights.rows(HISTORY) == [("1", "Berlin", MAY[4], None, "added", None)]


def test_values_that_move_to_another_column_are_a_change(nights: LandingNights) -> None:
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n")
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", "no,city,updated\n1,,Berlin\n")
    nights.run(day=5)
    assert [row[4] for row in nights.rows(HISTORY)] == ["added", "changed"]


def test_a_key_of_several_columns_and_lines_is_one_record(new_nights: NewNights) -> None:
    layout = orders_layout().model_copy(update={"key": ["order_no", "shop"], "keeps_history": True})
    columns = {**layout.columns, "shop": layout.columns["item"].model_copy(update={"header": "shop"})}
    nights = new_nights(layout.model_copy(update={"columns": columns}))
    nights.deliver("1.csv", "order,shop,item\n1,a,cup\n1,a,fork\n1,b,vase\n")
    nights.run(day=4)
    nights.deliver("2.csv", "order,shop,item\n1,a,cup\n")
    nights.run(day=5)
    assert nights.rows(
        "select record_key, line, list_transform(from_json(record, '[\"json\"]'), lambda r: r ->> 'item'), valid_to"
        " from validate.record_history order by record_key, valid_from"
    ) == [
        ('["1","a"]', 2, ["cup", "fork"], MAY[5]),
        ('["1","a"]', 2, ["cup"], None),
        ('["1","b"]', 4, ["vase"], None),
    ]


def test_a_layout_that_keeps_no_history_leaves_none(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", HEADER + "1,Berlin,\n")
    nights.run()
    assert nights.rows("from validate.record_history") == []


def test_records_of_a_source_that_was_given_up_end(nights: LandingNights) -> None:
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n")
    nights.run(day=4)
    [source] = nights.project.sources.values()
    other = source.model_copy(update={"source": "other_club"})
    nights.project = dataclasses.replace(nights.project, sources={"other_club": other})
    nights.run(day=5)
    assert nights.rows(
        "select source_system, valid_to, ended_by from validate.record_history order by all"
    ) == [
        ("club", MAY[5], "removed"),
        ("other_club", None, None),
    ]


def test_a_record_that_the_newest_list_brought_unreadable_is_not_removed(nights: LandingNights) -> None:
    for day, city in ((4, "Bonn"), (5, "bonn"), (6, "Ulm")):
        nights.deliver(f"a_2026-05-0{day}.csv", HEADER + f"1,Berlin,\n2,{city},\n")
        nights.run(day)
    assert nights.rows(HISTORY)[1:] == [
        ("2", "Bonn", MAY[4], MAY[6], "added", "changed"),
        ("2", "Ulm", MAY[6], None, "changed", None),
    ]


def test_a_layout_that_stops_keeping_history_ends_it(nights: LandingNights) -> None:
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n")
    nights.run(day=4)
    nights.change_layout(members_layout())
    nights.run(day=5)
    assert nights.rows(HISTORY) == [("1", "Berlin", MAY[4], MAY[5], "added", "removed")]


def test_what_came_before_history_was_kept_is_not_entered(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", HEADER + "1,Berlin,2026-01-01\n1,Bonn,2026-03-01\n")
    nights.run(day=4)
    nights.change_layout(kept_layout())
    nights.run(day=5)
    assert nights.rows(HISTORY) == [("1", "Bonn", MAY[5], None, "added", None)]


def test_lines_that_become_one_with_the_same_text_are_a_change(new_nights: NewNights) -> None:
    nights = new_nights(orders_layout().model_copy(update={"keeps_history": True}))
    nights.deliver("1.csv", "order,item\n1,cup\n1,fork\n")
    nights.run(day=4)
    nights.deliver("2.csv", "order,item\n1,cupitem=fork\n")
    nights.run(day=5)
    assert nights.rows("select change from validate.record_history order by valid_from") == [
        ("added",),
        ("changed",),
    ]


def test_a_key_that_a_late_older_list_alone_names_was_added_and_removed(nights: LandingNights) -> None:
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Berlin,\n")
    nights.run(day=5)
    nights.deliver("a_2026-05-03.csv", HEADER + "1,Aachen,\n9,Ulm,\n")
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n9,Hof,\n")
    nights.run(day=6)
    nights.deliver("a_2026-05-07.csv", HEADER + "1,Berlin,\n9,Bonn,\n")
    nights.run(day=7)
    assert sorted(nights.rows(HISTORY), key=lambda row: (row[0], row[2], row[4], row[1])) == [
        ("1", "Berlin", MAY[5], None, "added", None),
        ("1", "Aachen", MAY[6], MAY[6], "changed", "changed"),
        ("9", "Ulm", MAY[6], MAY[6], "added", "removed"),
        ("9", "Hof", MAY[6], MAY[6], "changed", "removed"),
        ("9", "Bonn", MAY[7], None, "returned", None),
    ]
