"""Postal addresses: one spelling of street, postcode and country; nothing made up."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import rows_of

ADDRESS = ["street", "postcode", "city", "country"]


def clean(**fields: str) -> list[tuple[object, ...]]:
    given = {"loyalty_members": [{"member_no": "LC-1", **fields}]}
    return rows_of("postal_address", given=given, columns=ADDRESS)


@pytest.mark.parametrize(
    ("delivered", "country", "cleaned"),
    [
        ("Hauptstr. 5", "DE", "Hauptstraße 5"),
        ("Hauptstr.5", "DE", "Hauptstraße 5"),
        ("HAUPTSTRASSE 12 B", "DE", "Hauptstraße 12b"),
        ("Karl-Marx-Str. 3", "DE", "Karl-Marx-Straße 3"),
        ("Wiener Str 3", "AT", "Wiener Straße 3"),
        ("Bahnhofstraße 3", "CH", "Bahnhofstrasse 3"),
        ("Strasserweg 3", "DE", "Strasserweg 3"),
        ("Strandallee 3", "DE", "Strandallee 3"),
        ("am markt 3", "DE", "Am Markt 3"),
        ("12 HIGH STREET", "GB", "12 High Street"),
    ],
)
def test_a_street_is_written_in_one_spelling(delivered: str, country: str, cleaned: str) -> None:
    assert clean(street=delivered, country=country)[0][0] == cleaned


@pytest.mark.parametrize(
    ("delivered", "country", "cleaned"),
    [
        ("D-10115", "DE", "10115"),
        ("1067", "DE", "01067"),
        ("1010", "AT", "1010"),
        ("sw1a 1aa", "GB", "SW1A1AA"),
        ("1234 AB", "NL", "1234AB"),
    ],
)
def test_a_postcode_has_no_blanks_and_keeps_its_zero(delivered: str, country: str, cleaned: str) -> None:
    assert clean(postcode=delivered, country=country)[0][1] == cleaned


@pytest.mark.parametrize(
    ("delivered", "code"),
    [
        ("Deutschland", "DE"),
        ("AUT", "AT"),
        ("U.S.A.", "US"),
        ("England", "GB"),
        ("Türkiye", "TR"),
        ("ch", "CH"),
        ("", "DE"),
        ("Narnia", None),
    ],
)
def test_a_country_is_found_by_any_of_its_names(delivered: str, code: str | None) -> None:
    assert clean(city="X-Stadt", country=delivered)[0][3] == code


def test_an_address_needs_more_than_a_country() -> None:
    assert clean(country="DE") == []
    assert clean(street="-", city="n/a", postcode="00000", country="DE") == []


def test_a_city_in_capitals_keeps_its_small_words() -> None:
    assert clean(city="FRANKFURT AM MAIN")[0][2] == "Frankfurt am Main"
