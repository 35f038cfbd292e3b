"""Who is joined by rules, and what keeps people apart."""

from __future__ import annotations

from datetime import date

import pytest

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups


def test_nickname_and_email_make_one_person(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Josef", "Gruber", email="gruber@example.org"),
        SourceRecord("b", "Sepp", "Gruber", email="gruber@example.org", source="shop"),
    )
    assert people == groups("a b")
    assert ("rule", "same_email_and_given_name") in warehouse.edges("edge_kind, edge_name")


def test_a_couple_with_one_mailbox_stays_two_people(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Anna", "Klein", email="klein@example.org", street="Ring 1", phone="+49301234"),
        SourceRecord("b", "Peter", "Klein", email="klein@example.org", street="Ring 1", phone="+49301234"),
    )
    assert people == groups("a", "b")


def test_twins_stay_two_people(warehouse: Warehouse) -> None:
    born = date(2001, 3, 14)
    people = warehouse.link(
        SourceRecord("a", "Lena", "Hofmann", born, street="Ring 1", phone="+49301234"),
        SourceRecord("b", "Jana", "Hofmann", born, street="Ring 1", phone="+49301234"),
    )
    assert people == groups("a", "b")


def test_father_and_son_stay_two_people_despite_an_order_between_them(
    warehouse: Warehouse,
) -> None:
    people = warehouse.link(
        SourceRecord("father", "Karl", "Brandt", date(1955, 8, 2), street="Ring 1", email="karl@example.org"),
        SourceRecord("son", "Karl", "Brandt", date(1987, 11, 20), street="Ring 1"),
        SourceRecord("order", "Karl", "Brandt", street="Ring 1", email="karl@example.org", kind="order"),
    )
    # The order agrees with both by name and address; the e-mail makes the father the stronger choice.
    assert people == groups("father order", "son")


def test_senior_and_junior_stay_two_people(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Karl", "Brandt", suffix="senior", street="Ring 1"),
        SourceRecord("b", "Karl", "Brandt", suffix="junior", street="Ring 1"),
    )
    assert people == groups("a", "b")


@pytest.mark.parametrize(
    ("left", "right", "is_one_person"),
    [
        (date(1980, 5, 3), date(1980, 5, 3), True),
        (date(1979, 5, 3), date(1980, 5, 3), True),  # a wrong year
        (date(1980, 5, 3), date(1980, 3, 5), True),  # day and month swapped
        (date(1980, 1, 1), date(1980, 11, 27), True),  # the year alone was known
        (date(1979, 1, 1), date(1980, 11, 27), False),
        (date(1952, 5, 3), date(1980, 11, 27), False),
    ],
)
def test_birth_dates_veto_unless_one_may_be_mistyped(
    warehouse: Warehouse, left: date, right: date, *, is_one_person: bool
) -> None:
    people = warehouse.link(
        SourceRecord("a", "Eva", "Brandt", left, email="eva@example.org"),
        SourceRecord("b", "Eva", "Brandt", right, email="eva@example.org"),
    )
    assert people == (groups("a b") if is_one_person else groups("a", "b"))


@pytest.mark.parametrize(
    ("left", "right", "is_one_person"),
    [
        ("Johannes", "Hans", True),
        ("Robert", "Bob", True),
        ("Katarzyna", "Kasia", True),
        ("Mehmet", "Memo", True),
        ("Sophie", "Sofie", True),
        ("Anna", "A.", True),
        ("Anna Maria", "Anna-Maria", True),
        ("Anna Maria", "Maria", True),
        ("Magdalena", "Magdalnea", True),  # a misspelling
        ("Leopold", "Leopi", True),  # a short form that no list knows
        ("Hans Peter", "Hans P.", True),
        ("Anna Maria Sophie", "Anna Sophie", True),
        ("Patricia L.", "Patricia E.", False),  # both tell a second name, and it is another
        ("Maria Luisa", "Maria Teresa", False),
        ("Daniel", "Daniela", False),  # one letter apart, and still two names
        ("Jan", "Jana", False),
        ("Max", "Moritz", False),
    ],
)
def test_given_names_veto_unless_they_can_be_one_persons(
    warehouse: Warehouse, left: str, right: str, *, is_one_person: bool
) -> None:
    people = warehouse.link(
        SourceRecord("a", left, "Brandstetter", email="b@example.org", street="Ring 1", phone="+49301234"),
        SourceRecord("b", right, "Brandstetter", email="b@example.org", street="Ring 1", phone="+49301234"),
    )
    assert people == (groups("a b") if is_one_person else groups("a", "b"))


def test_a_merge_that_the_crm_made_outranks_every_veto(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("003A", "Eva", "Klein", date(1952, 5, 3)),
        SourceRecord("003B", "Ruth", "Lang", date(1980, 11, 27), merged_into="003A"),
        SourceRecord("003C", "Ruth", "Lang", date(1980, 11, 27), merged_into="003A"),
    )
    assert people == groups("003A 003B 003C")


def test_a_value_that_too_many_people_share_joins_nobody(warehouse: Warehouse) -> None:
    names = ["Anna", "Peter", "Ruth", "Max", "Eva", "Paul", "Ida", "Otto", "Uwe"]
    shop_phone = "+4930999999"
    people = warehouse.link(
        *(SourceRecord(name, name, f"Family{n}", phone=shop_phone) for n, name in enumerate(names)),
        SourceRecord("Anna2", "Anna", "Someone", phone=shop_phone),
    )
    assert people == groups(*names, "Anna2")


def test_alex_between_alexander_and_alexandra_joins_only_one(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("he", "Alexander", "Horn", email="horn@example.org"),
        SourceRecord("she", "Alexandra", "Horn", email="horn@example.org"),
        SourceRecord("short", "Alex", "Horn", email="horn@example.org"),
    )
    assert len(people) == 2
    assert not any({"he", "she"} <= person for person in people)


def test_swapped_fields_and_email_make_one_person(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("a", "Martin", "Thomas", email="mt@example.org"),
        SourceRecord("b", "Thomas", "Martin", email="mt@example.org"),
    ) == groups("a b")
