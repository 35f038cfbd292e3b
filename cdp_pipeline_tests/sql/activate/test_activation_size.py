"""How large each file is, and whether its platform will take it."""

from __future__ import annotations

from typing import Any

import pytest

from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.warehouse import Warehouse, rows_of

ACTIVATION = {"segment": "fans", "destination": "meta", "purpose": "ad_audiences", "channel": "ads"}


def size_of(minimum_people: int | None, people: int, left_out: int = 0) -> tuple[Any, ...]:
    """People, left out, and whether that is too few; everyone is sent with two contact points."""
    sent = [
        {"activation": "x", "customer_id": f"c{n}", "contact_kind": kind, "occurrence": 1}
        for n in range(people)
        for kind in ("email", "phone")
    ]
    given = {
        "activation": [{"activation": "x", "minimum_people": minimum_people, **ACTIVATION}],
        "activation_row": sent,
        "audience_exclusion": [{"activation": "x", "customer_id": f"o{n}"} for n in range(left_out)],
    }
    [row] = rows_of("activation_size", given=given, columns=["people", "left_out", "is_below_minimum"])
    return row


@pytest.mark.parametrize(("people", "is_below"), [(0, True), (2, True), (3, False), (4, False)])
def test_file_below_the_platforms_minimum_is_marked(people: int, *, is_below: bool) -> None:
    assert size_of(3, people, left_out=7) == (people, 7, is_below)


def test_platform_without_a_minimum_takes_any_file() -> None:
    assert size_of(None, 0) == (0, 0, False)


def test_minimum_comes_from_the_destinations_file() -> None:
    warehouse = Warehouse(Stage.ACTIVATE)
    warehouse.build("activation")
    minimum = dict(warehouse.rows("select distinct destination, minimum_people from activate.activation"))
    assert minimum == {"google_customer_match": None, "mailchimp_audience": None, "meta_custom_audience": 100}


def test_people_and_left_out_add_up_to_the_segment() -> None:
    warehouse = Warehouse()
    for number in range(5):
        record = f"shop/customer/{number}"
        warehouse.add_record(f"c{number}", record, email=f"p{number}@example.org")
        warehouse.add_purchase(record, f"#{number}", "2026-04-20", "10.00")
    for number in range(2):
        warehouse.add_consent(f"p{number}@example.org", "marketing", "granted", "2026-01-01")
    warehouse.build()
    sizes = "select people, left_out, is_below_minimum from activate.activation_size where activation = "
    assert warehouse.rows(f"{sizes} 'mailchimp_new_buyers'") == [(2, 3, False)]
    assert warehouse.rows(f"{sizes} 'meta_high_value'") == [(0, 1, True)]
