"""What headers mean, in several languages and spellings."""

from __future__ import annotations

import dataclasses

import pytest

from cdp_pipeline.extract.inspection.forms import FORMS
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
        ("given_nm", "given_name"),
        ("family_nm", "family_name"),
        ("CITY_NAME", "city"),
        ("PHONE_NO", "phone"),
        ("Order #", "purchase_id"),
        ("MODIFIED_TIME", "updated_at"),
        ("last_activity_ts", "updated_at"),
        ("Zuletzt aktualisiert am", "updated_at"),
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


ANSWERS = {
    "newsletter": "consent",
    "opt_in": "consent",
    "OptInEmail": "consent",
    "werbung_erlaubt": "consent",
    "Accepts Email Marketing": "consent",
    "Can we email you about future events?": "consent",
    "Receive Review/Abandoned Cart Emails?": "consent",
    "email_opt_out": "refusal",
    "HasOptedOutOfEmail": "refusal",
    "do_not_email": "refusal",
    "DoNotCall": "refusal",
    "Nicht mehr anschreiben": "refusal",
    "Blacklist": "refusal",
    "EMAIL_BLOCKLISTED": "refusal",
    "unsubscribed_at": "refusal",
}


@pytest.mark.parametrize(("header", "meaning"), ANSWERS.items())
def test_a_header_that_asks_whether_to_write_is_an_answer_whatever_form_its_values_have(
    header: str, meaning: str
) -> None:
    [column] = name_columns([header])
    for form in ["whole number", "two letters", None]:  # 0 and 1, no and ja, yes
        forms = [known for known in FORMS if known.name == form]
        answered = dataclasses.replace(profile(), forms=forms)
        assert [c.meaning for c in find_meanings([column], {column.name: answered})] == [meaning]


def test_every_column_with_an_answer_has_the_meaning() -> None:
    assert set(meanings_of("opt_in", "Newsletter", "SMS opt-in").values()) == {"consent"}


@pytest.mark.parametrize(
    "header",
    [
        "MailingCity",
        "Subscriber ID",
        "Opt-in IP",
        "OPTIN_TIME",
        "optional",
        "received_at",
        "Marketing Source",
    ],
)
def test_what_tells_of_an_answer_or_of_something_else_is_none(header: str) -> None:
    assert meanings_of(header)[header] not in {"consent", "refusal"}
