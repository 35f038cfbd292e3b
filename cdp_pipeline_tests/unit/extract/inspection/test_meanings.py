"""What headers mean, in several languages and spellings."""

from __future__ import annotations

import pytest

from cdp_pipeline.extract.inspection.meanings import find_meanings, identifier_of, name_columns
from cdp_pipeline.extract.inspection.profile import ColumnProfile


def profile(filled: int = 1) -> ColumnProfile:
    return ColumnProfile(
        filled, filled, is_unique=False, guarded=0, forms=[], nearly=None, misfits=0, words=[]
    )


def meanings_of(*header: str, empty: tuple[str, ...] = ()) -> dict[str, str | None]:
    columns = name_columns(header)
    profiles = {c.name: profile(0 if c.header in empty else 1) for c in columns}
    return {column.header: column.meaning for column in find_meanings(columns, profiles)}


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("E-Mail-Adresse", "email"),
        ("Billing Email", "email"),
        ("Vorname", "given_name"),
        ("Prénom", "given_name"),
        ("LastName", "family_name"),
        ("Straße und Hausnummer", "street"),
        ("PLZ", "postcode"),
        ("kod pocztowy", "postcode"),
        ("MailingCity", "city"),
        ("Date of Birth", "birth_date"),
        ("Kundennummer", "record_id"),
        ("Doğum Tarihi", "birth_date"),
        ("CUSTOMERID", "record_id"),
        ("Phone 1", "phone"),
        ("Capacity", None),  # ends in city, and is none
        ("Shoe size", None),
    ],
)
def test_a_header_says_its_meaning(header: str, meaning: str | None) -> None:
    assert meanings_of(header) == {header: meaning}


def test_each_meaning_belongs_to_one_column_the_plainest() -> None:
    found = meanings_of("Billing City", "City", "Shipping City")
    assert found == {"Billing City": None, "City": "city", "Shipping City": None}


def test_a_column_with_values_comes_before_an_empty_one() -> None:
    found = meanings_of("City", "Mailing City", empty=("City",))
    assert found == {"City": None, "Mailing City": "city"}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("E-Mail", "e_mail"),
        ("MailingPostalCode", "mailing_postal_code"),
        ("Größe (cm)", "grosse_cm"),
        ("1st order", "column_1st_order"),
        ("order", "order_value"),  # a word of SQL
        ("Line", "line_value"),  # every raw table has one
        ("地址", "column_value"),
    ],
)
def test_a_header_becomes_an_identifier(header: str, name: str) -> None:
    assert identifier_of(header) == name


def test_equal_headers_get_names_of_their_own() -> None:
    assert [column.name for column in name_columns(["Name", "name", "Name_2"])] == [
        "name",
        "name_2",
        "name_2_2",
    ]
