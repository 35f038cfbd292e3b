"""Which handles a person has, on rows made by hand: their own values, and never somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import Engine
from cdp_pipeline.privacy.find_handles import find_handles
from cdp_pipeline.privacy.forgetting import count_rows, forget
from cdp_pipeline.privacy.handles import Handles
from cdp_pipeline_tests.unit.privacy.test_delivered_identity import LAYOUT

ANNA, BERT = "c_anna", "c_bert"

TABLES = {
    "link.customer_source_record": "source_system varchar, record_kind varchar, source_record_id varchar,"
    " customer_id varchar",
    "link.former_customer_record": "source_system varchar, record_kind varchar, source_record_id varchar,"
    " customer_id varchar",
    "link.customer_id_alias": "old_customer_id varchar, customer_id varchar",
    "standardise.contact_point": "source_system varchar, record_kind varchar, source_record_id varchar,"
    " contact_kind varchar, delivered_value varchar, contact_value varchar, is_valid boolean",
    "standardise.purchase": "source_system varchar, purchase_id varchar, record_kind varchar, source_record_id varchar",
    "standardise.web_event": "source_system varchar, cookie_id varchar, email varchar",
    "golden.cookie_owner": "source_system varchar, cookie_id varchar, customer_id varchar",
    "extract.raw_people": "source_system varchar, file_id varchar, line bigint, member_no varchar, email varchar,"
    " phone varchar, blocked varchar, city varchar",
}

ROWS = {
    "link.customer_source_record": [("shop", "member", "1", ANNA), ("shop", "member", "2", BERT)],
    "link.former_customer_record": [("shop", "member", "8", ANNA), ("shop", "member", "2", ANNA)],
    "link.customer_id_alias": [("c_old", ANNA), ("c_other", BERT)],
    "standardise.contact_point": [
        ("shop", "member", "1", "email", "Anna@x.org", "anna@x.org", True),
        ("shop", "member", "1", "email", "family@x.org", "family@x.org", True),
        ("shop", "member", "2", "email", "family@x.org", "family@x.org", True),
        ("shop", "member", "1", "email", "test@test.com", None, False),
        ("shop", "member", "1", "phone", "0171 3920009", "+491713920009", True),
    ],
    "standardise.purchase": [("shop", "#1", "member", "1"), ("shop", "#2", "member", "2")],
    "standardise.web_event": [
        ("web", "k1", "anna@x.org"),
        ("web", "k2", "anna@x.org"),
        ("web", "k2", "bert@x.org"),
    ],
    "golden.cookie_owner": [("web", "k3", ANNA)],
    "extract.raw_people": [
        ("shop", "f", 1, "1", "old.anna@x.org", "0171 3920009", None, None),
        ("shop", "f", 2, "1", "test@test.com", None, None, None),
        ("shop", "f", 3, "2", "family@x.org", None, None, None),
        ("shop", "g", 9, "77", "old.anna@x.org", None, None, None),
    ],
}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.create_schemas(sorted({table.partition(".")[0] for table in TABLES}))
        for table, columns in TABLES.items():
            engine.execute(f"create table {table} ({columns})")
            for row in ROWS[table]:
                engine.execute(f"insert into {table} values ({', '.join('?' for _ in row)})", row)
        yield engine


def handles_of(engine: Engine, *customers: str, layouts: dict[str, Layout] | None = None) -> Handles:
    return find_handles(engine, customers, layouts=layouts, countries={"shop": "DE"})


def test_records_of_today_and_of_before_are_handles_unless_another_has_them_now(engine: Engine) -> None:
    records = {handle.value for handle in handles_of(engine, ANNA).of_kind("record")}
    assert records == {"1", "8"}


def test_ids_that_were_merged_into_the_customer_are_handles(engine: Engine) -> None:
    assert handles_of(engine, ANNA).customer_ids == ["c_anna", "c_old"]


def test_a_shared_address_is_no_handle_until_the_last_goes(engine: Engine) -> None:
    def contacts(*customers: str) -> set[str]:
        return {handle.value for handle in handles_of(engine, *customers).of_kind("contact")}

    assert contacts(ANNA) == {"anna@x.org", "+491713920009"}
    assert "family@x.org" in contacts(ANNA, BERT)


def test_purchases_and_browsers_are_handles_where_nobody_else_was_known(engine: Engine) -> None:
    handles = handles_of(engine, ANNA)
    assert [handle.value for handle in handles.of_kind("purchase")] == ["#1"]
    assert {handle.value for handle in handles.of_kind("cookie")} == {"k1", "k3"}


def test_old_deliveries_tell_old_addresses_and_other_records_but_no_placeholders(engine: Engine) -> None:
    handles = handles_of(engine, ANNA, layouts={"people": LAYOUT})
    assert "old.anna@x.org" in {handle.value for handle in handles.of_kind("contact")}
    assert not any("test@test.com" in handle.value for handle in handles.rows)
    assert {(handle.name, handle.value) for handle in handles.of_kind("line")} == {
        ("f", "1"),
        ("f", "2"),
        ("g", "9"),
    }


def test_a_record_of_another_customer_stays_whatever_address_it_held_once(engine: Engine) -> None:
    engine.execute(
        "insert into extract.raw_people values ('shop', 'f', 4, '2', 'anna@x.org', null, null, null)"
    )
    handles = handles_of(engine, ANNA, layouts={"people": LAYOUT})
    assert ("f", "4") not in {(handle.name, handle.value) for handle in handles.of_kind("line")}
    assert "2" not in {handle.value for handle in handles.of_kind("record")}


def test_a_number_is_known_in_the_spellings_of_its_country_and_of_the_world(engine: Engine) -> None:
    spelled = {handle.value for handle in handles_of(engine, ANNA).of_kind("identity")}
    assert {"phone|491713920009", "phone|DE|1713920009"} <= spelled


def test_an_address_of_no_customer_is_found_as_such(engine: Engine) -> None:
    handles = find_handles(engine, [], [("email", "old.anna@x.org")], layouts={"people": LAYOUT})
    assert ("g", "9") in {(handle.name, handle.value) for handle in handles.of_kind("line")}
    assert handles.customer_ids == []


def test_forgetting_deletes_the_rows_of_the_person_and_no_others(engine: Engine) -> None:
    handles = handles_of(engine, ANNA, layouts={"people": LAYOUT})
    counted = count_rows(engine, handles)
    with engine.transaction():
        assert forget(engine, handles) == counted
    assert engine.fetch_column("select source_record_id from link.customer_source_record") == ["2"]
    assert engine.fetch_column("select delivered_value from standardise.contact_point") == ["family@x.org"]
    assert engine.fetch_column("select line from extract.raw_people") == [3]
    assert engine.fetch_column("select email from standardise.web_event") == ["bert@x.org"]
    with engine.transaction():
        assert forget(engine, handles) == {}


def test_a_table_with_a_rule_of_its_own_forgets_by_it(engine: Engine) -> None:
    handles = handles_of(engine, ANNA)
    asked = []

    def keep(_: Engine, table: str) -> int:
        asked.append(table)
        return 0

    forget(engine, handles, own_rules={"standardise.purchase": keep})
    assert asked == ["standardise.purchase"]
    assert engine.row_count("standardise.purchase") == 2


def test_handles_outlive_a_journal(engine: Engine) -> None:
    handles = handles_of(engine, ANNA, layouts={"people": LAYOUT})
    assert Handles.from_json(handles.to_json()) == handles
