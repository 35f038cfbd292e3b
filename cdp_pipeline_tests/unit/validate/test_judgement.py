"""Judging what was delivered: which records a rule keeps out, and when they are judged anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout, orders_layout

NewNights = Callable[[Layout], LandingNights]

ACCEPTED = "select member_no, city, updated_at from validate.members order by member_no"
QUARANTINED = "select line, rule from validate.quarantine order by line"
NOT_NULL, CAPITAL = (spec.expectation_id for spec in members_layout().expectations)
ANY_CITY = [members_layout().expectations[0].model_dump(mode="json")]


def test_a_failing_record_is_kept_raw_with_every_rule_that_it_broke(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n , berlin ,x\n")
    nights.run()
    assert nights.rows(ACCEPTED) == [("1", "Berlin", None)]
    [(layout, line, rule, raw, night)] = nights.rows(
        "select layout, line, rule, raw_record, business_date from validate.quarantine"
    )
    assert (layout, line, night) == ("members", 3, date(2026, 5, 4))
    assert rule.split(", ") == sorted([NOT_NULL, CAPITAL])
    record = json.loads(raw)
    assert (record["member_no"], record["city"], record["updated_at"]) == (" ", " berlin ", "x")


def test_a_ragged_record_is_quarantined_as_delivered(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin\n2,Bonn,\n")
    nights.run()
    assert nights.rows("select line, rule, raw_record from validate.quarantine") == [
        (2, "field_count", "1,Berlin")
    ]
    assert nights.rows(ACCEPTED) == [("2", "Bonn", None)]


def test_a_warning_reports_and_keeps_the_record(new_nights: NewNights) -> None:
    rule = {**members_layout().expectations[1].model_dump(mode="json"), "severity": "warning"}
    nights = new_nights(members_layout(expectations=[rule]))
    nights.deliver("a.csv", "no,city,updated\n1,berlin,\n")
    nights.run()
    assert nights.rows(ACCEPTED) == [("1", "berlin", None)]
    assert nights.rows("select severity, is_met, failing_rows from validate.result") == [
        ("warning", False, 1)
    ]


def test_a_corrected_rule_releases_the_record_without_a_new_delivery(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,berlin,\n")
    nights.run(day=4)
    assert nights.rows(QUARANTINED) == [(3, CAPITAL)]
    nights.change_layout(members_layout(expectations=ANY_CITY))
    nights.run(day=5)
    assert nights.rows(QUARANTINED) == []
    assert [row[0] for row in nights.rows(ACCEPTED)] == ["1", "2"]


def test_a_new_rule_judges_files_of_earlier_nights_too(new_nights: NewNights) -> None:
    nights = new_nights(members_layout(expectations=ANY_CITY))
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,berlin,\n")
    nights.run(day=4)
    assert nights.rows(QUARANTINED) == []
    nights.change_layout(members_layout())
    nights.run(day=5)
    assert nights.rows("select line, rule, business_date from validate.quarantine") == [
        (3, CAPITAL, date(2026, 5, 5))
    ]


def test_files_are_judged_once_while_the_rules_stay(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,berlin,\n")
    nights.run(day=4)
    nights.deliver("b.csv", "no,city,updated\n2,Bonn,\n")
    nights.run(day=5)
    nights.run(day=6)
    assert nights.rows(
        "select business_date, evaluated_rows from validate.result where expectation_id like 'member_no%'"
        " order by all"
    ) == [(date(2026, 5, 4), 1), (date(2026, 5, 5), 1)]
    assert nights.rows("select rule, business_date from validate.quarantine") == [
        (CAPITAL, date(2026, 5, 4))
    ], "the verdict of the first night stands"


def test_a_critical_rule_about_the_whole_table_stops_the_source(new_nights: NewNights) -> None:
    rule = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 2}}
    nights = new_nights(members_layout(expectations=[rule]))
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n")
    with pytest.raises(ValidationFailed, match=r"layout members: table_table_row_count.*members\.yml"):
        nights.run()


