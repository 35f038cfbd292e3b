"""Customers and members in groups: what analysts may pass on."""

from __future__ import annotations

from decimal import Decimal

from cdp_pipeline_tests.warehouse import Row, rows_of


def profile(customer_id: str, birth_date: str | None, gender: str | None, place: str | None) -> Row:
    """A profile; the place is country, region and postcode."""
    country, region, postcode = place.split() if place else (None, None, None)
    facts = {"birth_date": birth_date, "gender": gender, "country": country, "postcode": postcode}
    return {"customer_id": customer_id, **facts, "region": None if region == "-" else region}


PROFILES = [
    profile("a", "1969-12-31", "female", "DE BY 80331"),
    profile("b", "1960-01-01", "female", "DE BY 80999"),
    profile("c", "1970-01-01", "female", "DE - 10115"),
    profile("d", None, None, None),
]

VALUES: list[Row] = [
    {"customer_id": "a", "orders_365_days": 2, "revenue_eur_365_days": "10.50"},
    {"customer_id": "b", "orders_365_days": 0, "revenue_eur_365_days": "0.00"},
    {"customer_id": "c", "orders_365_days": 1, "revenue_eur_365_days": "1.00"},
    {"customer_id": "d", "orders_365_days": 0, "revenue_eur_365_days": "0.00"},
]

COUNTS = ("customer_count", "buyer_count", "revenue_eur_365_days")


def test_customers_are_counted_by_decade_of_birth_and_gender() -> None:
    given = {"golden_profile": PROFILES, "purchase_value": VALUES}
    assert sorted(
        rows_of(
            "customers_by_age_and_gender", given=given, columns=["country", "birth_decade", "gender", *COUNTS]
        )
    ) == [
        ("DE", "1960s", "female", 2, 1, Decimal("10.50")),
        ("DE", "1970s", "female", 1, 1, Decimal("1.00")),
        ("unknown", "unknown", "unknown", 1, 0, Decimal("0.00")),
    ]


def test_customers_are_counted_by_the_area_of_their_postcode() -> None:
    given = {"golden_profile": PROFILES, "purchase_value": VALUES}
    assert sorted(
        rows_of("customers_by_area", given=given, columns=["country", "region", "postcode_area", *COUNTS])
    ) == [
        ("DE", "BY", "80", 2, 1, Decimal("10.50")),
        ("DE", "unknown", "10", 1, 1, Decimal("1.00")),
        ("unknown", "unknown", "unknown", 1, 0, Decimal("0.00")),
    ]


def test_only_those_who_are_members_today_are_counted() -> None:
    members: list[Row] = [
        {"segment": "s", "customer_id": "a", "entered_on": "2026-01-01", "left_on": None},
        {"segment": "s", "customer_id": "b", "entered_on": "2026-01-01", "left_on": "2026-02-01"},
        {"segment": "t", "customer_id": "a", "entered_on": "2026-01-01", "left_on": None},
    ]
    given = {"golden_profile": PROFILES, "segment_member": members}
    assert sorted(
        rows_of(
            "members_by_age_and_gender",
            given=given,
            columns=["segment", "country", "birth_decade", "gender", "member_count"],
        )
    ) == [
        ("s", "DE", "1960s", "female", 1),
        ("t", "DE", "1960s", "female", 1),
    ]
