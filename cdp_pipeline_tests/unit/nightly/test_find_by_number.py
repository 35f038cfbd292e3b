"""A customer is found by phone number in any usual spelling, and by order number; several are listed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.find_customer import UnknownCustomerError, find_customer

TABLES = {
    "golden.golden_profile": "values ('c_10420000000000000000', 'DE'), ('c_22', 'AT'), ('c_33', null)"
    " as customer(customer_id, country)",
    "golden.customer_contact": "values ('c_10420000000000000000', 'phone', '+49891234567', true),"
    " ('c_22', 'phone', '+436641234504', true), ('c_22', 'phone', '+498999998120', true),"
    " ('c_33', 'phone', '+498999998120', true) as contact(customer_id, contact_kind, contact_value, is_valid)",
    "golden.customer_purchase": "values ('c_22', 'shop', '#1042'), ('c_33', 'till', 'YMlhIJNj'),"
    " ('c_22', 'shop', '#7'), ('c_33', 'other_shop', '7') as purchase(customer_id, source_system, purchase_id)",
    "link.customer_id_alias": "select '' as old_customer_id, '' as customer_id, null as merged_on where false",
    "link.customer_id_event": "select '' as customer_id, '' as event, null as business_date where false",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.create_schemas(["golden", "link"])
        for table, rows in TABLES.items():
            engine.replace_table(table, rows if rows.startswith("select") else f"select * from ({rows})")
        yield engine


@pytest.mark.parametrize(
    ("question", "customer_id", "way"),
    [
        ("+49 89 1234567", "c_10420000000000000000", "found by phone number"),
        ("0049 (89) 123 45-67", "c_10420000000000000000", "found by phone number"),
        ("089/12 34 567", "c_10420000000000000000", "found by phone number"),
        ("0664/1234504", "c_22", "found by phone number"),
        ("06641234504", "c_22", "found by phone number"),
        ("#1042", "c_22", "found by order number"),
        ("1042", "c_22", "found by order number"),
        ("YMlhIJNj", "c_33", "found by order number"),
        ("c_1042", "c_10420000000000000000", ""),
        ("10420", "c_10420000000000000000", ""),
        ("1042000000", "c_10420000000000000000", ""),
    ],
)
def test_number_leads_to_its_customer(engine: Engine, question: str, customer_id: str, way: str) -> None:
    found = find_customer(engine, question)
    assert (found.customer_id, found.way) == (customer_id, way)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("089 99998120", "2 customers have this phone number: c_22, c_33. Name one of them."),
        ("7", "2 customers have an order of this number: c_22, c_33. Name one of them."),
        ("+49 30 5555555", "No customer has this phone number in the published night."),
        ("#9999", "No customer id begins with #9999. A record key such as"),
    ],
)
def test_number_of_nobody_or_of_several_is_answered_without_repeating_a_phone(
    engine: Engine, question: str, answer: str
) -> None:
    with pytest.raises(UnknownCustomerError) as refusal:
        find_customer(engine, question)
    assert str(refusal.value).startswith(answer)
    assert "5555555" not in str(refusal.value)
