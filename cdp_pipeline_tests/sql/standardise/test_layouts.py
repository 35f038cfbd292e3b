"""The layouts' own rules at the first gate, and that their columns are read as the rules promise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pytest

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.project import SHIPPED_SQL
from cdp_pipeline.engine import Engine
from cdp_pipeline.validate.cleaned import cleaned_from
from cdp_pipeline.validate.expectations import check_expectations
from cdp_pipeline_tests.warehouse import rows_of, shipped_project

LAYOUTS = shipped_project().layouts


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layouts_expectations_are_supported_and_fit_its_columns(name: str) -> None:
    layout = LAYOUTS[name]
    columns = dict.fromkeys(layout.column_names, "VARCHAR")
    assert len(check_expectations(layout.gate, name, columns)) == len(layout.gate) > 0
    ids = [spec.expectation_id for spec in layout.gate]
    assert len(ids) == len(set(ids)), "one rule stands twice"
    assert not [rule for rule in ids if re.search("_[0-9a-f]{4}$", rule)], "a rule needs a `name` of its own"
    assert not [spec for spec in layout.gate if "regex" in spec.kwargs and not spec.expected]


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        Gate.engine = opened
        yield opened


class Gate:
    """The engine that cleans values, shared by all tests of the module."""

    engine: Engine


def read(layout: str, column: str, value: str) -> str | None:
    """Return a value of a column as accepted, or as left where it is a misfit."""
    names = LAYOUTS[layout].column_names
    row = pa.table({name: pa.array([value if name == column else None], pa.string()) for name in names})
    with Gate.engine.arrow_view(row) as view:
        sql = cleaned_from(view, LAYOUTS[layout], kept=())
        [value] = Gate.engine.fetch_column(f"select {column} from ({sql})")
        return None if value is None else str(value)


def accepts(layout: str, column: str, value: str) -> bool:
    rules = [spec for spec in LAYOUTS[layout].gate if spec.kwargs.get("column") == column]
    assert any("regex" in spec.type for spec in rules), f"{layout}.{column} has no pattern"
    return all(is_met(spec, read(layout, column, value)) for spec in rules)


def is_met(rule: ExpectationSpec, value: str | None) -> bool:
    if rule.type == "expect_column_values_to_not_be_null":
        return value is not None
    if value is None:
        return True
    if rule.type == "expect_column_values_to_be_in_set":
        return value in rule.kwargs["value_set"]
    is_wanted = rule.type == "expect_column_values_to_match_regex"
    return bool(re.search(rule.kwargs["regex"], value)) is is_wanted


DATES = [
    ("2026-05-01", True),
    ("2024-02-29", True),
    ("2025-02-29", False),
    ("2026-02-30", False),
    ("2026-04-31", False),
    ("2026-13-01", False),
    ("05/01/2026", False),
]


@pytest.mark.parametrize(("date", "is_possible"), DATES)
def test_an_impossible_date_is_refused(date: str, is_possible: bool) -> None:
    assert accepts("square_transactions", "date", date) is is_possible
    assert accepts("loyalty_members", "birth_date", date) is is_possible
    assert accepts("shopify_orders", "created_at", f"{date} 10:00:00 +0200") is is_possible
    assert accepts("campaign_events", "event_at", f"{date}T10:00:00Z") is is_possible
    assert accepts("salesforce_contact", "last_modified_date", f"{date}T10:00:00.000+0000") is is_possible
    assert accepts("mailchimp_audience", "last_changed", f"{date} 10:00:00") is is_possible
    assert accepts("web_events", "event_at", f"{date}T10:00:00+02:00") is is_possible
    assert accepts("service_tickets", "created_at", f"{date}T10:00:00Z") is is_possible
    assert accepts("ad_spend", "spent_on", date) is is_possible
    assert accepts("exchange_rates", "valid_on", date) is is_possible


@pytest.mark.parametrize("time", ["2026-05-01T10:00:00", "2026-05-01", "2026-05-01T25:00:00Z", "yesterday"])
def test_a_time_of_our_own_layouts_exists_and_names_its_zone(time: str) -> None:
    assert not accepts("consent_preferences", "changed_at", time)
    assert not accepts("web_events", "event_at", time)
    assert not accepts("service_tickets", "closed_at", time)


@pytest.mark.parametrize(
    "time",
    [
        "2026-05-01T10:00:00Z",
        "2026-05-01 10:00 Z",
        "2026-05-01 10:00:00 +0200",
        "2026-05-01T10:00:00.123456789+14:00",
        "2026-05-01T10:00:00-03:30",
    ],
)
def test_a_time_that_the_gate_accepts_can_be_read(time: str) -> None:
    event = {"event_at": time, "cookie_id": "ck1", "event": "page_view"}
    [(read,)] = rows_of("web_event", given={"web_events": [event]}, columns=["occurred_at"])
    assert accepts("web_events", "event_at", time)
    assert read is not None


@pytest.mark.parametrize("zone", ["+99:00", "+02:70", "+15:00", "CET"])
def test_a_zone_that_is_nowhere_is_refused(zone: str) -> None:
    assert not accepts("campaign_events", "event_at", f"2026-05-01T10:00:00{zone}")
    assert not accepts("consent_preferences", "changed_at", f"2026-05-01T10:00:00{zone}")
    assert not accepts("loyalty_members", "updated_at", f"2026-05-01T10:00:00{zone}")
    assert not accepts("web_events", "event_at", f"2026-05-01T10:00:00{zone}")


AMOUNTS = [
    ("$12.96", "12.96"),
    ("-$12.96", "-12.96"),
    ("($12.96)", "-12.96"),
    ("$1,012.96", "1012.96"),
    ("$1,012", "1012.00"),
    ("$12.96 USD", "12.96"),
    ("0", "0.00"),
]


@pytest.mark.parametrize(("text", "amount"), AMOUNTS)
def test_what_the_gate_accepts_as_money_is_read_as_written(text: str, amount: str) -> None:
    assert accepts("square_transactions", "total_collected", text)
    total = read("square_transactions", "total_collected", text)
    receipt = {"transaction_id": "t1", "date": "2026-05-01", "time": "10:00:00", "total_collected": total}
    rows = rows_of("purchase", given={"square_transactions": [receipt]}, columns=["net_amount"])
    assert rows == [(Decimal(amount),)]


@pytest.mark.parametrize("text", ["n/a", "1.234", "12.9.6", "$", "12,96 €", "1,01", "1e3"])
def test_money_that_may_mean_two_amounts_or_none_is_refused(text: str) -> None:
    assert not accepts("square_transactions", "total_collected", text)


@pytest.mark.parametrize("text", ["n/a", "12,96", "1.012,96", "12.965"])
def test_shopify_money_has_a_decimal_point_and_cents(text: str) -> None:
    assert not accepts("shopify_orders", "total", text)


@pytest.mark.parametrize("text", ["-1.00", "12,96", "n/a", "1e3"])
def test_the_cost_of_advertising_is_a_number_and_not_negative(text: str) -> None:
    assert not accepts("ad_spend", "cost", text)
    assert not accepts("products", "unit_cost", text)
    left = read("products", "unit_cost", text)
    article = {"sku": "a1", "category": "kitchen", "unit_cost": left, "currency": "EUR"}
    assert rows_of("product", given={"products": [article]}, columns=["unit_cost"]) == [(None,)]


@pytest.mark.parametrize("text", ["-5", "12.5", "1e3", "n/a"])
def test_a_count_that_is_none_is_left_out_and_the_cost_stays(text: str) -> None:
    assert not accepts("ad_spend", "clicks", text)
    day = {
        "spent_on": "2026-05-01",
        "platform": "meta",
        "campaign_id": "c1",
        "cost": "5.00",
        "currency": "EUR",
    }
    given = {"ad_spend": [{**day, "clicks": read("ad_spend", "clicks", text)}]}
    assert rows_of("standardise.ad_spend", given=given, columns=["cost", "clicks"]) == [
        (Decimal("5.00"), None)
    ]


RATES = [
    ("1", "1.000000"),
    ("1.0834", "1.083400"),
    ("0.000001", "0.000001"),
    (".5", "0.500000"),
    ("0017.25", "17.250000"),
    ("123456789.1234567", "123456789.123457"),
]


@pytest.mark.parametrize(("text", "rate"), RATES)
def test_a_rate_that_the_gate_accepts_can_be_divided_by(text: str, rate: str) -> None:
    assert accepts("exchange_rates", "eur_rate", text)
    row = {"valid_on": "2026-05-01", "currency": "USD", "eur_rate": read("exchange_rates", "eur_rate", text)}
    assert rows_of("exchange_rate", given={"exchange_rates": [row]}, columns=["eur_rate"]) == [
        (Decimal(rate),)
    ]


@pytest.mark.parametrize("text", ["0", "0.0", "0.0000004", "-1.1", "1,0834", "n/a", "."])
def test_a_rate_of_zero_or_none_is_refused(text: str) -> None:
    assert not accepts("exchange_rates", "eur_rate", text)


def test_the_status_of_a_subscriber_stands_in_the_files_name() -> None:
    pattern = LAYOUTS["mailchimp_audience"].facts_from_name
    assert pattern is not None
    found = [
        re.search(pattern, f"{status}_email_audience_export_7c1f.csv")
        for status in ("subscribed", "unsubscribed", "cleaned")
    ]
    assert [match and match["status"] for match in found] == ["subscribed", "unsubscribed", "cleaned"]


def test_the_catalogue_of_layouts_says_what_each_requires_and_feeds() -> None:
    page = (SHIPPED_SQL.parent / "docs" / "layouts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^[|] `(\w+)` [|] (.*) [|] (.*) [|] (.*) [|]$", page, re.MULTILINE)
    for name, layout in LAYOUTS.items():
        required = ", ".join(f"`{column.header}`" for column in layout.columns.values() if column.is_required)
        feeds = ", ".join(sorted(part.stem for part in (SHIPPED_SQL / "standardise" / name).glob("*.sql")))
        assert (name, layout.title, required, feeds) in rows
