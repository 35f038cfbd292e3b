"""Facts by customer: money in euros, lines, ids of other systems, and where somebody was met."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cdp_pipeline_tests.warehouse import Warehouse


def shop_customer() -> Warehouse:
    warehouse = Warehouse()
    warehouse.add_record("c1", "shop/order/#1", email="ann@example.org", updated_at="2026-04-01")
    rates = [("2026-03-31", "1.10"), ("2026-04-02", "1.20")]
    warehouse.given("exchange_rate", *({"currency": "USD", "valid_on": d, "eur_rate": r} for d, r in rates))
    return warehouse


def test_purchase_is_worth_euros_by_the_last_rate_before_it() -> None:
    warehouse = shop_customer()
    warehouse.add_purchase("shop/order/#1", "A", "2026-04-01 10:00", "11.00", currency="USD")
    warehouse.add_purchase("shop/order/#1", "B", "2026-04-13 10:00", "11.00", currency="USD")
    warehouse.add_purchase("shop/order/#1", "C", "2026-04-01 10:00", "10.00", currency="EUR")
    warehouse.build("customer_purchase")
    assert warehouse.rows(
        "select purchase_id, eur_rate, net_amount_eur from golden.customer_purchase order by purchase_id"
    ) == [
        ("A", Decimal("1.100000"), Decimal("10.00")),
        ("B", None, None),
        ("C", Decimal("1.000000"), Decimal("10.00")),
    ]


def test_lines_come_with_customer_category_brand_and_euros() -> None:
    warehouse = shop_customer()
    warehouse.add_purchase("shop/order/#1", "A", "2026-04-01 10:00", "33.00", currency="USD")
    line = {"source_system": "shop", "purchase_id": "A", "product_name": "Pan", "quantity": 1}
    kitchen = {"category": "Kitchen", "brand": "Gusswerk", "line_amount": "33.00"}
    warehouse.given(
        "purchase_line",
        {**line, "line_number": 1, **kitchen, "currency": "USD"},
        {**line, "line_number": 2, **kitchen, "currency": "CHF"},
        {**line, "line_number": 1, **kitchen, "purchase_id": "nobody's"},
    )
    warehouse.build("customer_purchase_line")
    assert warehouse.rows(
        "select customer_id, line_number, category, brand, line_amount_eur, purchased_on"
        " from golden.customer_purchase_line order by line_number"
    ) == [
        ("c1", 1, "Kitchen", "Gusswerk", Decimal("30.00"), date(2026, 4, 1)),
        ("c1", 2, "Kitchen", "Gusswerk", None, date(2026, 4, 1)),
    ]


def visit(cookie: str, at: str, email: str | None = None) -> dict[str, str | None]:
    fixed = {"source_system": "web", "event": "page_view", "web_event_id": f"{cookie}{at}"}
    return {**fixed, "cookie_id": cookie, "occurred_at": at, "email": email}


def test_ids_of_other_systems_stand_together_with_browsers_from_before_they_were_known() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/003A", email="ann@example.org", updated_at="2024-01-01")
    for record in ("till/member/LC-1", "till/till_customer/T9"):
        warehouse.add_record("c1", record, updated_at="2025-01-01")
        key = dict(zip(("source_system", "record_kind", "source_record_id"), record.split("/"), strict=True))
        warehouse.add("external_id", {**key, "id_kind": "loyalty_number", "id_value": "LC-1"})
    warehouse.given(
        "web_event",
        visit("k1", "2026-01-01"),
        visit("k1", "2026-02-01", "ann@example.org"),
        visit("k2", "2026-02-01"),
    )
    warehouse.build("customer_external_id")
    assert warehouse.rows(
        "select id_kind, id_value, source_system, record_count, first_seen_at::varchar, known_since::varchar"
        " from golden.customer_external_id order by all"
    ) == [
        ("cookie", "k1", "web", 0, "2026-01-01 00:00:00", "2026-02-01 00:00:00"),
        ("crm_id", "003A", "crm", 1, "2024-01-01 00:00:00", None),
        ("loyalty_number", "LC-1", "till", 2, "2025-01-01 00:00:00", None),
    ]


def test_each_channel_tells_when_somebody_was_met_there_first_and_last() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", email="ann@example.org", updated_at="2024-01-01")
    warehouse.add_record("c1", "shop/order/#1", updated_at="2025-05-01")
    warehouse.add_record("c1", "partner/person/7", updated_at="2023-01-01")
    warehouse.add_purchase("shop/order/#1", "A", "2025-05-01", "10")
    warehouse.add_purchase("shop/order/#1", "B", "2025-07-01", "10")
    warehouse.add_email_event("ann@example.org", "sent", "2026-03-01")
    warehouse.add_email_event("ann@example.org", "clicked", "2026-02-01")
    warehouse.given("web_event", visit("k1", "2026-01-01", "ann@example.org"))
    ticket = {"source_system": "service", "interaction_id": "T-1", "email": "ann@example.org"}
    warehouse.given("service_interaction", {**ticket, "opened_at": "2026-04-01"})
    warehouse.build("channel_presence")
    assert warehouse.rows(
        "select channel, cast(first_seen_at as date)::varchar, cast(last_seen_at as date)::varchar,"
        " record_count, event_count from golden.channel_presence order by channel"
    ) == [
        ("crm", "2024-01-01", "2024-01-01", 1, 0),
        ("email", "2026-02-01", "2026-02-01", 0, 1),
        ("other", "2023-01-01", "2023-01-01", 1, 0),
        ("service", "2026-04-01", "2026-04-01", 0, 1),
        ("shop", "2025-05-01", "2025-07-01", 0, 2),
        ("web", "2026-01-01", "2026-01-01", 0, 1),
    ]
