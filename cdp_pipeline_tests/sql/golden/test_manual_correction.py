"""What a person had corrected wins in the profile, and finds its customer through merges and splits."""

from __future__ import annotations

import pyarrow as pa
import pytest

from cdp_pipeline.control.corrections import RECORDS, VALUES
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.golden.manual_correction import write_manual_correction
from cdp_pipeline_tests.warehouse import Warehouse

CRM, SHOP = RecordKey("crm", "contact", "1"), RecordKey("shop", "customer", "7")


@pytest.fixture
def warehouse() -> Warehouse:
    """Anna Huber is one customer by two records, whose newer one says Hubert."""
    warehouse = Warehouse()
    names = {"given_name": "Anna", "birth_date": "1980-05-04"}
    warehouse.add_record("c1", "/".join(CRM), **names, family_name="Huber", updated_at="2020-01-01")
    warehouse.add_record("c1", "/".join(SHOP), **names, family_name="Hubert", updated_at="2026-01-01")
    warehouse.build("golden_profile")
    return warehouse


def correct(
    warehouse: Warehouse,
    *said: tuple[int, str, str | None],
    records: tuple[RecordKey, ...] = (CRM, SHOP),
    customer_id: str = "c1",
) -> None:
    """Write what stands: number, column and value; then build the profile anew."""
    at = "2026-05-01 08:00:00"
    values = [
        {"correction_id": n, "customer_id": customer_id, "column_name": c, "value": v} for n, c, v in said
    ]
    table = pa.Table.from_pylist(
        values, pa.schema([(n, t) for n, t in VALUES.items() if n != "corrected_at"])
    )
    at_column = pa.array([at] * len(values)).cast(VALUES["corrected_at"])
    keys = [
        {"correction_id": number, "position": place, **key._asdict()}
        for number in sorted({number for number, *_ in said})
        for place, key in enumerate(records, start=1)
    ]
    write_manual_correction(
        warehouse.night,
        table.append_column("corrected_at", at_column),
        pa.Table.from_pylist(keys, pa.schema(list(RECORDS.items()))),
    )
    warehouse.build("golden_profile")


def name_of(warehouse: Warehouse, customer_id: str = "c1") -> str | None:
    [(name,)] = warehouse.rows(
        f"select family_name from golden.golden_profile where customer_id = '{customer_id}'"
    )
    return name


def test_corrected_value_wins_and_the_losers_keep_showing(warehouse: Warehouse) -> None:
    assert name_of(warehouse) == "Hubert"
    correct(warehouse, (1, "family_name", "Hueber"))
    assert name_of(warehouse) == "Hueber"
    assert warehouse.rows(
        "select position, value, is_survivor, decided_by, source_system from golden.profile_value"
        " where column_name = 'family_name' order by position"
    ) == [
        (1, "Hueber", True, "manual_correction", "manual_correction"),
        (2, "Hubert", False, "manual_correction", "shop"),
        (3, "Huber", False, "manual_correction", "crm"),
    ]


def test_other_columns_and_customers_are_as_before(warehouse: Warehouse) -> None:
    warehouse.add_record("c2", "crm/contact/2", family_name="Huber")
    correct(warehouse, (1, "family_name", "Hueber"))
    assert name_of(warehouse, "c2") == "Huber"
    assert warehouse.rows(
        "select given_name, cast(birth_date as varchar) from golden.golden_profile where customer_id = 'c1'"
    ) == [("Anna", "1980-05-04")]


def test_correction_taken_back_lets_delivered_values_count_again(warehouse: Warehouse) -> None:
    correct(warehouse, (1, "family_name", "Hueber"))
    correct(warehouse)
    assert name_of(warehouse) == "Hubert"


def test_correction_with_nothing_empties_the_column(warehouse: Warehouse) -> None:
    correct(warehouse, (1, "birth_date", None))
    assert warehouse.rows("select birth_date from golden.golden_profile") == [(None,)]
    assert warehouse.rows(
        "select distinct value, is_survivor, decided_by from golden.profile_value"
        " where column_name = 'birth_date'"
    ) == [("1980-05-04", False, "manual_correction")]


def test_of_several_corrections_the_newest_counts(warehouse: Warehouse) -> None:
    correct(warehouse, (1, "family_name", "Hueber"), (2, "family_name", "Huebner"))
    assert name_of(warehouse) == "Huebner"


@pytest.mark.parametrize(
    ("owners", "corrected"),
    [
        ({CRM: "c9", SHOP: "c9"}, "c9"),
        ({CRM: "c1", SHOP: "c8"}, "c1"),
        ({CRM: "c8", SHOP: "c1"}, "c8"),
        ({SHOP: "c8"}, "c8"),
        ({RecordKey("till", "member", "M1"): "c7"}, None),
        ({RecordKey("till", "member", "M1"): "c5"}, "c5"),
    ],
    ids=["id given out anew", "split", "split off with the first", "first is gone", "all gone", "merged"],
)
def test_correction_follows_the_record_with_which_the_id_stays_and_then_the_id(
    warehouse: Warehouse, owners: dict[RecordKey, str], corrected: str | None
) -> None:
    warehouse.given(
        "customer_source_record", *({**key._asdict(), "customer_id": c} for key, c in owners.items())
    )
    warehouse.given("customer_id_alias", {"old_customer_id": "c1", "customer_id": "c5"})
    correct(warehouse, (1, "family_name", "Hueber"))
    found = warehouse.rows("select customer_id from golden.golden_profile where family_name = 'Hueber'")
    assert found == ([(corrected,)] if corrected else [])


@pytest.mark.parametrize(
    ("owner", "corrected"),
    [("c1", [("c1",)]), ("c8", [])],
    ids=["the id stays without its first record", "the id left with its first record after a split"],
)
def test_correction_never_goes_over_to_whom_a_split_had_parted_off(
    warehouse: Warehouse, owner: str, corrected: list[tuple[str]]
) -> None:
    warehouse.given("customer_source_record", {**SHOP._asdict(), "customer_id": owner})
    warehouse.given("customer_id_event", {"event_number": 1, "event": "mint", "customer_id": "c1"})
    correct(warehouse, (1, "family_name", "Hueber"))
    found = "select customer_id from golden.golden_profile where family_name = 'Hueber'"
    assert warehouse.rows(found) == corrected
