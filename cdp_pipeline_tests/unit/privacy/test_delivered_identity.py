"""How delivered spellings are compared: whatever means one address or number is one identity."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import SHIPPED_SQL
from cdp_pipeline.delivered_identity import email_identity, identities_in_text, identities_of
from cdp_pipeline.engine import Engine
from cdp_pipeline.sql_project.rendering import Catalogue, Renderer

COUNTRIES = {"shop": "DE", "boutique": "AT"}

LAYOUT = Layout.model_validate(
    {
        "layout": "people",
        "title": "People",
        "description": "One line a person.",
        "documentation": "none",
        "key": ["member_no"],
        "columns": {
            "member_no": {
                "header": "no",
                "identifies": ["record/member", "external_id/loyalty_number"],
                "sensitivity": "pseudonym",
            },
            "email": {"header": "mail", "identifies": "email", "parted_by": ";", "sensitivity": "direct"},
            "phone": {"header": "phone", "identifies": "phone", "sensitivity": "direct"},
            "blocked": {"header": "blocked", "identifies": "contact", "sensitivity": "direct"},
            "city": {"header": "city"},
        },
    }
)


def identities(**values: str) -> set[str]:
    """Return the identities of one record of the layout, delivered by a German shop."""
    row = {"source_system": "shop", "file_id": "f", "line": 2} | dict.fromkeys(LAYOUT.columns) | values
    table = pa.table(
        {name: pa.array([value], None if name == "line" else pa.string()) for name, value in row.items()}
    )
    with Engine.open() as engine, engine.arrow_view(table) as view:
        query = identities_of(LAYOUT, view, COUNTRIES)
        return set(engine.fetch_column(f"select identity from ({query})"))


@pytest.mark.parametrize(
    "spelling",
    ["anna@example.org", "  Anna@Example.ORG ", "Anna B. <anna@example.org>", "mailto:anna@example.org"],
)
def test_spellings_of_an_address_are_one(spelling: str) -> None:
    assert identities(email=spelling) == {"email|anna@example.org"}


@pytest.mark.parametrize(
    "spelling",
    [
        "anna@example.org",
        " Ännchen@Exämple.org\u00a0",
        "x <a@b.de>",
        "mailto: a@b.de",
        "a@b.de;c",
        "A\t@b.de",
    ],
)
def test_an_address_reads_as_the_contact_points_read_it(spelling: str, tmp_path: Path) -> None:
    model = tmp_path / "model.sql"
    model.write_text("select {{ bare_email(tidy('value')) }}", encoding="utf-8")
    macro, _ = Renderer([tmp_path, SHIPPED_SQL], Catalogue({}, frozenset(), {}, {})).render(model, "model")
    with Engine.open() as engine:
        assert engine.fetch_all(
            f"select {email_identity('value')} = 'email|' || ({macro}) from (select $1 as value)", [spelling]
        ) == [(True,)]


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("+49 171 3920009", {"phone|491713920009"}),
        ("0049171/3920009", {"phone|491713920009"}),
        ("+49 (0)171 3920009", {"phone|491713920009"}),
        ("0171 3920009", {"phone|DE|1713920009"}),
        ("(0171) 392-00-09", {"phone|DE|1713920009"}),
        (
            "1713920009",
            {"phone|1713920009", "phone|DE|1713920009"},
        ),  # a spreadsheet dropped the zero, or the +
        ("12345", set()),
    ],
)
def test_a_number_is_its_digits_and_where_it_is_dialled(spelling: str, expected: set[str]) -> None:
    assert identities(phone=spelling) == expected


def test_a_national_number_of_another_country_is_another_number() -> None:
    german, austrian = (
        {one.replace("shop", "") for one in identities(phone="0664 1234567")},
        {"phone|AT|6641234567"},
    )
    assert german.isdisjoint(austrian)


def test_a_column_may_identify_several_things_and_hold_several_values() -> None:
    assert identities(member_no="M1", email="a@x.org;b@x.org") == {
        "record|shop|member|M1",
        "external_id|loyalty_number|M1",
        "email|a@x.org",
        "email|b@x.org",
    }


@pytest.mark.parametrize("guarded", ["'007", '="007"', " 007\u00a0"])
def test_what_spreadsheets_put_around_an_id_is_no_part_of_it(guarded: str) -> None:
    assert identities(member_no=guarded) == {"record|shop|member|007", "external_id|loyalty_number|007"}
    assert identities(email="'anna@example.org") == {"email|anna@example.org"}


def test_a_blocked_contact_is_an_address_a_number_or_the_hash_of_one() -> None:
    assert identities(blocked="Anna@example.org") == {"email|anna@example.org"}
    assert identities(blocked="+4917139200") == {"phone|4917139200"}
    assert "sha256|" + "ab" * 32 in identities(blocked="AB" * 32)


def test_a_record_that_could_not_be_taken_apart_is_searched_value_by_value() -> None:
    broken = pa.table(
        {
            "source_system": ["shop", "shop"],
            "file_id": ["f", "f"],
            "line": [3, 4],
            "raw_record": ['M1,"Anna@example.org",0171 3920009,too,many', '{"mail": "b@example.org", "no'],
        }
    )
    with Engine.open() as engine, engine.arrow_view(broken) as view:
        query = identities_in_text(LAYOUT, view, COUNTRIES)
        found = set(engine.fetch_all(f"select line, identity from ({query}) where identity is not null"))
    assert {
        (3, "record|shop|member|M1"),
        (3, "email|anna@example.org"),
        (3, "phone|DE|1713920009"),
        (4, "email|b@example.org"),
    } <= found


@pytest.mark.parametrize("wrong", ["mail", "record", "email/work", "record/"])
def test_a_word_that_identifies_nothing_is_refused(wrong: str) -> None:
    document = LAYOUT.model_dump()
    document["columns"]["city"]["identifies"] = [wrong]
    with pytest.raises(ValueError, match=r"write it as|nothing that identifies"):
        Layout.model_validate(document)
