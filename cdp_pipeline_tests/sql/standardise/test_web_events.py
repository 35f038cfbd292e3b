"""Web events: what a browser did, with nothing of a person left in addresses of pages."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import Row, evaluate, rows_of, run_model

EVENT: Row = {
    "event_at": "2026-05-01T10:00:00+02:00",
    "cookie_id": "ck1",
    "session_id": "s1",
    "event": "page_view",
    "page_url": "https://shop.example/mugs",
}


def event(**changes: str | None) -> Row:
    return {**EVENT, **changes}


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://shop.example/mugs?page=2", "https://shop.example/mugs"),
        ("https://shop.example/login?email=ann@example.org", "https://shop.example/login"),
        ("https://shop.example/#ann@example.org", "https://shop.example/"),
        ("/cart;jsessionid=77?x=1", "/cart"),
        ("https://shop.example/unsubscribe/ann%40example.org/yes", "https://shop.example/unsubscribe/_/yes"),
        ("https://shop.example/u/ann%2540example.org", "https://shop.example/u/_"),
        ("https://shop.example/orders/1001", "https://shop.example/orders/_"),
        ("https://shop.example/Account/Orders/1001/items", "https://shop.example/Account/Orders/_/items"),
        ("/customers/42/order/77", "/customers/_/order/_"),
        ("/account/anna-weber", "/account/_"),
        ("/bestellung/1001", "/bestellung/_"),
        ("/reset/aB3dE5", "/reset/_"),
        ("/confirm/7f3a", "/confirm/_"),
        ("/checkouts/0123456789abcdef/pay", "/checkouts/_/pay"),
        ("/t/3f2504e0-4f89-11d3-9a0c-0305e82c3301/x", "/t/_/x"),
        ("/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", "/t/_"),
        ("/t/abcdefghijklmno1", "/t/_"),
        ("https://ann:secret@shop.example/mugs", "https://_/mugs"),
        ("/mugs?next=\nann@example.org", "/mugs"),
        ("?email=ann@example.org", None),
    ],
)
def test_a_page_stands_without_what_may_name_a_person(url: str, page: str | None) -> None:
    assert evaluate("page_of('name')", url) == page


@pytest.mark.parametrize(
    "page",
    [
        "/products/blue-enamel-mug-large-500ml-2024-05-04-bead",
        "/products/978-3-16-148410-0",
        "/collections/iphone15/B0C1234567",
        "/kitchen/geschirrspuelmaschinenzubehoer",
        "/k%C3%BCche/gl%C3%A4ser",
        "/ordering/how-to",
        "/orders/",
    ],
)
def test_pages_of_products_stay_readable(page: str) -> None:
    assert evaluate("page_of('name')", page) == page


def test_a_search_or_campaign_that_holds_an_address_is_left_out() -> None:
    typed = event(
        search_term="ann@example.org", utm_source="newsletter", utm_campaign="for ann%2540example.org"
    )
    plain = event(session_id="s2", search_term="  blue   mugs ", utm_campaign="Spring")
    columns = ["session_id", "search_term", "utm_source", "utm_campaign"]
    assert rows_of("web_event", given={"web_events": [typed, plain]}, columns=columns) == [
        ("s1", None, "newsletter", None),
        ("s2", "blue mugs", None, "Spring"),
    ]


def test_an_event_delivered_twice_counts_once_in_whatever_zone_it_is_told() -> None:
    again = event(
        event_at="2026-05-01 08:00:00 Z", page_url="https://shop.example/mugs?utm_id=7", file_id="f2"
    )
    rows = run_model("web_event", given={"web_events": [EVENT, again]}, columns=["occurred_at", "page_url"])
    assert rows == [{"occurred_at": "2026-05-01 08:00:00", "page_url": "https://shop.example/mugs"}]


@pytest.mark.parametrize(
    "other",
    [
        {"cookie_id": "ck2"},
        {"session_id": None},
        {"event": "product_view"},
        {"event_at": "2026-05-01T10:00:01+02:00"},
        {"page_url": "https://shop.example/cups"},
        {"product_id": "MUG-002"},
        {"search_term": "mug"},
    ],
)
def test_events_that_differ_in_what_happened_are_two(other: dict[str, str | None]) -> None:
    given = {"web_events": [EVENT, event(**other)]}
    assert len(rows_of("web_event", given=given, columns=["web_event_id"])) == 2


def test_two_browsers_never_share_an_event() -> None:
    given = {"web_events": [event(cookie_id="a", session_id="b|c"), event(cookie_id="a|b", session_id="c")]}
    rows = rows_of("web_event", given=given, columns=["cookie_id", "session_id", "web_event_id"])
    assert [row[:2] for row in rows] == [("a", "b|c"), ("a|b", "c")]
    assert len({web_event_id for *_, web_event_id in rows}) == 2


def test_of_an_event_delivered_twice_the_address_is_kept() -> None:
    given = {"web_events": [EVENT, event(email="Ann@Example.org", page_url="https://shop.example/mugs?a")]}
    assert rows_of("web_event", given=given, columns=["email"]) == [("ann@example.org",)]


def test_an_event_with_an_address_that_is_none_stays_without_it() -> None:
    given = {
        "web_events": [
            event(email=" Ann <Ann@Example.org>"),
            event(session_id="s2", email="ann at example"),
            event(session_id="s3"),
        ]
    }
    assert rows_of("web_event", given=given, columns=["session_id", "email"]) == [
        ("s1", "ann@example.org"),
        ("s2", None),
        ("s3", None),
    ]


def test_events_meet_whatever_their_case_and_keep_article_and_category() -> None:
    given = {"web_events": [event(event="Product_View", product_id="MUG-002", category=" Kitchen ")]}
    columns = ["source_system", "event", "sku", "category"]
    assert rows_of("web_event", given=given, columns=columns) == [
        ("web", "product_view", "MUG-002", "Kitchen"),
    ]
