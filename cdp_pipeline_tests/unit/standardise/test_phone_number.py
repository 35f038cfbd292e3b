"""Phone numbers by the library: country codes, trunk zeros, mobiles, and what is no number."""

from __future__ import annotations

import pytest

from cdp_pipeline.standardise.phone_number import INVALID, ParsedPhone, parse_phone


@pytest.mark.parametrize(
    ("delivered", "country", "e164", "is_mobile"),
    [
        ("0171 3920012", "DE", "+491713920012", True),
        ("+49 (0)171 3920012", "DE", "+491713920012", True),
        ("0049 171 3920012", "DE", "+491713920012", True),
        ("030/23125001", "DE", "+493023125001", False),
        ("(212) 555-0123", "US", "+12125550123", True),
        ("001 212 555 0123", "US", "+12125550123", True),
        ("+41 79 471 00 12", "ZZ", "+41794710012", True),
    ],
)
def test_a_number_becomes_e164(delivered: str, country: str, e164: str, *, is_mobile: bool) -> None:
    assert parse_phone(delivered, country) == ParsedPhone(e164, True, is_mobile)


@pytest.mark.parametrize(
    ("delivered", "country"),
    [("0171 3920012", "ZZ"), ("12", "DE"), ("call me", "DE"), ("0171 39200123456789", "DE"), ("", "DE")],
)
def test_what_fits_no_numbering_plan_is_invalid(delivered: str, country: str) -> None:
    assert parse_phone(delivered, country) == INVALID
