"""E-mails and phones: normalised, or kept with the reason why they are unusable."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email

from cdp_pipeline_tests.warehouse import rows_of


def judge(kind: str, value: str, country: str | None = None) -> tuple[object, ...]:
    given = {"link_input": [{"source_record_id": "1", kind: value, "country": country}]}
    [row] = rows_of("contact_point", given=given, columns=["contact_value", "is_valid", "invalid_reason"])
    return row


@pytest.mark.parametrize(
    ("delivered", "normalised"),
    [
        ("Anna.Weber@Example.COM", "anna.weber@example.com"),
        (" mailto:anna@example.com ", "anna@example.com"),
        ("Anna Weber <Anna@example.com>", "anna@example.com"),
        ("o'brien+shop@mail.example.co.uk", "o'brien+shop@mail.example.co.uk"),
        ("anna@müller.example", "anna@müller.example"),
    ],
)
def test_an_email_is_written_in_one_form(delivered: str, normalised: str) -> None:
    assert judge("email", delivered) == (normalised, True, None)


MALFORMED = [
    "anna",
    "anna@",
    "@example.com",
    "anna@example",
    "anna @example.com",
    "a..b@example.com",
    ".a@example.com",
    "anna@-example.com",
    "anna@example..com",
    "anna@example.c",
    "müller@example.com",
    "a@b@example.com",
]


@pytest.mark.parametrize("delivered", MALFORMED)
def test_a_malformed_email_stays_with_its_reason(delivered: str) -> None:
    assert judge("email", delivered) == (None, False, "malformed")


PLAIN = ["anna@example.com", "a.b-c_d@sub.example.org", "x+tag@example.net", "1@example.com", *MALFORMED]
STRICTER = {"anna@example.c", "müller@example.com"}


@pytest.mark.parametrize("delivered", sorted(set(PLAIN) - STRICTER))
def test_plain_emails_are_judged_as_the_library_judges_them(delivered: str) -> None:
    try:
        validate_email(delivered, check_deliverability=False, test_environment=True)
        is_valid = True
    except EmailNotValidError:
        is_valid = False
    assert judge("email", delivered)[1] is is_valid


@pytest.mark.parametrize(
    ("kind", "delivered"),
    [
        ("email", "test@test.com"),
        ("email", "noreply@example.com"),
        ("email", "somebody@none.com"),
        ("phone", "0000000"),
        ("phone", "0111 111111"),
        ("phone", "01234 56789"),
    ],
)
def test_a_placeholder_is_nobodys(kind: str, delivered: str) -> None:
    assert judge(kind, delivered) == (None, False, "placeholder")


@pytest.mark.parametrize(
    ("delivered", "country", "normalised"),
    [
        ("0171/3920012", None, "+491713920012"),
        ("(030) 23125-001", "Germany", "+493023125001"),
        ("079 471 00 12", "Schweiz", "+41794710012"),
        ("+41 79 471 00 12", "DE", "+41794710012"),
        ("07400 714458", "UK", "+447400714458"),
    ],
)
def test_a_phone_is_read_by_the_country_of_its_address(
    delivered: str, country: str | None, normalised: str
) -> None:
    assert judge("phone", delivered, country) == (normalised, True, None)


def test_a_phone_of_another_plan_is_malformed() -> None:
    assert judge("phone", "0171 3920012", "Narnia") == ("+491713920012", True, None)
    assert judge("phone", "0171 3920012", "United States") == (None, False, "malformed")
