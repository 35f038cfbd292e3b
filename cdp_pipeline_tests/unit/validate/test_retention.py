"""What is past its time goes for good, on the night on which its time is over, and never a refusal with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.contracts.retention import Retention
from cdp_pipeline.errors import ConfigError, NightError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.readiness import check_nothing_is_lost
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.validate.tables import validate_models
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout, orders_layout

NewNights = Callable[..., LandingNights]

VISITS = members_layout(
    layout="members",
    key=["member_no", "seen_at"],
    version_column=None,
    columns={
        "member_no": {"header": "no"},
        "event": {"header": "event"},
        "seen_at": {"header": "seen", "type": "timestamp"},
    },
    expectations=[
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "event", "value_set": ["opened", "unsubscribed"]},
        }
    ],
)
DELETED = "select rule_of, kept_from, deleted_rows from validate.retention where business_date = '2026-05-05'"


def keep(nights: LandingNights, *rules: dict[str, Any]) -> None:
    retention = Retention.model_validate({"rules": [{"why": "test", **rule} for rule in rules]})
    nights.project = dataclasses.replace(nights.project, retention=retention)


def visits(*rows: str) -> str:
    return "no,event,seen\n" + "".join(f"{row}\n" for row in rows)


def seen(nights: LandingNights, table: str = "validate.members") -> list[str]:
    return [number for (number,) in nights.rows(f"select member_no from {table} order by 1")]


@pytest.fixture
def nights(new_nights: NewNights) -> LandingNights:
    """Three visits: 14 months and a day, 14 months, and a day before 5 May 2026."""
    nights = new_nights(VISITS)
    nights.deliver(
        "a.csv",
        visits(
            "1,opened,2025-03-04T23:59:59Z", "2,opened,2025-03-05T00:00:00Z", "3,opened,2026-05-04T10:00:00Z"
        ),
    )
    nights.run(day=4)
    assert seen(nights) == ["1", "2", "3"]
    keep(nights, {"of": "members", "by": "seen_at", "keep": "14 months"})
    return nights


def test_a_record_goes_on_the_night_after_its_last_day(nights: LandingNights) -> None:
    nights.run(day=5)
    assert seen(nights) == seen(nights, "extract.raw_members") == ["2", "3"]
    assert nights.rows(DELETED) == [("members", date(2025, 3, 5), 1)]
    nights.run(day=6)
    assert seen(nights) == ["3"]


def test_records_add_up_after_some_have_gone(nights: LandingNights) -> None:
    nights.run(day=5)
    check_nothing_is_lost(nights.engine)
    assert nights.rows("select physical_records, loaded_records from validate.conservation") == [(2, 2)]


def test_a_second_run_of_the_night_deletes_nothing_more_and_keeps_the_count(nights: LandingNights) -> None:
    nights.run(day=5)
    nights.run(day=5)
    assert nights.rows(DELETED) == [("members", date(2025, 3, 5), 1)]


def test_what_went_does_not_come_back_when_its_file_is_read_anew(nights: LandingNights) -> None:
    nights.run(day=5)
    wider = VISITS.model_dump() | {
        "columns": {**VISITS.model_dump()["columns"], "city": {"header": "city"}},
        "expectations": [],
    }
    rules = nights.project.retention
    nights.change_layout(parse_contract(wider, type(VISITS), origin="test"))
    nights.project = dataclasses.replace(nights.project, retention=rules)
    nights.run(day=6)
    assert seen(nights) == seen(nights, "extract.raw_members") == ["3"]
    check_nothing_is_lost(nights.engine)


def test_what_comes_late_goes_on_the_night_of_its_arrival(nights: LandingNights) -> None:
    nights.deliver("b.csv", visits("4,opened,2024-01-01T00:00:00Z", "5,opened,2026-05-05T08:00:00Z"))
    nights.run(day=5)
    assert seen(nights) == seen(nights, "extract.raw_members") == ["2", "3", "5"]
    check_nothing_is_lost(nights.engine)


def test_a_record_without_a_day_goes_by_its_newest_delivery(nights: LandingNights) -> None:
    nights.deliver("b.csv", visits("6,opened,"))
    nights.run(day=5)
    assert seen(nights) == ["2", "3", "6"]
    keep(nights, {"of": "members", "by": "seen_at", "keep": "3 days"})
    nights.run(day=8)
    assert seen(nights) == ["6"]
    nights.run(day=9)
    assert seen(nights) == []


def test_refusals_stay_whatever_their_age(new_nights: NewNights) -> None:
    nights = new_nights(VISITS.model_copy(update={"carries_consent": True}))
    nights.deliver(
        "a.csv",
        visits(
            "1,opened,2020-01-01T00:00:00Z",
            "2,unsubscribed,2020-01-01T00:00:00Z",
            "3,?,2020-01-01T00:00:00Z",
            "4,opened,2026-01-01T00:00:00Z",
        ),
    )
    keep(
        nights,
        {"of": "members", "by": "seen_at", "keep": "1 year", "but_not": {"event": ["unsubscribed"]}},
        {"of": "validate.quarantine", "keep": "1 day"},
    )
    nights.run(day=4)
    nights.run(day=9)
    assert seen(nights) == ["2", "4"]
    assert nights.rows("select line from validate.quarantine") == [(4,)]  # it may be a refusal, too


def test_an_order_goes_whole_or_not_at_all(new_nights: NewNights) -> None:
    columns = {"order_no": {"header": "order"}, "sold_on": {"header": "sold", "type": "date"}}
    dated = members_layout(key=["order_no"], version_column=None, expectations=[], columns=columns)
    nights = new_nights(orders_layout().model_copy(update={"columns": dated.columns}))
    nights.deliver("a.csv", "order,sold\n1,2020-01-01\n1,\n2,2026-01-01\n2,\n")
    keep(nights, {"of": "orders", "by": "sold_on", "keep": "1 year"})
    nights.run(day=4)
    assert nights.rows("select order_no, count(*) from validate.orders group by 1") == [("2", 2)]
    check_nothing_is_lost(nights.engine)


def test_quarantined_records_go_with_what_was_delivered_of_them(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,berlin,\n3,Berlin,,,\n")
    nights.run(day=1)
    assert nights.rows("select line from validate.quarantine order by 1") == [(3,), (4,)]
    keep(nights, {"of": "validate.quarantine", "keep": "5 days"})
    nights.run(day=6)
    assert nights.rows("select count(*) from validate.quarantine") == [(2,)]
    nights.run(day=7)
    assert nights.rows("select count(*) from validate.quarantine") == [(0,)]
    assert seen(nights) == seen(nights, "extract.raw_members") == ["1"]
    assert nights.rows("select count(*) from extract.unparsed_record") == [(0,)]
    check_nothing_is_lost(nights.engine)


def test_history_goes_by_the_day_on_which_it_ended(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(keeps_history=True))
    for day, city in ((1, "Aachen"), (2, "Berlin"), (3, "Celle")):
        nights.deliver(f"{day}.csv", f"no,city,updated\n1,{city},{day}\n")
        nights.run(day=day)
    keep(nights, {"of": "validate.record_history", "keep": "2 days"})
    nights.run(day=5)
    history = "select valid_from, valid_to from validate.record_history order by 1"
    assert nights.rows(history) == [(date(2026, 5, 2), date(2026, 5, 3)), (date(2026, 5, 3), None)]


def test_much_at_once_is_a_question_to_a_person(new_nights: NewNights) -> None:
    nights = new_nights(VISITS)
    nights.deliver("a.csv", visits(*(f"{n},opened,202{4 + n % 2}-05-01T00:00:00Z" for n in range(40))))
    nights.run(day=4)
    keep(nights, {"of": "members", "by": "seen_at", "keep": "2 years"})
    with pytest.raises(NightError, match=r"keeps members for 2 years.*20 rows of 40.*--accept-fewer-rows"):
        nights.run(day=5)
    assert len(seen(nights, "extract.raw_members")) == 40
    agreed = Night(nights.engine, nights.project, date(2026, 5, 5), "run5", accepts_fewer_rows=True)
    for model in validate_models(nights.project):
        build_model(agreed, model)
    assert len(seen(nights, "extract.raw_members")) == 20


def project_with(root: Path, *lines: str) -> Project:
    (root / "config").mkdir(exist_ok=True)
    (root / "config" / "retention.yml").write_text(
        "rules:\n" + "".join(f"  - {{{line}}}\n" for line in lines)
    )
    return load_project(root)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("of: web_evnts, keep: 1 year, why: x", "there is no 'web_evnts'"),
        ("of: web_events, by: event, keep: 1 year, why: x", "column event is no date"),
        ("of: web_events, by: seen_at, keep: 1 year, why: x", "there is no 'seen_at'"),
        ("of: web_events, keep: a year, why: x", r"rules\.0\.keep"),
        ("of: golden.golden_profile, keep: 1 year, why: x", "keeps no rows from night to night"),
        ("of: consent_preferences, by: changed_at, keep: 1 year, why: x", "carries consent"),
    ],
)
def test_a_period_that_cannot_be_kept_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        project_with(tmp_path, line)


def test_a_project_of_its_own_keeps_everything_until_it_says_otherwise(tmp_path: Path) -> None:
    assert load_project(tmp_path).retention.rules
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "project.yml").write_text("name: own\ntitle: Own\n")
    assert load_project(tmp_path).retention.rules == []
