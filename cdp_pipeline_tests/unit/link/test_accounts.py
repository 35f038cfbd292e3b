"""Lists that name a person once: two of their records speak against one person."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.link.accounts import MAX_REPEATED_SHARE, MINIMUM_PEOPLE
from cdp_pipeline.link.splink_model import read_model, settings
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse
from cdp_pipeline_tests.unit.link.link_workspace import open_records

GIVEN = ("Anna", "Bernd", "Clara", "Dieter", "Emil")
CRM, CARDS, ORDERS = "crm/contact", "loyalty/member", "shop/order"
PEOPLE = 40
TOLERATED = int(PEOPLE * MAX_REPEATED_SHARE)


def listed(of_list: str, people: int = PEOPLE, twice: int = 0) -> list[SourceRecord]:
    """Records of a list that names so many people, the first of them twice; `crm/contact` has c0, c1, …"""
    source, kind = of_list.split("/")
    once = [
        SourceRecord(
            f"{source[0]}{n}",
            GIVEN[n % 5],
            f"Family{chr(97 + n // 26)}{chr(97 + n % 26)}",
            email=f"p{n}@example.org",
            source=source,
            kind=kind,
        )
        for n in range(people)
    ]
    return [*once, *(dataclasses.replace(record, id=f"{record.id}again") for record in once[:twice])]


def accounts(warehouse: Warehouse, *lists: Sequence[SourceRecord]) -> dict[str, int]:
    """Return the lists that count as accounts, each with the number of its records."""
    with open_records(warehouse, *(record for records in lists for record in records)) as workspace:
        workspace.join_by_rules()
        joined = workspace.engine.fetch_all("select record, cluster from assignment where cluster <> record")
        ids = dict(workspace.engine.fetch_all("select record, source_record_id from record"))
        workspace.create_nodes({ids[record]: ids[first] for record, first in joined})
        rows = workspace.engine.fetch_all("select account, count(*) from account group by account")
        return dict(rows)


def test_lists_of_people_are_accounts_and_orders_are_not(warehouse: Warehouse) -> None:
    orders = listed(ORDERS, twice=PEOPLE)
    assert accounts(warehouse, listed(CRM), listed(CARDS), orders) == {CRM: PEOPLE, CARDS: PEOPLE}


@pytest.mark.parametrize("beyond", [False, True])
def test_a_list_may_name_a_few_people_twice(warehouse: Warehouse, *, beyond: bool) -> None:
    found = accounts(warehouse, listed(CRM, twice=TOLERATED + beyond), listed(CARDS), listed("till/receipt"))
    assert (CRM in found) != beyond
    assert found[CARDS] == PEOPLE


@pytest.mark.parametrize("people", [MINIMUM_PEOPLE - 1, MINIMUM_PEOPLE])
def test_few_people_show_nothing(warehouse: Warehouse, people: int) -> None:
    found = accounts(warehouse, listed(CRM, people), listed(CARDS), listed("till/receipt"))
    assert (CRM in found) == (people == MINIMUM_PEOPLE)


def test_records_without_a_name_are_nobodys_account(warehouse: Warehouse) -> None:
    sign_ups = [dataclasses.replace(r, given=None, family=None) for r in listed("news/subscriber")]
    assert set(accounts(warehouse, listed(CRM), listed(CARDS), sign_ups)) == {CRM, CARDS}


def test_a_single_list_of_people_tells_nothing(warehouse: Warehouse) -> None:
    assert accounts(warehouse, listed(CRM)) == {}
    assert accounts(warehouse, listed(CRM), listed(ORDERS, twice=PEOPLE)) == {}


def test_two_accounts_of_one_list_speak_against_one_person(warehouse: Warehouse) -> None:
    with open_records(warehouse, *listed(CRM), *listed(CARDS), *listed(ORDERS, people=5)) as workspace:
        workspace.create_nodes()
        pairs = {
            ("c0", "c5"): "two accounts of one list",
            ("c0", "l5"): "differs",
            ("c0", "s1"): None,  # an order is no account
        }
        levels = workspace.levels(settings({}).create_settings_dict("duckdb"), pairs)
        assert {pair: of_pair["account"] for pair, of_pair in levels.items()} == pairs

        committed = read_model(SHIPPED_CONFIG / "linkage" / "model.json").settings
        weight = {
            pair: part["match_weight"]
            for pair, (_, parts) in workspace.weights(committed, pairs).items()
            for part in parts
            if part["comparison"] == "account"
        }
        assert weight["c0", "c5"] < -1
        assert weight["c0", "l5"] > 0
        assert weight["c0", "s1"] == 0
