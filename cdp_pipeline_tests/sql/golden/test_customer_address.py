"""Where customers live and lived, night after night."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cdp_pipeline_tests.warehouse import Warehouse

MAY_4, MAY_5, MAY_6 = date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)
RING = {"street": "Ring 1", "postcode": "80331", "city": "München", "country": "DE"}
WEG = {"street": "Weg 2", "postcode": "5020", "city": "Salzburg", "country": "AT"}


def say(warehouse: Warehouse, night: date, record: str, address: dict[str, str], **values: Any) -> None:
    """Let one record of c1 be all that is there, and build the night."""
    warehouse.on(night)
    for table in ("customer_source_record", "customer_record", "postal_address"):
        warehouse.given(table)
    warehouse.add_record("c1", record, **address, **values)
    warehouse.build("customer_address")


def addresses(warehouse: Warehouse, *columns: str) -> list[tuple[Any, ...]]:
    texts = [f"{name}::varchar" if name.endswith("_at") else name for name in columns]
    return warehouse.rows(f"select {', '.join(texts)} from golden.customer_address order by address_rank")


def test_address_of_before_a_move_stays_known_with_its_times() -> None:
    warehouse = Warehouse()
    say(warehouse, MAY_4, "crm/contact/1", RING, updated_at="2020-01-01")
    say(warehouse, MAY_5, "crm/contact/1", WEG, updated_at="2026-05-05 09:00")
    assert addresses(warehouse, "street", "is_current", "is_preferred", "first_seen_at", "last_seen_at") == [
        ("Weg 2", True, True, "2026-05-05 09:00:00", "2026-05-05 09:00:00"),
        ("Ring 1", False, False, "2020-01-01 00:00:00", "2026-05-05 00:00:00"),
    ]


def test_night_run_again_ends_in_the_same_rows() -> None:
    warehouse = Warehouse()
    say(warehouse, MAY_4, "crm/contact/1", RING, updated_at="2020-01-01")
    say(warehouse, MAY_5, "crm/contact/1", WEG, updated_at="2026-05-05")
    once = warehouse.rows("select * from golden.record_address_history order by all")
    say(warehouse, MAY_5, "crm/contact/1", WEG, updated_at="2026-05-05")
    assert warehouse.rows("select * from golden.record_address_history order by all") == once
    say(warehouse, MAY_5, "crm/contact/1", RING, updated_at="2020-01-01")
    assert addresses(warehouse, "street", "is_current", "last_seen_at") == [
        ("Ring 1", True, "2020-01-01 00:00:00")
    ]


def test_history_grows_with_change_alone_and_drops_what_left_the_sources() -> None:
    warehouse = Warehouse()
    for night in (MAY_4, MAY_5, MAY_6):
        say(warehouse, night, "crm/contact/1", RING)
    assert warehouse.engine.row_count("golden.record_address_history") == 1
    say(warehouse, date(2026, 5, 7), "crm/contact/2", WEG)
    ended = "select count(*) from golden.record_address_history where valid_to is not null"
    assert warehouse.rows(ended) == [(1,)]
    assert addresses(warehouse, "street") == [("Weg 2",)]
    say(warehouse, date(2026, 5, 8), "crm/contact/2", WEG)
    assert warehouse.rows(ended) == [(0,)]


def test_spellings_of_one_address_are_one_row_with_all_labels() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", **RING, address_label="mailing", updated_at="2020-01-01")
    newer = {**RING, "street": "RING 1", "city": "Munich"}
    warehouse.add_record("c1", "till/member/M1", **newer, address_label="home", updated_at="2026-01-01")
    warehouse.build("customer_address")
    columns = ["street", "city", "address_labels", "record_count", "is_current", "source_system"]
    assert addresses(warehouse, *columns) == [("RING 1", "Munich", "home, mailing", 2, True, "till")]


def test_address_of_an_order_alone_is_not_current_beside_a_record_that_is_kept_up() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", **RING, updated_at="2026-04-01")
    warehouse.add_record("c1", "shop/order/#1", **WEG, address_label="shipping", updated_at="2024-01-01")
    warehouse.build("customer_address")
    assert addresses(warehouse, "street", "is_current") == [("Ring 1", True), ("Weg 2", False)]


@pytest.mark.parametrize("street", ["Ring 1", "Neuer Platz 3"])
def test_corrected_address_is_the_current_one_whether_records_say_it_or_not(street: str) -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", **RING, updated_at="2020-01-01")
    warehouse.add_record("c1", "shop/order/#1", **WEG, updated_at="2026-04-01")
    corrected = {**RING, "street": street}
    at = {"customer_id": "c1", "correction_id": 1, "corrected_at": "2026-05-01"}
    warehouse.given(
        "manual_correction", *({**at, "column_name": c, "value": v} for c, v in corrected.items())
    )
    warehouse.build("customer_address")
    [first, *_] = addresses(
        warehouse, "street", "is_preferred", "is_current", "source_system", "last_seen_at"
    )
    assert first == (street, True, True, "manual_correction", "2026-05-01 00:00:00")
