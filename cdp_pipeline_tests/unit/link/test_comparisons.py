"""At which level two records agree in each comparison of the model. All pairs are compared at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.link.splink_model import read_model, settings
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse
from cdp_pipeline_tests.unit.link.link_workspace import open_records
from cdp_pipeline_tests.warehouse import Row

BORN = date(1980, 5, 3)


class Pair(NamedTuple):
    """Two people's records, the comparison looked at, and the level expected; None for no word."""

    comparison: str
    left: SourceRecord
    right: SourceRecord
    level: str | None


EVA = SourceRecord("", "Eva", "Brandstetter")
OTHERS = [("Eva", "Brandstetter"), ("Otto", "Kowalski"), ("Ida", "Querenhuber"), ("Ruth", "Yilmaz")]
"""Evas of one family alone would look like a default that is written where no name is known."""


def eva(**values: Any) -> SourceRecord:
    """A record of an Eva Brandstetter with further values."""
    return dataclasses.replace(EVA, **values)


def given(left: str | None, right: str, level: str | None) -> Pair:
    born = None if left else BORN  # without any of the two a record is no node
    return Pair("given_name", eva(given=left, born=born), eva(given=right), level)


def family(left: str | None, right: str, level: str | None) -> Pair:
    return Pair("family_name", eva(family=left), eva(family=right), level)


def born(left: date | None, right: date, level: str | None) -> Pair:
    return Pair("birth_date", eva(born=left), eva(born=right), level)


def year(left: SourceRecord, right: SourceRecord, level: str | None) -> Pair:
    return Pair("birth_year", left, right, level)


def email(left: str | None, right: str, level: str | None) -> Pair:
    return Pair("email", eva(email=left), eva(email=right), level)


def phone(left: str | None, right: str, level: str | None) -> Pair:
    return Pair("phone", eva(phone=left), eva(phone=right), level)


def address(left: tuple[str, ...] | None, right: tuple[str, ...], level: str | None) -> Pair:
    """Compare two of street, postcode and perhaps city."""

    def at(place: tuple[str, ...] | None) -> SourceRecord:
        return eva(**dict(zip(("street", "postcode", "city"), place or (), strict=False)))

    return Pair("address", at(left), at(right), level)


def card(left: str | None, right: str, level: str | None) -> Pair:
    return Pair("loyalty_number", eva(loyalty=left), eva(loyalty=right), level)


def browser(left: str | None, right: str, level: str | None) -> Pair:
    return Pair("cookie", eva(email=left), eva(email=right), level)


def consent(left: SourceRecord, right: SourceRecord, level: str | None) -> Pair:
    return Pair("consent", left, right, level)


EXACT_GIVEN, EXACT_FAMILY = "Exact match on given_name", "Exact match on family_name"
MISTYPED_GIVEN = "Jaro-Winkler distance of given_name >= 0.9"
MISTYPED_FAMILY = "Jaro-Winkler distance of family_name >= 0.9"

NAMES = [
    given("Zoe", "ZOË", EXACT_GIVEN),
    given("Anna Maria", "Anna", EXACT_GIVEN),
    given("Sepp", "Josef", "variant of one name"),
    given("Hans", "Johannes", "variant of one name"),
    given("Alexander", "Aleksandr", "variant of one name"),  # another script's spelling
    given("Magdalena", "Magdalnea", "variant of one name"),  # a misspelling of a known name
    given("Anna Maria", "Maria", "one of several given names in common"),
    given("Anna-Lena", "Lena Sofie", "one of several given names in common"),
    given("A.", "Anna", "initial"),
    given("A.", "Bernd", "differs"),
    given("Daniel", "Daniela", MISTYPED_GIVEN),  # two known names, and as alike as a misspelling
    given("Max", "Moritz", "differs"),
    given(None, "Eva", None),
    Pair(
        "given_name",
        eva(given="Martin", family="Thomas"),
        eva(given="Thomas", family="Martin"),
        "given and family name swapped",
    ),
    Pair(
        "given_name",
        eva(given="Martin", family="Konrad"),
        eva(given="Konrad", family="Martinn"),
        "given and family name swapped",
    ),
    Pair(
        "given_name",
        eva(given="Martin", family="Konradd"),
        eva(given="Konrad", family="Martin"),
        "given and family name swapped",
    ),
    family("Müller", "Mueller", EXACT_FAMILY),
    family("Schmidt-Lang", "Lang", "a word of a double name"),
    family("Schmidt-Lang", "Lang-Kowalski", "a word of a double name"),
    family("Lautenschlager", "Lautenschlagr", MISTYPED_FAMILY),
    family("Klein", "Querenhuber", "differs"),  # married
    family(None, "Klein", None),
    # Swapped names have spoken as given names.
    Pair("family_name", eva(given="Martin", family="Thomas"), eva(given="Thomas", family="Martin"), None),
]

BIRTHS = [
    born(BORN, BORN, "Exact match on birth_date"),
    born(BORN, date(1980, 5, 8), "one digit, or day and month"),
    born(BORN, date(1980, 3, 5), "one digit, or day and month"),
    born(date(1985, 5, 3), date(1958, 5, 3), "one digit, or day and month"),  # neighbours changed places
    born(BORN, date(1980, 6, 8), "two digits"),
    born(BORN, date(1981, 6, 8), "differs"),
    born(BORN, date(1952, 11, 27), "differs"),
    born(BORN, date(1952, 3, 5), "differs"),
    born(None, BORN, None),
    year(eva(email="evchen80@a.example"), eva(born=BORN), "year in a mailbox name"),
    year(eva(email="evchen1980@b.example"), eva(email="eva80b@c.example"), "year in a mailbox name"),
    year(eva(born=BORN, email="eva90@z.example"), eva(email="evchen90@y.example"), "year in a mailbox name"),
    year(eva(email="evchen84@d.example"), eva(born=BORN), "differs"),
    year(eva(email="evchen@e.example"), eva(born=BORN), None),
    year(eva(born=BORN, email="eva80c@f.example"), eva(born=BORN), None),
    year(eva(email="evchen77@g.example"), eva(email="evchen77@g.example"), None),
    year(eva(email="evchen78@h.example"), eva(email="evchen78@i.example"), None),
]

CONTACTS = [
    email("a1@j.example", "a1@j.example", "one address in common"),
    email("sunny.girl@k.example", "sunnygirl@l.example", "one name of a mailbox in common"),
    email("sunnyboy+news@m.example", "sunnyboy@n.example", "one name of a mailbox in common"),
    Pair(
        "email",
        eva(given="Xenia", family="Müller", email="xenia.mueller@m.example"),
        eva(given="Xenia", family="Müller", email="xenia.mueller@n.example"),
        "differs",  # the name of the mailbox says no more than the name
    ),
    Pair(
        "email",
        eva(given="Xenia", email="xenia7@q.example"),
        eva(given="Xenia", email="brandstetter.xenia@q.example"),
        "the given name in two different mailboxes",
    ),
    Pair(
        "email",
        eva(given="Xenia", email="xenia7@q.example"),
        eva(given="Xenia", email="brandstetter@q.example"),
        "differs",
    ),
    email("a2@o.example", "b2@o.example", "differs"),
    email(None, "a3@p.example", None),
    phone("+49301", "+49301", "one number in common"),
    phone("+49302", "+49303", "differs"),
    phone(None, "+49304", None),
    card("LC-1001", "LC-1001", "one number in common"),
    card("LC-2001", "LC-2007", "one character off"),
    card("LC-3001", "LC-9876", "differs"),
    card(None, "LC-4001", None),
]

ADDRESSES = [
    address(("Gartenstraße 12", "10115"), ("Gartenstr. 12", "10115"), "one address in common"),
    address(("Gartenweg 12", "10115"), ("Gartnweg 12", "10115"), "one postcode, street mistyped"),
    address(("Gartenweg 12", "10115"), ("Ufer 9", "10115"), "one postcode in common"),
    address(("Gartenweg 12", "10115"), ("Gartenweg 12", "10999"), "one city in common"),
    address(("Gartenweg 12", "10115"), ("Gartenweg 12", "80331", "München"), "differs"),
    address(None, ("Gartenweg 12", "10115"), None),
]

SEEN_TOGETHER = [
    browser("c1@q.example", "c2@q.example", "one browser in common"),
    browser("c1@q.example", "c3@q.example", "differs"),
    browser("c1@q.example", "c1@q.example", None),  # has spoken as an e-mail
    browser("c1@q.example", "elsewhere@q.example", None),
    browser(None, "c1@q.example", None),
    consent(eva(email="t1@r.example"), eva(phone="+49401"), "e-mail and phone given together"),
    consent(eva(email="t1@r.example"), eva(phone="+49402"), "differs"),
    consent(eva(email="t1@r.example"), eva(email="t1@r.example"), None),
    consent(eva(phone="+49401"), eva(phone="+49401", email="t2@r.example"), None),
    consent(eva(email="t1@r.example"), eva(phone="+49403"), None),
]

WEB_EVENTS: list[Row] = [
    {"source_system": "web", "web_event_id": name, "cookie_id": cookie, "email": f"{name}@q.example"}
    for name, cookie in {"c1": "ck1", "c2": "ck1", "c3": "ck2"}.items()
]
CONSENTS: list[Row] = [
    {
        "source_system": "consent",
        "contact_kind": kind,
        "contact_value": contact,
        "occurred_at": "2026-05-01 08:00:00",
        "proof": proof,
    }
    for proof, pair in {"p1": ("t1@r.example", "+49401"), "p2": ("t2@r.example", "+49402")}.items()
    for kind, contact in zip(("email", "phone"), pair, strict=True)
]

PAIRS = [*NAMES, *BIRTHS, *CONTACTS, *ADDRESSES, *SEEN_TOGETHER]


def _shown(record: SourceRecord) -> str:
    told = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    return " ".join(str(value or "-") for name, value in told.items() if value != getattr(EVA, name)) or "Eva"


def _renamed(record: SourceRecord, record_id: str, number: int) -> SourceRecord:
    given, family = OTHERS[number % len(OTHERS)]
    return dataclasses.replace(
        record,
        id=record_id,
        given=given if record.given == EVA.given else record.given,
        family=family if record.family == EVA.family else record.family,
    )


@pytest.fixture(scope="module")
def levels() -> Iterator[dict[tuple[str, str], dict[str, str | None]]]:
    records = [
        _renamed(record, f"{side}{number:03d}", number)
        for number, pair in enumerate(PAIRS)
        for side, record in (("l", pair.left), ("r", pair.right))
    ]
    warehouse = Warehouse(threads=1)
    with (
        warehouse.engine,
        open_records(warehouse, *records, web_event=WEB_EVENTS, consent_event=CONSENTS) as workspace,
    ):
        workspace.create_nodes()
        ids = [(f"l{number:03d}", f"r{number:03d}") for number in range(len(PAIRS))]
        yield workspace.levels(settings({}).create_settings_dict("duckdb"), ids)


@pytest.mark.parametrize(
    "number",
    range(len(PAIRS)),
    ids=[f"{pair.comparison}: {_shown(pair.left)} | {_shown(pair.right)}" for pair in PAIRS],
)
def test_a_pair_agrees_at_its_level(
    levels: dict[tuple[str, str], dict[str, str | None]], number: int
) -> None:
    pair = PAIRS[number]
    assert levels[f"l{number:03d}", f"r{number:03d}"][pair.comparison] == pair.level


def test_the_table_shows_every_level_but_those_of_accounts() -> None:
    """`account` is compared in test_accounts.py, which has the lists for it."""
    model = settings({}).create_settings_dict("duckdb")
    shown = {(pair.comparison, pair.level) for pair in PAIRS}
    expected = {
        (comparison["output_column_name"], _expected_label(level))
        for comparison in model["comparisons"]
        for level in comparison["comparison_levels"]
        if comparison["output_column_name"] != "account"
    }
    assert shown == expected


def _expected_label(level: dict[str, Any]) -> str | None:
    if level.get("is_null_level"):
        return None
    return "differs" if level["sql_condition"] == "ELSE" else str(level["label_for_charts"])


def test_one_value_in_common_suffices_for_people_of_several_records(warehouse: Warehouse) -> None:
    married = eva(id="a2", family="Lang", email="new@s.example", phone="+49502", street="Ufer 9")
    with open_records(
        warehouse,
        eva(id="a1", family="Klein", email="old@s.example", phone="+49501", street="Ring 1"),
        married,
        eva(id="b", family="Klein", email="old@s.example", phone="+49501", street="Ring 1"),
        eva(id="c", family="Lang", email="new@s.example", phone="+49502", street="Ufer 9"),
    ) as workspace:
        workspace.create_nodes({"a2": "a1"})
        model = settings({}).create_settings_dict("duckdb")
        levels = workspace.levels(model, [("a1", "b"), ("a1", "c")])
        assert levels["a1", "b"]["family_name"] == EXACT_FAMILY
        assert levels["a1", "c"]["family_name"] == "a word of a double name"
        for of_pair in levels.values():
            assert of_pair["email"] == "one address in common"
            assert of_pair["phone"] == "one number in common"
            assert of_pair["address"] == "one address in common"


def test_the_committed_model_weighs_what_is_compared() -> None:
    """A comparison that changes needs training: the model carries the conditions it was trained with."""
    committed = read_model(SHIPPED_CONFIG / "linkage" / "model.json").settings
    compared = settings({}).create_settings_dict("duckdb")
    assert _conditions(committed) == _conditions(compared)


def _conditions(model: dict[str, Any]) -> dict[str, list[tuple[object, ...]]]:
    fields = ("sql_condition", "label_for_charts", "is_null_level", "tf_adjustment_column")
    return {
        comparison["output_column_name"]: [
            tuple(level.get(field) or None for field in fields) for level in comparison["comparison_levels"]
        ]
        for comparison in model["comparisons"]
    }
