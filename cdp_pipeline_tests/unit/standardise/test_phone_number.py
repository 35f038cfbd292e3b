"""Phone numbers by the library: country codes, trunk zeros, mobiles, and what is no number."""

from __future__ import annotations

import dataclasses

import pytest

from cdp_pipeline.sql_project import build_model
from cdp_pipeline.standardise.phone_number import INVALID, TABLE, ParsedPhone, parse_phone
from cdp_pipeline_tests.warehouse import Warehouse


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


KEPT, GONE, NEW = "0171 3920012", "030/23125001", "+41 79 471 00 12"


def deliver(warehouse: Warehouse, *numbers: str) -> None:
    values = ", ".join(f"('{number}', 'DE')" for number in numbers)
    warehouse.engine.replace_table(
        "standardise.delivered_phone", f"from (values {values}) as delivered(delivered_value, country)"
    )


def test_numbers_that_stand_there_are_kept_and_those_that_left_go_until_others_read_them() -> None:
    warehouse = Warehouse()
    model = warehouse.model("phone_number")
    deliver(warehouse, KEPT, GONE)
    build_model(warehouse.night, model)
    warehouse.engine.execute(f"update {TABLE} set e164 = '+49' where delivered_value = '{KEPT}'")
    deliver(warehouse, KEPT, NEW)
    build_model(warehouse.night, model)
    numbers = f"select delivered_value, e164 from {TABLE} order by all desc"
    assert warehouse.rows(numbers) == [(KEPT, "+49"), (NEW, "+41794710012")]
    build_model(warehouse.night, dataclasses.replace(model, fingerprint="another version of the library"))
    assert warehouse.rows(numbers) == [(KEPT, "+491713920012"), (NEW, "+41794710012")]
