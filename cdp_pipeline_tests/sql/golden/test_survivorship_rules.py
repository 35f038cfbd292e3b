"""Each survivorship rule alone, and what becomes of empty values."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.golden import Survivorship
from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline_tests.warehouse import Warehouse

SHIPPED: dict[str, Any] = yaml.safe_load((SHIPPED_CONFIG / "survivorship.yml").read_text(encoding="utf-8"))

Record = tuple[str, dict[str, object]]


def decided_by(column: str, rules: list[str], *records: Record, **settings: Any) -> Warehouse:
    """Build the profile of one customer, one group of columns decided by other rules than the shipped ones."""
    groups = [
        {**group, "rules": rules, **settings} if column in group["columns"] else group
        for group in SHIPPED["groups"]
    ]
    chosen = parse_contract({**SHIPPED, "groups": groups}, Survivorship, origin="survivorship.yml")
    warehouse = Warehouse()
    warehouse.on(warehouse.night.business_date, survivorship=chosen)
    for record, values in records:
        warehouse.add_record("c1", record, **values)
    warehouse.build("golden_profile")
    return warehouse


OLD_CRM = ("crm/contact/1", {"given_name": "J.", "family_name": "Ott", "updated_at": "2020-01-01"})
SHOP = ("shop/order/#1", {"given_name": "Joe", "family_name": "Ott", "updated_at": "2024-01-01"})
TILL = ("till/member/M1", {"given_name": "Joe", "family_name": "Ott", "updated_at": "2023-01-01"})
NEW_MAIL = ("email/subscriber/9", {"given_name": "Josephine", "updated_at": "2026-01-01"})


@pytest.mark.parametrize(
    ("rule", "survivor"),
    [
        ("most_recent", "Josephine"),
        ("source_priority", "J."),
        ("most_frequent", "Joe"),
        ("longest", "Josephine"),
        ("most_complete", "Joe"),
    ],
)
def test_rule_alone_decides_a_name(rule: str, survivor: str) -> None:
    warehouse = decided_by("given_name", [rule], OLD_CRM, SHOP, TILL, NEW_MAIL)
    assert warehouse.rows("select given_name from golden.golden_profile") == [(survivor,)]
    assert warehouse.rows(
        "select distinct decided_by from golden.profile_value where column_name = 'given_name' and is_survivor"
    ) == [(rule,)]


CONFIRMED = {"source_system": "email", "contact_kind": "email", "contact_value": "ann@example.org"}


def test_confirmed_address_survives_a_newer_one_that_nobody_confirmed() -> None:
    records = [
        ("email/subscriber/9", {"email": "ann@example.org", "updated_at": "2020-01-01"}),
        ("shop/order/#1", {"email": "amm@example.org", "updated_at": "2026-01-01"}),
    ]
    warehouse = decided_by("email", ["verified_first", "most_recent"], *records)
    assert warehouse.rows("select email from golden.golden_profile") == [("amm@example.org",)]
    warehouse.given("contact_verification", CONFIRMED)
    warehouse.build("golden_profile")
    assert warehouse.rows("select email from golden.golden_profile") == [("ann@example.org",)]
    assert warehouse.rows("select value, decided_by from golden.profile_value order by position") == [
        ("ann@example.org", "verified_first"),
        ("amm@example.org", "verified_first"),
    ]


def test_phone_of_a_source_that_verifies_survives_a_newer_one() -> None:
    records = [
        ("shop/customer/1", {"phone": "+4917100000001", "updated_at": "2020-01-01"}),
        ("till/member/M1", {"phone": "+4917100000002", "updated_at": "2026-01-01"}),
    ]
    warehouse = decided_by("phone", ["verified_first", "most_recent"], *records, verified_by=["shop"])
    assert warehouse.rows("select phone from golden.golden_profile") == [("+4917100000001",)]


WITH_REGION = (
    "crm/contact/1",
    {
        "street": "Ring 1",
        "postcode": "80331",
        "city": "München",
        "region": "Bayern",
        "updated_at": "2020-01-01",
    },
)
WITHOUT_REGION = (
    "shop/order/#1",
    {"street": "Weg 2", "postcode": "80335", "city": "München", "updated_at": "2026-01-01"},
)


def test_columns_survive_strictly_together_unless_empty_ones_are_filled() -> None:
    address = "select street, region from golden.golden_profile"
    together = decided_by("street", ["most_recent"], WITH_REGION, WITHOUT_REGION)
    assert together.rows(address) == [("Weg 2", None)]
    filled = decided_by("street", ["most_recent"], WITH_REGION, WITHOUT_REGION, ignore_empty="column")
    assert filled.rows(address) == [("Weg 2", "Bayern")]
    assert filled.rows(
        "select column_name, value, is_survivor, decided_by from golden.profile_value "
        "where source_system = 'crm' and column_name in ('street', 'region') order by column_name"
    ) == [("region", "Bayern", True, "fills_empty"), ("street", "Ring 1", False, "most_recent")]


def test_emptied_value_of_the_winner_empties_the_profile_only_where_empty_counts() -> None:
    emptied = ("crm/contact/1", {"birth_date": None, "updated_at": "2026-01-01"})
    filled = ("till/member/M1", {"birth_date": "1980-05-04", "updated_at": "2020-01-01"})
    born = "select cast(birth_date as varchar) from golden.golden_profile"
    ignoring = decided_by("birth_date", ["source_priority"], emptied, filled)
    assert ignoring.rows(born) == [("1980-05-04",)]
    counting = decided_by("birth_date", ["source_priority"], emptied, filled, ignore_empty="never")
    assert counting.rows(born) == [(None,)]
    assert counting.rows("select value, is_survivor, decided_by from golden.profile_value") == [
        ("1980-05-04", False, "source_priority")
    ]
