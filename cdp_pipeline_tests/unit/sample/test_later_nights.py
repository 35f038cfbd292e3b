"""What later nights bring: new, changed, late, corrected, delivered again and deleted rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline_tests.unit.sample.sample_tables import open_sample

FULL_EXPORTS = [
    ("contacts", '"Id"'),
    ("customers", '"Customer ID"'),
    ("members", "member_no"),
    ("products", "sku"),
]
EVENT_TIMES = {
    "order_head": ('"Name"', '"Created at"[:19]::timestamp'),
    "transactions": ('"Transaction ID"', '("Date" || \' \' || "Time")::timestamp'),
    "campaign_events": ("campaign_id", "event_at::timestamp + interval 2 hour"),
    "web_events": ("session_id", "event_at::timestamp + interval 2 hour"),
}


@pytest.fixture(scope="module")
def nights(sample: Path) -> Iterator[Engine]:
    with open_sample(sample) as engine:
        yield engine


@pytest.mark.parametrize("night", [2, 3])
@pytest.mark.parametrize(
    ("table", "key"), [*FULL_EXPORTS[:3], *[(t, k) for t, (k, _) in EVENT_TIMES.items()]]
)
def test_each_night_brings_new_keys(nights: Engine, table: str, key: str, night: int) -> None:
    new = nights.fetch_value(
        f"select count(*) from {table} where night = {night}"
        f" and {key} not in (select {key} from {table} where night < {night} and {key} is not null)"
    )
    assert new > 0


@pytest.mark.parametrize(("table", "key"), FULL_EXPORTS)
def test_full_exports_hold_changed_rows(nights: Engine, table: str, key: str) -> None:
    changed = nights.fetch_value(
        f"""
        select count(distinct {key}) from (
            select {key} from (select distinct * exclude (night) from {table}) group by {key} having count(*) > 1)
        """
    )
    assert changed > 0


@pytest.mark.parametrize(("table", "key"), FULL_EXPORTS)
def test_some_rows_are_gone_from_later_full_exports(nights: Engine, table: str, key: str) -> None:
    gone = nights.fetch_value(
        f"select count(*) from {table} where night < 3 and {key} not in (select {key} from {table} where night = 3)"
    )
    assert gone > 0


@pytest.mark.parametrize("night", [2, 3])
@pytest.mark.parametrize("table", list(EVENT_TIMES))
def test_each_night_brings_late_events_of_the_days_before(nights: Engine, table: str, night: int) -> None:
    key, local_time = EVENT_TIMES[table]
    late = nights.fetch_value(
        f"""
        select count(*) from {table}
        where night = {night} and {local_time} < timestamp '2026-05-02' + {night} * interval 1 day
            and {key} not in (select {key} from {table} where night < {night} and {key} is not null)
        """
        if table in ("order_head", "transactions")
        else f"""
        select count(*) from {table}
        where night = {night} and {local_time} < timestamp '2026-05-02' + {night} * interval 1 day
        """
    )
    assert late > 0


@pytest.mark.parametrize("night", [2, 3])
def test_refunded_orders_come_again_with_the_refund(nights: Engine, night: int) -> None:
    rows = nights.fetch_all(
        f"""
        select before."Refunded Amount", after."Refunded Amount", after."Total" = before."Total"
        from order_head as before
        inner join order_head as after on before."Name" = after."Name"
        where before.night < {night} and after.night = {night} and after."Refunded Amount" <> '0.00'
        """
    )
    assert rows
    assert all(before == "0.00" and after != "0.00" and same_total for before, after, same_total in rows)


@pytest.mark.parametrize("night", [2, 3])
def test_corrected_orders_come_again_without_their_shipping(nights: Engine, night: int) -> None:
    rows = nights.fetch_all(
        f"""
        select before."Total"::decimal(18, 2) - after."Total"::decimal(18, 2), before."Shipping", after."Shipping"
        from order_head as before
        inner join order_head as after on before."Name" = after."Name"
        where before.night < {night} and after.night = {night} and after."Total" <> before."Total"
        """
    )
    assert rows
    assert all(str(less) == before and after == "0.00" for less, before, after in rows)


@pytest.mark.parametrize("night", [2, 3])
def test_open_tickets_come_again_when_they_are_closed(nights: Engine, night: int) -> None:
    closed = nights.fetch_all(
        f"""
        select before.closed_at, before.satisfaction, after.closed_at
        from tickets as before inner join tickets as after on before.ticket_id = after.ticket_id
        where before.night < {night} and after.night = {night} and before.status in ('open', 'pending')
            and after.status in ('closed', 'solved')
        """
    )
    assert closed
    assert all(before is None and mark is None and after is not None for before, mark, after in closed)


@pytest.mark.parametrize("night", [2, 3])
def test_the_day_before_comes_again_with_its_final_cost(nights: Engine, night: int) -> None:
    rows = nights.fetch_all(
        f"""
        select before.cost <> after.cost from spend as before
        inner join spend as after on before.date = after.date and before.campaign_id = after.campaign_id
        where before.night = {night} - 1 and after.night = {night}
        """
    )
    assert len(rows) >= 4
    assert any(changed for (changed,) in rows)


@pytest.mark.parametrize("night", [2, 3])
def test_consents_are_withdrawn_on_later_nights(nights: Engine, night: int) -> None:
    assert nights.fetch_value(f"select count(*) from consents where night = {night} and status = 'withdrawn'")


def test_nothing_happens_after_a_night_s_close(nights: Engine) -> None:
    for table, (_, local_time) in EVENT_TIMES.items():
        too_early = nights.fetch_value(
            f"select count(*) from {table} where {local_time} >= timestamp '2026-05-03' + night * interval 1 day"
        )
        assert too_early == 0, table


def test_rates_and_prices_belong_to_their_day(nights: Engine) -> None:
    assert nights.fetch_value("select count(*) from rates where night = 2") == 4
    assert nights.fetch_value("select count(distinct date) from rates where night = 1") == 1095
    assert (
        nights.fetch_value(
            "select count(*) from (select date, currency from rates group by all having count(*) > 1)"
        )
        == 0
    )
