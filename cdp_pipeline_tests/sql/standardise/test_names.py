"""Names: split, without titles and suffixes, in capitals and small letters, placeholders gone."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import rows_of, run_model

NAME = ["given_name", "family_name", "name_suffix"]


def clean(**names: str) -> tuple[object, ...]:
    given = {"link_input": [{"source_record_id": "1", **names}]}
    [row] = rows_of("customer_record", given=given, columns=NAME)
    return row


@pytest.mark.parametrize(
    ("full_name", "given_name", "family_name", "suffix"),
    [
        ("Anna Weber", "Anna", "Weber", None),
        ("  Anna\u00a0 Weber ", "Anna", "Weber", None),
        ("WEBER, ANNA MARIA", "Anna Maria", "Weber", None),
        ("Ludwig van der Heide", "Ludwig", "van der Heide", None),
        ("MARIA DE LA CRUZ", "Maria", "de la Cruz", None),
        ("Weber", None, "Weber", None),
        ("Herr Weber", None, "Weber", None),
        ("Familie Weber", None, "Weber", None),
        ("Prof. Dr. med. Anna Weber, M.Sc.", "Anna", "Weber", None),
        ("Karl Weber jun.", "Karl", "Weber", "junior"),
        ("John Smith, Jr.", "John", "Smith", "junior"),
        ("SMITH SR., JOHN", "John", "Smith", "senior"),
        ("George Smith III", "George", "Smith", "iii"),
        ("Amartya Sen", "Amartya", "Sen", None),
        ("Gästebuch Gast", "Gästebuch", "Gast", None),
        ("Gast", None, None, None),
        ("Max Mustermann", None, None, None),
        ("xxx", None, None, None),
    ],
)
def test_a_full_name_is_split(full_name: str, given_name: str, family_name: str, suffix: str) -> None:
    assert clean(full_name=full_name) == (given_name, family_name, suffix)


@pytest.mark.parametrize(
    ("delivered", "cleaned"),
    [
        ("MÜLLER-LÜDENSCHEIDT", "Müller-Lüdenscheidt"),
        ("o'brien", "O'Brien"),
        ("MCDONALD", "McDonald"),
        ("VON DER HEIDE", "von der Heide"),
        ("MacDonald", "MacDonald"),
        ("İnönü", "İnönü"),
        ("élodie", "Élodie"),
        ("JP", "JP"),
        ("A.", "A."),
        ("-", None),
        ("n/a", None),
        ("12345", None),
        ("Aa", "Aa"),
        ("Ing-Marie", "Ing-Marie"),
    ],
)
def test_a_name_that_lost_its_case_gets_it_back_and_others_keep_theirs(delivered: str, cleaned: str) -> None:
    assert clean(given_name=delivered) == (cleaned, None, None)


def test_a_full_name_never_replaces_half_a_name() -> None:
    assert clean(given_name="Anna", full_name="Karl Weber") == ("Anna", None, None)


@pytest.mark.parametrize(
    ("delivered", "cleaned"),
    [
        ("1980-05-01", "1980-05-01"),
        ("01.05.1980", None),
        ("80-5-1", None),
        ("05/01/1980", None),
        ("2026-02-31", None),
        ("1900-01-01", None),
        ("1970-01-01", None),
        ("2026-05-05", None),
    ],
)
def test_a_birth_date_is_a_real_one_or_none(delivered: str, cleaned: str | None) -> None:
    given = {"link_input": [{"source_record_id": "1", "birth_date": delivered}]}
    rows = run_model("customer_record", given=given, columns=["cast(birth_date as varchar)"])
    assert rows == [{"cast(birth_date as varchar)": cleaned}]
