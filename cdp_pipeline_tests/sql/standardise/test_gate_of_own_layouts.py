"""Layouts of our own as files: what the first gate sets aside, what it only warns of, what a second file changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights
from cdp_pipeline_tests.warehouse import shipped_project

WEB = """\
event_at,cookie_id,session_id,user_email,event,page_url,product_id,category,search_term,utm_source,utm_medium,utm_campaign
2026-05-01T10:00:00+02:00,ck1,s1,,page_view,https://shop.example/,,,,,,
2026-05-01T10:00:00+02:00,ck1,s1,,teleport,https://shop.example/,,,,,,
2026-05-01T10:00:00+02:00,,s1,,page_view,https://shop.example/,,,,,,
2026-05-01T10:00:00,ck1,s1,,page_view,https://shop.example/,,,,,,
,ck1,s1,,page_view,https://shop.example/,,,,,,
2026-05-01T10:00:00+02:00,ck1,s1,,,https://shop.example/,,,,,,
"""
TICKETS = """\
ticket_id,created_at,channel,requester_name,requester_email,requester_phone,order_id,category,priority,status,satisfaction,closed_at
T1,2026-05-01T10:00:00+02:00,email,Ann,ann@example.org,'+491713920012,#1001,invoice,low,open,,
T2,2026-05-01T10:00:00+02:00,email,Ann,ann@example.org,,#1001,invoice,low,closed,7,soon
,2026-05-01T10:00:00+02:00,email,Ann,ann@example.org,,#1001,invoice,low,open,,
T4,yesterday,email,Ann,ann@example.org,,#1001,invoice,low,open,,
T5,,email,Ann,ann@example.org,,#1001,invoice,low,open,,
"""
SPEND = """\
date,platform,campaign_id,campaign_name,currency,cost,impressions,clicks
2026-05-01,meta,c1,Spring,EUR,12.50,1000,20
2026-05-01,meta,c2,Spring,EUR,12.50,many,-2
2026-05-01,meta,c3,Spring,EUR,-12.50,1000,20
2026-05-01,meta,c4,Spring,€,12.50,1000,20
2026-05-01,meta,,Spring,EUR,12.50,1000,20
05/01/2026,meta,c6,Spring,EUR,12.50,1000,20
2026-05-01,meta,c7,Spring,EUR,,1000,20
2026-05-01,meta,c8,Spring,,12.50,1000,20
2026-05-01,,c9,Spring,EUR,12.50,1000,20
"""
PRODUCTS = """\
sku,name,category,brand,unit_cost,currency
'0815,Mug,Kitchen,Nordlicht,3.20,EUR
MUG-2,Mug,Kitchen,Nordlicht,-3.20,EUR
MUG-3,Mug,Kitchen,Nordlicht,3.20,Euro
,Mug,Kitchen,Nordlicht,3.20,EUR
"""
RATES = """\
date,currency,eur_rate
2026-05-01,USD,1.0834
2026-05-01,GBP,0
2026-05-01,CHF,"0,93"
,CHF,0.93
2026-05-01,,0.93
2026-05-01,CHF,
"""


def deliver(tmp_path: Path, layout: str, *files: str) -> LandingNights:
    """A night for each file of the layout."""
    nights = LandingNights(tmp_path, shipped_project().layouts[layout])
    for day, text in enumerate(files, start=4):
        nights.deliver(f"{layout}_2026-05-0{day}.csv", text)
        nights.run(day)
    return nights


@pytest.mark.parametrize(
    ("layout", "text", "set_aside", "warned_of"),
    [
        ("web_events", WEB, [4, 5, 6, 7], {"event": 1}),
        ("service_tickets", TICKETS, [4, 5, 6], {"closed_at": 1, "satisfaction": 1}),
        ("ad_spend", SPEND, [4, 5, 6, 7, 8, 9, 10], {"clicks": 1, "impressions": 1}),
        ("products", PRODUCTS, [5], {"currency": 1, "unit_cost": 1}),
        ("exchange_rates", RATES, [3, 4, 5, 6, 7], {}),
    ],
)
def test_harmful_records_are_set_aside_and_single_bad_fields_are_warned_of(
    tmp_path: Path, layout: str, text: str, set_aside: list[int], warned_of: dict[str, int]
) -> None:
    nights = deliver(tmp_path, layout, text)
    assert [line for (line,) in nights.rows("select line from validate.quarantine order by 1")] == set_aside
    accepted = len(text.splitlines()) - 1 - len(set_aside)
    assert nights.rows(f"select count(*) from validate.{layout}") == [(accepted,)]
    warnings = nights.rows(
        "select column_name, failing_rows from validate.result where severity = 'warning' and not is_met"
    )
    assert dict(warnings) == warned_of


def test_guards_of_spreadsheets_are_no_part_of_a_phone_or_article_number(tmp_path: Path) -> None:
    tickets = deliver(tmp_path / "tickets", "service_tickets", TICKETS)
    phones = tickets.rows("select requester_phone from validate.service_tickets where ticket_id = 'T1'")
    assert phones == [("+491713920012",)]
    products = deliver(tmp_path / "products", "products", PRODUCTS)
    assert products.rows("select min(sku) from validate.products") == [("0815",)]


@pytest.mark.parametrize(
    ("layout", "text", "old", "new", "changed"),
    [
        ("service_tickets", TICKETS, "low,open,,", "low,solved,4,2026-05-02T09:00:00Z", "status"),
        ("ad_spend", SPEND, "EUR,12.50,1000", "EUR,11.90,990", "cost"),
        ("products", PRODUCTS, "Kitchen", "Kitchenware", "category"),
        ("exchange_rates", RATES, "1.0834", "1.0900", "eur_rate"),
        ("web_events", WEB, "s1,,", "s1,ann@example.org,", "email"),
    ],
)
def test_a_record_delivered_again_is_replaced_by_its_newest_state(
    tmp_path: Path, layout: str, text: str, old: str, new: str, changed: str
) -> None:
    header, record, *_ = text.splitlines(keepends=True)
    newer = record.replace(old, new)
    nights = deliver(tmp_path, layout, header + record, header + newer)
    names = header.strip().split(",")
    column = {"email": "user_email"}.get(changed, changed)
    value = newer.strip().split(",")[names.index(column)]
    assert nights.rows(f"select {changed} from validate.{layout}") == [(value,)]
