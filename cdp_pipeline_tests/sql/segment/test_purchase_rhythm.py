"""A customer's own buying rhythm, and how late they are against it."""

from __future__ import annotations

import random
import statistics
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from cdp_pipeline_tests.warehouse import BUSINESS_DATE, rows_of


def rhythm_of(*purchases: str | tuple[str, str]) -> tuple[Any, ...]:
    """Purchase days, median and lateness of one customer; a purchase is a day, or a day and a status."""
    dated = [(day, "paid") if isinstance(day, str) else day for day in purchases]
    rows = [
        {"customer_id": "a", "source_system": "shop", "purchase_id": f"{n}", "purchased_on": day,
         "status": status, "currency": "EUR", "net_amount": 1, "channel": "shop"}
        for n, (day, status) in enumerate(dated)
    ]  # fmt: skip
    columns = ["purchase_days", "median_days_between_purchases", "lateness"]
    given = {"golden_profile": [{"customer_id": "a"}], "customer_purchase": rows}
    [row] = rows_of("purchase_rhythm", given=given, columns=columns)
    return row


def test_lateness_is_the_wait_in_multiples_of_the_usual_gap() -> None:
    assert rhythm_of("2026-02-03", "2026-02-13", "2026-02-23") == (3, Decimal("10.0"), Decimal("7.00"))


def test_one_long_holiday_does_not_change_the_rhythm() -> None:
    assert rhythm_of("2025-01-01", "2025-12-01", "2025-12-11", "2025-12-21") == (
        4,
        Decimal("10.0"),
        Decimal("13.40"),
    )


def test_even_number_of_gaps_has_the_mean_of_the_two_in_the_middle() -> None:
    days = ("2026-01-01", "2026-01-11", "2026-01-22", "2026-02-22", "2026-05-04")
    assert rhythm_of(*days) == (5, Decimal("21.0"), Decimal("0.00"))
    assert rhythm_of(*days[:3])[1] == Decimal("10.5")


@pytest.mark.parametrize("days", [(), ("2026-01-01",), ("2026-01-01", "2026-02-01")])
def test_fewer_than_three_days_make_no_habit(days: tuple[str, ...]) -> None:
    assert rhythm_of(*days) == (len(days), None, None)


def test_visits_count_by_day_and_only_orders_are_visits() -> None:
    assert rhythm_of(
        "2026-01-01",
        "2026-01-01",
        "2026-02-01",
        ("2026-02-20", "cancelled"),
        ("2026-02-21", "refund"),
        "2026-05-05",
    ) == (2, None, None)


def test_medians_agree_with_the_standard_library() -> None:
    rng, expected, rows = random.Random(7), [], []
    for number in range(40):
        days = sorted({BUSINESS_DATE - timedelta(rng.randrange(600)) for _ in range(rng.randrange(3, 12))})
        expected.append((f"c{number:02}", median_gap(days)))
        rows += [
            {"customer_id": f"c{number:02}", "source_system": "till", "purchase_id": f"{number}-{day}",
             "purchased_on": day, "status": "paid", "currency": "EUR", "net_amount": 1}
            for day in days
        ]  # fmt: skip
    given = {"golden_profile": [{"customer_id": name} for name, _ in expected], "customer_purchase": rows}
    columns = ["customer_id", "median_days_between_purchases"]
    assert rows_of("purchase_rhythm", given=given, columns=columns) == expected


def median_gap(days: list[date]) -> Decimal | None:
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return Decimal(statistics.median(gaps)) if len(gaps) >= 2 else None
