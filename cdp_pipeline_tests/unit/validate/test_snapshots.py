"""A source that delivers lists of everything: the newest list counts, and what it lacks is gone."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline_tests.unit.validate.landing_nights import (
    LandingNights,
    audience_layout,
    members_layout,
    orders_layout,
)

NewNights = Callable[..., LandingNights]

HEADER = "no,city,updated\n"
MEMBERS = "select member_no, city from validate.members order by member_no"
FILES = "select path, superseded_on, dropped_on from extract.file order by path"
CONSERVED = (
    "select path, loaded_records, quarantined_records from validate.conservation"
    " where physical_records = loaded_records + quarantined_records + blank_records order by path"
)
MAY_5, MAY_6, MAY_7 = (date(2026, 5, day) for day in (5, 6, 7))


def test_what_the_newest_list_lacks_is_gone(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,2026-05-02\n2,Bonn,\n")
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Aachen,2026-05-01\n3,Celle,\n")
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("1", "Aachen"), ("3", "Celle")], "whatever version it says"


def test_an_increment_keeps_what_it_does_not_name(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n2,Bonn,\n")
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Aachen,\n")
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("1", "Aachen"), ("2", "Bonn")]


def test_a_late_older_list_is_loaded_counted_and_changes_nothing(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Berlin,\n")
    nights.run(day=5)
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Aachen,\n2,bonn,\n")
    for _ in range(2):
        nights.run(day=6)
        assert nights.rows(MEMBERS) == [("1", "Berlin")]
        assert nights.rows(CONSERVED) == [("a_2026-05-04.csv", 1, 1), ("a_2026-05-05.csv", 1, 0)]
        assert nights.rows(FILES)[0] == ("a_2026-05-04.csv", MAY_6, None)


def test_records_of_older_lists_go_one_night_later_and_stay_counted(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    for day in (4, 5, 6, 7):
        nights.deliver(f"a_2026-05-0{day}.csv", HEADER + f"1,Berlin,\n2,bonn,\n{day},Celle,\n")
        nights.run(day)
    assert nights.rows("select count(*) from extract.raw_members") == [(6,)], "two lists, not four"
    assert [row[1:] for row in nights.rows(FILES)] == [
        (MAY_5, MAY_6),
        (MAY_6, MAY_7),
        (MAY_7, None),
        (None, None),
    ]
    assert [row[1:] for row in nights.rows(CONSERVED)] == [(2, 1)] * 4
    assert nights.rows("select count(*) from validate.quarantine") == [(2,)], (
        "what they left there goes with them"
    )


def test_a_list_that_is_delivered_again_as_the_newest_is_loaded_again(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    for day, city in ((4, "Berlin"), (5, "Bonn"), (6, "Celle"), (7, "Berlin")):
        nights.deliver("members.csv", HEADER + f"1,{city},\n{city[0]},berlin,\n")
        nights.run(day)
        assert nights.rows(MEMBERS) == [("1", city)]
    assert nights.rows("select count(*) from extract.file") == [(3,)]
    assert [row[1:] for row in nights.rows(CONSERVED)] == [(1, 1)] * 3


def test_a_corrected_list_under_the_same_dated_name_takes_the_place_of_the_first(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    for city in ("Xanten", "Aachen", "Mainz"):
        nights.deliver("a_2026-05-04.csv", HEADER + f"1,{city},\n{city[0]},Wrong,\n")
        nights.run(day=4)
        nights.deliver("a_2026-05-04.csv", HEADER + f"1,{city},\n")
        nights.run(day=4)
        assert nights.rows(MEMBERS) == [("1", city)]
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Bonn,\n")
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("1", "Bonn")]


def test_files_of_one_date_are_one_list(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("north_2026-05-04.csv", HEADER + "1,Kiel,\n")
    nights.deliver("south_2026-05-04.csv", HEADER + "2,Ulm,\n")
    nights.run(day=4)
    assert nights.rows(MEMBERS) == [("1", "Kiel"), ("2", "Ulm")]
    nights.deliver("north_2026-05-05.csv", HEADER + "3,Kiel,\n")
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("3", "Kiel")]


def test_a_part_that_did_not_change_stays_beside_one_that_was_overwritten(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("north.csv", HEADER + "1,Kiel,\n")
    nights.deliver("south.csv", HEADER + "2,Ulm,\n")
    nights.run(day=4)
    nights.deliver("north.csv", HEADER + "3,Kiel,\n")
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("2", "Ulm"), ("3", "Kiel")]
    nights.remove("north.csv")
    nights.remove("south.csv")
    nights.run(day=6)
    assert nights.rows(MEMBERS) == [("2", "Ulm"), ("3", "Kiel")], "an emptied folder removes nobody"
    nights.deliver("all_new.csv", HEADER + "4,Jena,\n")
    nights.run(day=7)
    assert nights.rows(MEMBERS) == [("4", "Jena")]


def test_the_members_of_an_archive_are_one_list(new_nights: NewNights) -> None:
    nights = new_nights(audience_layout(), "*.zip", Delivery.SNAPSHOT)
    lists = {"subscribed_x.csv": "leid\n7\n8\n", "unsubscribed_x.csv": "leid\n9\n"}
    for day, name in ((4, "audience_2026-05-04.zip"), (5, "audience_2026-05-05.zip")):
        with zipfile.ZipFile(nights.project.landing / name, "w") as archive:
            for member, content in lists.items():
                archive.writestr(member, content)
        nights.run(day)
        lists["subscribed_x.csv"] = "leid\n7\n"
    assert nights.rows("select leid, status from validate.audience order by leid") == [
        ("7", "subscribed"),
        ("9", "unsubscribed"),
    ]


def test_an_order_list_is_taken_whole(new_nights: NewNights) -> None:
    nights = new_nights(orders_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", "order,item\n#1,cup\n#1,plate\n#2,vase\n")
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", "order,item\n#1,cup\n")
    nights.run(day=5)
    assert nights.rows("select order_no, item from validate.orders") == [("#1", "cup")]


def test_a_blocked_source_keeps_its_last_good_list_whole(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    for day in (4, 5, 6):
        nights.deliver(f"a_2026-05-0{day}.csv", HEADER + f"1,Berlin,\n{day},Bonn,\n")
        nights.run(day)
    good = nights.rows(MEMBERS)
    nights.deliver("a_2026-05-07.csv", "city\nBerlin\n")
    nights.deliver("b_2026-05-07.csv", HEADER + "7,Jena,\n")
    nights.deliver("again_2026-05-07.csv", HEADER + "1,Berlin,\n4,Bonn,\n")
    for day in (7, 8):
        nights.run(day)
        assert nights.rows(MEMBERS) == good
    nights.remove("a_2026-05-07.csv")
    nights.run(day=9)
    assert [row[0] for row in nights.rows(MEMBERS)] == ["1", "4", "7"]
    assert len(nights.rows(CONSERVED)) == 4


def test_a_list_that_cannot_be_read_anew_keeps_its_records(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n")
    nights.run(day=4)
    columns = {name: column.model_dump() for name, column in members_layout().columns.items()}
    strict = {**columns, "city": {"header": "town", "is_required": True}}
    nights.change_layout(members_layout(columns=strict))
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("1", "Berlin")]
    [(state, reasons)] = nights.rows(
        "select state, reasons from validate.source_night where business_date = '2026-05-05'"
    )
    assert state == "blocked"
    assert "a_2026-05-04.csv" in reasons
    nights.change_layout(members_layout(columns={**columns, "city": {"header": "city", "aliases": ["town"]}}))
    nights.run(day=6)
    assert nights.rows("select member_no, line from validate.members") == [("1", 2)]
    assert nights.rows("select refused_because from extract.file") == [(None,)]


def test_a_source_that_turns_to_lists_and_back_keeps_what_it_has(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n")
    nights.deliver("a_2026-05-05.csv", HEADER + "2,Bonn,\n")
    nights.run(day=5)
    nights.delivery = Delivery.SNAPSHOT
    nights.change_layout(members_layout())
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("2", "Bonn")]
    nights.delivery = Delivery.INCREMENT
    nights.change_layout(members_layout())
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("1", "Berlin"), ("2", "Bonn")]


ANY_CITY = [members_layout().expectations[0].model_dump(mode="json")]


def members(first: int, last: int, city: str = "Berlin") -> str:
    return "".join(f"{number},{city},\n" for number in range(first, last + 1))


def test_a_list_that_a_night_blocks_when_it_is_validated_again_gives_back_the_one_before(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout(expectations=ANY_CITY), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", HEADER + members(1, 30))
    nights.run(day=4)
    good = nights.rows(MEMBERS)
    nights.deliver("a_2026-05-05.csv", HEADER + members(1, 20) + members(21, 30, "bonn"))
    nights.run(day=5)
    assert nights.rows(MEMBERS) != good
    nights.change_layout(members_layout())
    nights.validate(day=5)
    assert nights.rows(MEMBERS) == good
    nights.run(day=6)
    assert nights.rows(MEMBERS) == good


def test_a_late_list_is_superseded_however_often_its_night_is_validated(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Berlin,\n")
    nights.run(day=5)
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Aachen,\n")
    nights.run(day=6)
    for day in (6, 7, 8):
        nights.validate(day)
        assert nights.rows("select state from validate.conservation order by path") == [
            ("superseded",),
            ("accepted",),
        ]
    assert nights.rows("select count(*) from extract.raw_members") == [(1,)]


def test_a_record_in_quarantine_of_the_newest_list_stays_as_it_was(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    lists = {
        4: ("1,Berlin,\n2,Bonn,2026-05-04\n3,Celle,\n", [("1", "Berlin"), ("2", "Bonn"), ("3", "Celle")]),
        5: ("1,Aachen,\n2,bonn,\n", [("1", "Aachen"), ("2", "Bonn")]),
        6: ("1,Aachen,\n2,bonn,\n\n", [("1", "Aachen"), ("2", "Bonn")]),
        7: ("1,Aachen,\n2,Ulm,2026-05-01\n", [("1", "Aachen"), ("2", "Ulm")]),
        8: ("1,aachen,\n", [("1", "Aachen")]),
        9: ("4,Jena,\n", [("4", "Jena")]),
    }
    for day, (content, expected) in lists.items():
        nights.deliver(f"a_2026-05-0{day}.csv", HEADER + content)
        for _ in range(2):
            nights.run(day)
            assert nights.rows(MEMBERS) == expected
    assert [row[1:] for row in nights.rows(CONSERVED)] == [(3, 0), (1, 1), (1, 1), (2, 0), (0, 1), (1, 0)]
    assert nights.rows("select count(*) from extract.raw_members") == [(2,)], (
        "the last two lists, and nobody else"
    )


def test_an_order_in_quarantine_of_the_newest_list_stays_whole(new_nights: NewNights) -> None:
    rule = {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "item", "regex": "^[a-z]"}}
    layout = orders_layout().model_copy(update={"expectations": [ExpectationSpec(**rule)]})
    nights = new_nights(layout, delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", "order,item\n#1,cup\n#1,plate\n#2,vase\n")
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", "order,item\n#1,cup\n#1,?\n")
    nights.run(day=5)
    assert nights.rows("select order_no, item from validate.orders order by all") == [
        ("#1", "cup"),
        ("#1", "plate"),
    ]


def test_a_list_that_a_person_let_in_takes_the_place_of_the_old_one(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", HEADER + "1,Berlin,\n2,Bonn,\n")
    nights.run(day=4)
    nights.deliver("a_2026-05-05.csv", HEADER + "1,Berlin,\n")
    nights.deliver("unreadable_2026-05-05.csv", "number\n1\n")
    nights.run(day=5)
    assert nights.rows(MEMBERS) == [("1", "Berlin"), ("2", "Bonn")]
    nights.let_files_in("club")
    for day in (6, 7):
        nights.run(day)
        assert nights.rows("select state from validate.source_night order by business_date desc limit 1") == [
            ("blocked",)
        ]
        assert nights.rows(MEMBERS) == [("1", "Berlin")]
    nights.take_back()
    nights.run(day=8)
    assert nights.rows(MEMBERS) == [("1", "Berlin"), ("2", "Bonn")], "the decision was taken back"


def test_a_refusal_that_cannot_be_read_outlives_the_list_that_no_longer_names_it(
    new_nights: NewNights,
) -> None:
    nights = new_nights(members_layout(carries_consent=True), delivery=Delivery.SNAPSHOT)
    lists = {
        4: "1,Berlin,\n2,bonn,\n3,celle,\n,ulm,\n,hof,\n4,Jena\n5,Kiel\n",
        5: "1,Berlin,\n3,Celle,\n,ulm,\n4,Jena\n",
        6: "1,Berlin,\n3,Celle,\n,ulm,\n4,Jena\n\n",
    }
    for day, content in lists.items():
        nights.deliver(f"a_2026-05-0{day}.csv", HEADER + content)
        nights.run(day)
    kept = "select line from validate.quarantine semi join dropped using (file_id) order by line"
    for _ in range(2):
        assert nights.rows(kept) == [(3,), (6,), (8,)], "the newer list says nothing about 2, hof and 5"
        assert len(nights.rows(CONSERVED)) == 3
        nights.run(day=7)
    nights.deliver("a_2026-05-08.csv", HEADER + "1,Berlin,\n2,Bonn,\n3,Celle,\n")
    nights.run(day=8)
    assert nights.rows(kept)[0] == (6,), "it is listed again, and can be read"


def test_of_older_lists_the_newest_stands_in_whatever_version_its_record_names(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(), delivery=Delivery.SNAPSHOT)
    nights.deliver("a_2026-05-04.csv", HEADER + "2,Bonn,2026-04-09\n")
    nights.deliver("a_2026-05-05.csv", HEADER + "2,Ulm,2026-04-01\n")
    nights.deliver("a_2026-05-06.csv", HEADER + "2,hof,2026-04-10\n")
    nights.run(day=6)
    assert nights.rows(MEMBERS) == [("2", "Ulm")]
