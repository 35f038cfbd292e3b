"""What a customer did and left, as `cdp explain` tells it: complete for programs, the newest on the terminal."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from datetime import date
from typing import Any

import pytest
from rich.console import Console

from cdp_pipeline.explain_screen.facts import show_facts
from cdp_pipeline.nightly.explain import Explanation
from cdp_pipeline.nightly.explain.contacts import contact_states
from cdp_pipeline.nightly.explain.facts import FACTS
from cdp_pipeline.nightly.explain.page import as_document
from cdp_pipeline.nightly.explain.profile import profile_lines
from cdp_pipeline_tests.warehouse import Warehouse

ANNA, SHOP = "crm/contact/1", "shop/customer/7"


def explanation(**facts: Any) -> Explanation:
    """An explanation that holds nothing but what is given."""
    fields: dict[str, Any] = {field.name: [] for field in dataclasses.fields(Explanation)}
    named = {"project": "by_hand", "business_date": date(2026, 5, 4), "customer_id": "c1", "way": ""}
    return Explanation(**{**fields, **named, "profile": {}, "match_threshold": 0.0, **facts})


@pytest.fixture(scope="module")
def anna() -> Explanation:
    """One customer who bought seven times, moved, called once, and visited before and after a login."""
    warehouse = Warehouse()
    address = {"street": "Ring 1", "postcode": "80331", "city": "München", "country": "DE"}
    warehouse.add_record("c1", ANNA, email="anna@example.org", **address, updated_at="2026-01-01")
    warehouse.add_record("c1", SHOP, **{**address, "street": "Weg 2"}, updated_at="2020-01-01")
    for month in range(1, 8):
        warehouse.add_purchase(SHOP, f"#{month}", f"2025-{month:02}-01 10:00", "12.00", currency="USD")
    warehouse.given("exchange_rate", {"currency": "USD", "valid_on": "2025-07-01", "eur_rate": "1.2"})
    line = {"source_system": "shop", "purchase_id": "#7", "product_name": "Pan", "currency": "USD"}
    warehouse.given(
        "purchase_line",
        {**line, "line_number": 1, "quantity": "2.000", "category": "Kitchen", "brand": "Gusswerk"},
        {**line, "line_number": 2, "quantity": None, "product_name": None, "sku": "LID-1"},
    )
    for event, at in (("delivered", "2026-02-01"), ("opened", "2026-02-02"), ("opened", "2026-02-03")):
        warehouse.add_email_event("anna@example.org", event, at)
    ticket = {"source_system": "service", "interaction_id": "T-1", "email": "anna@example.org"}
    warehouse.given(
        "service_interaction",
        {
            **ticket,
            "opened_at": "2026-03-01",
            "category": "delivery",
            "is_complaint": True,
            "satisfaction": 2,
        },
    )
    visit = {"source_system": "web", "cookie_id": "k1", "session_id": "s1", "event": "page_view"}
    warehouse.given(
        "web_event",
        {**visit, "web_event_id": "1", "occurred_at": "2026-01-01"},
        {**visit, "web_event_id": "2", "occurred_at": "2026-01-02"},
        {**visit, "web_event_id": "3", "occurred_at": "2026-01-03", "session_id": "s2", "event": "login",
         "email": "anna@example.org"},
    )  # fmt: skip
    warehouse.build("golden")
    facts = {name: warehouse.engine.fetch_arrow(query, ["c1"]).to_pylist() for name, query in FACTS.items()}
    return explanation(**facts)


def screen(explained: Explanation) -> str:
    console = Console(file=io.StringIO(), width=160, color_system=None)
    show_facts(explained, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_terminal_shows_the_newest_purchases_and_how_many_there_are(anna: Explanation) -> None:
    shown = screen(anna)
    assert "Purchases: 7, the newest 5; --html and --json hold all" in shown
    assert re.search(r"2025-07-01 10:00 +shop +#7 +12.00 USD \(10.00 EUR\) +paid", shown)
    assert re.search(r"2025-03-01 10:00 +shop +#3 +12.00 USD +paid", shown), "no rate, no euros"
    assert "#2" not in shown
    assert "2 × Pan (Kitchen, Gusswerk)" in shown
    assert "LID-1" in shown


def test_addresses_ids_and_channels_tell_from_when_to_when(anna: Explanation) -> None:
    shown = screen(anna)
    assert re.search(r"Ring 1, 80331 München, DE +the profile's \(home\) +2026-01-01", shown)
    assert re.search(r"Weg 2, 80331 München, DE +current \(home\) +2020-01-01", shown)
    assert re.search(r"cookie +k1 +web +2026-01-01 to 2026-01-03, known since 2026-01-03", shown)
    assert re.search(r"shop +2020-01-01 to 2025-07-01 +1 record, 7 events", shown)


def test_mails_requests_and_visits_are_told_in_words(anna: Explanation) -> None:
    shown = screen(anna)
    assert "delivered, opened × 2" in shown
    assert re.search(r"T-1 +delivery +no status, satisfaction 2 of 5, a complaint", shown)
    assert re.search(r"2026-01-01 00:00 +page view × 2 +browser k1, known by its other visits", shown)
    assert re.search(r"2026-01-03 00:00 +login +browser k1, known by e-mail", shown)


def test_json_and_page_hold_all(anna: Explanation) -> None:
    document = json.loads(json.dumps(dataclasses.asdict(anna), default=str))
    assert [row["purchase_id"] for row in document["purchases"]] == [f"#{month}" for month in range(7, 0, -1)]
    assert [line["line_number"] for line in document["purchases"][0]["lines"]] == [1, 2]
    assert [len(row["events"]) for row in document["visits"]] == [1, 2]
    page = as_document(anna)
    assert len(page["purchases"]) == 7
    assert page["visits"][1]["counts"] == "page view × 2"


def test_who_did_nothing_is_told_so() -> None:
    assert screen(explanation()).count("nothing") == 7


def value(
    column: str, text: str, decided_by: str, source: str = "crm", *, wins: bool = False
) -> dict[str, Any]:
    key = {"source_system": source, "record_kind": "contact", "source_record_id": "1"}
    return {**key, "column_name": column, "value": text, "decided_by": decided_by, "is_survivor": wins}


def test_correction_is_told_with_its_number_and_what_lost_to_it() -> None:
    record = {"label": "R1", "source_system": "crm", "record_kind": "contact", "source_record_id": "1"}
    explained = explanation(
        profile={"family_name": "Hueber", "birth_date": None},
        records=[record],
        values=[
            value("family_name", "Hueber", "manual_correction", "manual_correction", wins=True),
            value("family_name", "Huber", "manual_correction"),
            value("birth_date", "1980-05-04", "manual_correction"),
        ],
    )
    lines = [(row["value"], row["labels"], row["decided_by"]) for row in profile_lines(explained)]
    assert lines == [
        ("Hueber", [], "correction 1"),
        ("Huber", ["R1"], "lost to a correction"),
        (None, [], "emptied by a correction"),
        ("1980-05-04", ["R1"], "lost to a correction"),
    ]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("recycled", ["reachable", "confirmed on 2025-01-10", "recycled: somebody else has it now"]),
        ("shared", ["reachable", "confirmed on 2025-01-10", "shared by 2 customers"]),
    ],
)
def test_contact_tells_who_else_has_it_and_whether_it_was_confirmed(status: str, words: list[str]) -> None:
    contact = {"is_valid": True, "delivery_state": "reachable", "is_shared": True, "customer_count": 2}
    assert contact_states({**contact, "contact_status": status, "verified_at": date(2025, 1, 10)}) == words
