"""Who is joined by rules, and what keeps people apart."""

from __future__ import annotations

from datetime import date

import pytest

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, groups
from cdp_pipeline_tests.unit.link.shared_nights import Linked, linked_together


@linked_together(
    SourceRecord("a", "Josef", "Gruber", email="gruber@example.org"),
    SourceRecord("b", "Sepp", "Gruber", email="gruber@example.org", source="shop"),
)
def test_nickname_and_email_make_one_person(linked: Linked) -> None:
    assert linked.people == groups("a b")
    assert ("rule", "same_email_and_given_name") in linked.edges("edge_kind, edge_name")


@linked_together(
    SourceRecord("a", "Anna", "Klein", email="klein@example.org", street="Ring 1", phone="+49301234"),
    SourceRecord("b", "Peter", "Klein", email="klein@example.org", street="Ring 1", phone="+49301234"),
)
def test_a_couple_with_one_mailbox_stays_two_people(linked: Linked) -> None:
    assert linked.people == groups("a", "b")


@linked_together(
    SourceRecord("a", "Lena", "Hofmann", date(2001, 3, 14), street="Ring 1", phone="+49301234"),
    SourceRecord("b", "Jana", "Hofmann", date(2001, 3, 14), street="Ring 1", phone="+49301234"),
)
def test_twins_stay_two_people(linked: Linked) -> None:
    assert linked.people == groups("a", "b")


@linked_together(
    SourceRecord("father", "Karl", "Brandt", date(1955, 8, 2), street="Ring 1", email="karl@example.org"),
    SourceRecord("son", "Karl", "Brandt", date(1987, 11, 20), street="Ring 1"),
    SourceRecord("order", "Karl", "Brandt", street="Ring 1", email="karl@example.org", kind="order"),
)
def test_father_and_son_stay_two_people_despite_an_order_between_them(linked: Linked) -> None:
    # The order agrees with both by name and address; the e-mail makes the father the stronger choice.
    assert linked.people == groups("father order", "son")


@linked_together(
    SourceRecord("a", "Karl", "Vogel", suffix="senior", street="Ring 1"),
    SourceRecord("b", "Karl", "Vogel", suffix="junior", street="Ring 1"),
)
def test_senior_and_junior_stay_two_people(linked: Linked) -> None:
    assert linked.people == groups("a", "b")


def one_mailbox(family: str, left: date, right: date, **_: object) -> list[SourceRecord]:
    return [
        SourceRecord("a", "Eva", family, left, email="eva@example.org"),
        SourceRecord("b", "Eva", family, right, email="eva@example.org"),
    ]


@pytest.mark.parametrize(
    ("family", "left", "right", "is_one_person"),
    [
        ("Ahrens", date(1980, 5, 3), date(1980, 5, 3), True),
        ("Böttcher", date(1979, 5, 3), date(1980, 5, 3), True),  # a wrong year
        ("Czerny", date(1980, 5, 3), date(1980, 3, 5), True),  # day and month swapped
        ("Dietz", date(1980, 1, 1), date(1980, 11, 27), True),  # the year alone was known
        ("Engel", date(1979, 1, 1), date(1980, 11, 27), False),
        ("Falk", date(1952, 5, 3), date(1983, 9, 14), False),
    ],
)
@linked_together(of=one_mailbox)
def test_birth_dates_veto_unless_one_may_be_mistyped(
    linked: Linked, family: str, left: date, right: date, *, is_one_person: bool
) -> None:
    assert linked.people == (groups("a b") if is_one_person else groups("a", "b"))


def one_home(left: str, right: str, family: str, **_: object) -> list[SourceRecord]:
    return [
        SourceRecord("a", left, family, email="b@example.org", street="Ring 1", phone="+49301234"),
        SourceRecord("b", right, family, email="b@example.org", street="Ring 1", phone="+49301234"),
    ]


@pytest.mark.parametrize(
    ("left", "right", "family", "is_one_person"),
    [
        ("Johannes", "Hans", "Brandstetter", True),
        ("Robert", "Bob", "Querenhuber", True),
        ("Katarzyna", "Kasia", "Nowakowska", True),
        ("Mehmet", "Memo", "Yilmaz", True),
        ("Sophie", "Sofie", "Wintermantel", True),
        ("Anna", "A.", "Obermoser", True),
        ("Anna Maria", "Anna-Maria", "Zeisig", True),
        ("Anna Maria", "Maria", "Uhlenhorst", True),
        ("Magdalena", "Magdalnea", "Pfister", True),  # a misspelling
        ("Leopold", "Leopi", "Tscherning", True),  # a short form that no list knows
        ("Hans Peter", "Hans P.", "Ivanov", True),
        ("Anna Maria Sophie", "Anna Sophie", "Lüdecke", True),
        ("Patricia L.", "Patricia E.", "Rasch", False),  # both tell a second name, and it is another
        ("Maria Luisa", "Maria Teresa", "Gallo", False),
        ("Daniel", "Daniela", "Joost", False),  # one letter apart, and still two names
        ("Jan", "Jana", "Mockridge", False),
        ("Max", "Moritz", "Sauerwein", False),
    ],
)
@linked_together(of=one_home)
def test_given_names_veto_unless_they_can_be_one_persons(
    linked: Linked, left: str, right: str, family: str, *, is_one_person: bool
) -> None:
    assert linked.people == (groups("a b") if is_one_person else groups("a", "b"))


@linked_together(
    SourceRecord("003A", "Eva", "Xanten", date(1952, 5, 3)),
    SourceRecord("003B", "Ruth", "Lang", date(1980, 11, 27), merged_into="003A"),
    SourceRecord("003C", "Ruth", "Lang", date(1980, 11, 27), merged_into="003A"),
)
def test_a_merge_that_the_crm_made_outranks_every_veto(linked: Linked) -> None:
    assert linked.people == groups("003A 003B 003C")


NAMES = ["Anna", "Peter", "Ruth", "Max", "Eva", "Paul", "Ida", "Otto", "Uwe"]


@linked_together(
    *(SourceRecord(name, name, f"Family{n}", phone="+4930999999") for n, name in enumerate(NAMES)),
    SourceRecord("Anna2", "Anna", "Someone", phone="+4930999999"),
)
def test_a_value_that_too_many_people_share_joins_nobody(linked: Linked) -> None:
    assert linked.people == groups(*NAMES, "Anna2")


@linked_together(
    SourceRecord("he", "Alexander", "Horn", email="horn@example.org"),
    SourceRecord("she", "Alexandra", "Horn", email="horn@example.org"),
    SourceRecord("short", "Alex", "Horn", email="horn@example.org"),
)
def test_alex_between_alexander_and_alexandra_joins_only_one(linked: Linked) -> None:
    assert len(linked.people) == 2
    assert not any({"he", "she"} <= person for person in linked.people)


@linked_together(
    SourceRecord("a", "Martin", "Thomas", email="mt@example.org"),
    SourceRecord("b", "Thomas", "Martin", email="mt@example.org"),
)
def test_swapped_fields_and_email_make_one_person(linked: Linked) -> None:
    assert linked.people == groups("a b")
