"""Ad spend, products and exchange rates: money and what turns it into other money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cdp_pipeline_tests.warehouse import Row, rows_of

SPEND: Row = {
    "spent_on": "2026-05-01",
    "platform": "Meta",
    "campaign_id": "c1",
    "campaign_name": "Spring",
    "currency": "eur",
    "cost": "12.345",
    "impressions": "1000",
    "clicks": "20",
}
ARTICLE: Row = {
    "sku": "MUG-002",
    "product_name": "Mug",
    "category": "Kitchen",
    "brand": "Nordlicht",
    "unit_cost": "3.20",
    "currency": "EUR",
}
RATE: Row = {"valid_on": "2026-05-01", "currency": "usd", "eur_rate": "1.0834"}


def test_spend_is_money_in_the_campaigns_currency() -> None:
    columns = ["spent_on", "platform", "currency", "cost", "impressions", "clicks"]
    assert rows_of("standardise.ad_spend", given={"ad_spend": [SPEND]}, columns=columns) == [
        (date(2026, 5, 1), "meta", "EUR", Decimal("12.35"), 1000, 20)
    ]


def test_a_count_that_is_no_number_is_left_out_and_the_cost_stays() -> None:
    given = {"ad_spend": [{**SPEND, "impressions": "1,000", "clicks": None}]}
    assert rows_of("standardise.ad_spend", given=given, columns=["cost", "impressions", "clicks"]) == [
        (Decimal("12.35"), None, None)
    ]


def test_two_spellings_of_a_platform_are_one_and_the_newest_figure_counts() -> None:
    newer = {**SPEND, "platform": "META", "cost": "11.00", "delivered_on": "2026-05-05", "file_id": "z"}
    for rows in ([SPEND, newer], [newer, SPEND]):
        assert rows_of("standardise.ad_spend", given={"ad_spend": rows}, columns=["platform", "cost"]) == [
            ("meta", Decimal("11.00"))
        ]


def test_a_cost_in_no_readable_currency_is_left_out_and_the_article_stays() -> None:
    given = {
        "products": [
            ARTICLE,
            {**ARTICLE, "sku": "A", "currency": "€"},
            {**ARTICLE, "sku": "B", "unit_cost": "-1.00"},
            {**ARTICLE, "sku": "C", "currency": None},
        ]
    }
    columns = ["sku", "category", "brand", "unit_cost", "currency"]
    assert rows_of("product", given=given, columns=columns) == [
        ("A", "Kitchen", "Nordlicht", None, None),
        ("B", "Kitchen", "Nordlicht", None, "EUR"),
        ("C", "Kitchen", "Nordlicht", Decimal("3.20"), "EUR"),
        ("MUG-002", "Kitchen", "Nordlicht", Decimal("3.20"), "EUR"),
    ]


def test_one_rate_a_day_and_currency_whichever_source_delivers_it() -> None:
    bank = {**RATE, "source_system": "bank", "eur_rate": "1.09", "delivered_on": "2026-05-03", "file_id": "a"}
    next_day = {**RATE, "valid_on": "2026-05-02", "eur_rate": ".9"}
    given = {"exchange_rates": [RATE, bank, next_day]}
    columns = ["valid_on", "currency", "eur_rate", "source_system"]
    assert rows_of("exchange_rate", given=given, columns=columns) == [
        (date(2026, 5, 1), "USD", Decimal("1.083400"), "catalogue"),
        (date(2026, 5, 2), "USD", Decimal("0.900000"), "catalogue"),
    ]


ITEM: Row = {"transaction_id": "t1", "item": "Becher", "quantity": "1.0", "net_sales": "$10.00"}


def categories(items: list[Row], products: list[Row]) -> list[tuple[object, ...]]:
    given = {"square_items": items, "products": products}
    return rows_of("purchase_line", given=given, columns=["line_number", "category", "brand"])


def test_a_line_without_category_has_the_catalogues_and_its_own_wins() -> None:
    own = {**ITEM, "sku": "MUG-002", "category": "Geschirr"}
    items = [own, {**ITEM, "sku": " MUG-002 "}, {**ITEM, "sku": "NEW"}, ITEM]
    assert categories(items, [ARTICLE]) == [
        (1, "Geschirr", "Nordlicht"),
        (2, "Kitchen", "Nordlicht"),
        (3, None, None),
        (4, None, None),
    ]


def test_an_article_in_two_catalogues_neither_doubles_a_line_nor_hides_its_category() -> None:
    bare = {**ARTICLE, "source_system": "a", "category": None, "brand": "Other"}
    later = {**ARTICLE, "source_system": "z", "category": "Zoo"}
    for products in ([bare, ARTICLE, later], [later, ARTICLE, bare]):
        assert categories([{**ITEM, "sku": "MUG-002"}], products) == [(1, "Kitchen", "Nordlicht")]
