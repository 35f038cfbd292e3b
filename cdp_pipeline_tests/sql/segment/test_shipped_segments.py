"""Who is in the shipped segments, and who only looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.warehouse import Warehouse

TITLES = {
    "one_time_buyers": "One-time buyers ripe for a second purchase",
    "high_value": "High value",
    "high_value_at_risk": "High value at risk",
    "email_engaged": "E-mail engaged",
    "store_only": "Store only",
    "web_only": "Web only",
    "kitchen_fans": "Kitchen fans",
    "recent_complainers": "Recent complainers",
}


class Customers:
    """Customers by name on 2026-05-04; whoever does something has a profile."""

    def __init__(self) -> None:
        self.warehouse = Warehouse(Stage.SEGMENT)
        self.facts: dict[str, list[dict[str, Any]]] = {}

    def add(self, table: str, customer_id: str, **values: Any) -> str:
        rows = self.facts.setdefault(table, [])
        rows.append({"source_system": "s", "customer_id": customer_id, **values})
        return str(len(rows))

    def buys(
        self,
        customer_id: str,
        *days: str,
        amount: str = "10.00",
        channel: str = "shop",
        category: str = "Desk",
    ) -> None:
        for day in days:
            purchase_id = f"{customer_id}/{day}/{category}"
            money = {"currency": "EUR", "net_amount": amount, "net_amount_eur": amount, "status": "paid"}
            fact = {"purchased_on": day, "purchase_id": purchase_id, "channel": channel}
            self.add("golden.customer_purchase", customer_id, **fact, **money)
            line = {"source_system": "s", "purchase_id": purchase_id, "line_number": 1, "quantity": 1}
            lines = self.facts.setdefault("standardise.purchase_line", [])
            lines.append({**line, "category": category, "line_amount": amount})

    def mail(self, customer_id: str, event: str, day: str, campaign_id: str = "k1") -> None:
        number = f"{customer_id}/{event}/{day}/{campaign_id}"
        fact = {"email_event_id": number, "event": event, "occurred_at": day, "campaign_id": campaign_id}
        self.add("golden.customer_email_event", customer_id, **fact)

    def ticket(self, customer_id: str, opened_at: str, *, is_complaint: bool = True) -> None:
        fact = {"interaction_id": f"{customer_id}/{opened_at}", "is_complaint": is_complaint}
        self.add("golden.customer_service_interaction", customer_id, opened_at=opened_at, **fact)

    def members(self, segment: str) -> set[str]:
        names = {row["customer_id"] for rows in self.facts.values() for row in rows if "customer_id" in row}
        self.warehouse.given("golden.golden_profile", *({"customer_id": name} for name in sorted(names)))
        for table, rows in self.facts.items():
            self.warehouse.given(table, *rows)
        self.warehouse.build("segment")
        members = f"select customer_id from segment.segment_member where segment = '{segment}'"
        return {name for (name,) in self.warehouse.rows(members)}


@pytest.fixture
def customers() -> Customers:
    return Customers()


def test_one_time_buyers_bought_once_and_neither_just_now_nor_long_ago(customers: Customers) -> None:
    customers.buys("ripe", "2026-03-01")
    customers.buys("ripe since today", "2026-04-04")
    customers.buys("too early", "2026-04-05")
    customers.buys("too late", "2025-11-04")
    customers.buys("bought twice", "2026-03-01", "2026-03-02")
    assert customers.members("one_time_buyers") == {"ripe", "ripe since today"}


def add_small_buyers(customers: Customers, count: int) -> None:
    for number in range(count):
        customers.buys(f"small {number:02}", "2026-04-01", amount="1.00")


def test_high_value_is_the_top_tenth_of_the_last_year(customers: Customers) -> None:
    add_small_buyers(customers, 18)
    customers.buys("best", "2026-04-01", amount="500.00")
    customers.buys("second", "2026-04-01", amount="400.00")
    customers.buys("best of old times", "2025-05-01", amount="9000.00")
    assert customers.members("high_value") == {"best", "second"}


def test_high_value_at_risk_is_late_against_its_own_rhythm(customers: Customers) -> None:
    add_small_buyers(customers, 35)
    customers.buys("monthly and late", "2025-12-01", "2025-12-31", "2026-01-30", amount="300.00")
    customers.buys("yearly and in time", "2024-02-01", "2025-02-01", "2026-01-10", amount="900.00")
    customers.buys("no habit, gone long", "2025-12-20", amount="800.00")
    customers.buys("no habit, seen lately", "2026-02-20", amount="800.00")
    customers.buys("late but small", "2025-12-01", "2025-12-31", "2026-01-30", amount="2.00")
    assert customers.members("high_value_at_risk") == {"monthly and late", "no habit, gone long"}
    unknown = "select unknown_count from segment.segment_size where segment = 'high_value_at_risk'"
    assert customers.warehouse.rows(unknown) == [(0,)]


def test_email_engaged_clicks_or_opens_three_campaigns(customers: Customers) -> None:
    customers.mail("clicks", "clicked", "2026-04-01")
    for campaign in ("k1", "k2", "k3"):
        customers.mail("opens three", "opened", "2026-04-01", campaign)
        customers.mail("opens one thrice", "opened", f"2026-04-0{campaign[1]}")
        customers.mail("opened long ago", "opened", "2026-01-01", campaign)
        customers.mail("opens and reports", "opened", "2026-04-01", campaign)
    customers.mail("opens and reports", "complained", "2026-04-02")
    customers.mail("gets them only", "delivered", "2026-04-01")
    assert customers.members("email_engaged") == {"clicks", "opens three"}


@pytest.mark.parametrize(("segment", "channel"), [("store_only", "till"), ("web_only", "shop")])
def test_store_only_and_web_only_buy_there_alone_and_lately(
    customers: Customers, segment: str, channel: str
) -> None:
    other = {"till": "shop", "shop": "till"}[channel]
    customers.buys("always there", "2026-04-01", "2026-04-02", channel=channel)
    customers.buys("always elsewhere", "2026-04-01", channel=other)
    customers.buys("once elsewhere", "2026-04-01", channel=channel)
    customers.buys("once elsewhere", "2024-04-01", channel=other)
    customers.buys("long ago", "2025-05-03", channel=channel)
    customers.mail("never bought", "clicked", "2026-04-01")
    assert customers.members(segment) == {"always there"}


def test_kitchen_fans_buy_half_or_more_for_the_kitchen(customers: Customers) -> None:
    customers.buys("fan", "2026-04-01", "2026-04-02", category="Kitchen")
    customers.buys("half a fan", "2026-04-01", "2026-04-02", category="Kitchen")
    customers.buys("half a fan", "2026-03-01", "2026-03-02", category="Desk")
    customers.buys("most, not half", "2026-04-01", "2026-04-02", category="Kitchen")
    customers.buys("most, not half", "2026-03-01", category="Desk")
    customers.buys("most, not half", "2026-03-01", category="Living")
    customers.buys("most, not half", "2026-03-01", category="Gifts")
    customers.buys("bought one pan", "2026-04-01", category="Kitchen")
    customers.buys("desk fan", "2026-04-01", "2026-04-02", category="Desk")
    assert customers.members("kitchen_fans") == {"fan", "half a fan"}


def test_recent_complainers_have_a_complaint_or_a_spam_report_of_30_days(customers: Customers) -> None:
    customers.ticket("complains", "2026-04-05")
    customers.ticket("complained before", "2026-04-04")
    customers.ticket("asks", "2026-05-01", is_complaint=False)
    customers.mail("reports spam", "complained", "2026-05-01")
    customers.mail("unsubscribes", "unsubscribed", "2026-05-01")
    assert customers.members("recent_complainers") == {"complains", "reports spam"}


@pytest.mark.parametrize("segment", TITLES)
def test_segment_explains_itself_in_two_languages(customers: Customers, segment: str) -> None:
    file = customers.warehouse.night.project.segments[segment]
    assert file.title.en == TITLES[segment]
    texts = (file.title.en, file.title.de, file.description.en, file.description.de)
    assert len(set(texts)) == 4
    assert all(texts)
