"""Judging what was delivered: which records a rule keeps out, and when they are judged anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.source import SourceFile
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout, orders_layout

NewNights = Callable[..., LandingNights]

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


def test_each_source_reads_the_reason_as_it_writes_the_column(new_nights: NewNights) -> None:
    columns = {"member_no": {"header": "no"}, "spent": {"header": "spent", "type": "decimal"}}
    layout = members_layout(version_column=None, columns=columns, expectations=[])
    nights = new_nights(layout, "club/*.csv")
    nights.add_source(
        "bar", files=[SourceFile(layout="members", path="bar/*.csv", format={"decimal_mark": ","})]
    )
    for source in ("bar", "club"):
        nights.deliver(f"{source}/a.csv", "no,spent\n1,lots\n")
    nights.run()
    remedy = "Correct it at its source, or config/layouts/members.yml where the record is right."
    assert nights.rows("select rule, why from validate.quarantine order by source_system") == [
        ("spent_is_no_amount", f"Expected: spent is an amount such as 1250{mark}50. {remedy}")
        for mark in ",."
    ]


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
    assert nights.rows(
        "select severity, is_met, failing_rows from validate.result where column_name = 'city'"
    ) == [("warning", False, 1)]


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


def test_a_record_that_a_person_let_in_counts_for_that_rule_alone(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,berlin,\n,bonn,\n")
    nights.run(day=4)
    assert nights.rows("select count(*) from validate.quarantine") == [(2,)]
    nights.let_in((2, CAPITAL), (3, CAPITAL))
    nights.run(day=5)
    assert nights.rows(QUARANTINED) == [(3, NOT_NULL)]
    assert [row[0] for row in nights.rows(ACCEPTED)] == ["1"]


def test_a_decision_that_is_taken_back_sets_the_record_aside_again(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,berlin,\n")
    nights.run(day=4)
    nights.let_in((2, CAPITAL))
    nights.run(day=5)
    assert nights.rows(QUARANTINED) == []
    nights.engine.execute("delete from validate.release")
    nights.run(day=6)
    assert nights.rows(QUARANTINED) == [(2, CAPITAL)]


def test_a_broken_line_holds_up_its_order_in_its_own_file_alone(new_nights: NewNights) -> None:
    """The later file corrects the order, and stands although the earlier one does not."""
    rule = {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "item", "regex": "^[a-z]"}}
    nights = new_nights(orders_layout().model_copy(update={"expectations": [ExpectationSpec(**rule)]}))
    nights.deliver("1.csv", "order,item\n#1,cup\n#1,?\n")
    nights.deliver("2.csv", "order,item\n#1,cup\n#1,vase\n")
    nights.run()
    assert nights.rows("select distinct path from validate.quarantine") == [("1.csv",)]
    assert nights.rows("select item from validate.orders order by item") == [("cup",), ("vase",)]


def test_an_order_comes_in_when_its_broken_line_is_let_in(new_nights: NewNights) -> None:
    rule = {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "item", "regex": "^[a-z]"}}
    nights = new_nights(orders_layout().model_copy(update={"expectations": [ExpectationSpec(**rule)]}))
    nights.deliver("1.csv", "order,item\n#1,cup\n#1,?\n#2,vase\n")
    nights.run(day=4)
    [(line, broken)] = nights.rows(
        "select line, rule from validate.quarantine where rule <> 'incomplete_key'"
    )
    nights.let_in((line, broken))
    nights.run(day=5)
    assert nights.rows(QUARANTINED) == []
    assert nights.rows("select count(*) from validate.orders") == [(3,)]


def test_a_corrected_rule_reaches_files_that_have_left_the_landing_folder(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,berlin,\n3,Bonn\n")
    nights.run(day=4)
    nights.remove("a.csv")
    nights.change_layout(members_layout(expectations=ANY_CITY))
    nights.run(day=5)
    assert nights.rows(QUARANTINED) == [(4, "field_count")], "what could not be read needs its file again"
    assert [row[0] for row in nights.rows(ACCEPTED)] == ["1", "2"]


def test_a_rule_about_the_whole_table_blames_the_source_that_breaks_it(new_nights: NewNights) -> None:
    rule = {"type": "expect_table_row_count_to_be_between", "kwargs": {"max_value": 2}}
    nights = new_nights(members_layout(expectations=[rule]))
    nights.add_source("shop")
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n")
    nights.deliver("shop/b.csv", "no,city,updated\n7,Bonn,\n8,Bonn,\n9,Bonn,\n")
    nights.run()
    assert nights.rows("select source_system, state from validate.source_night order by all") == [
        ("club", "ok"),
        ("shop", "blocked"),
    ]
    [(reasons,)] = nights.rows("select reasons from validate.source_night where state = 'blocked'")
    assert "layout members break a rule about the whole of them: table_row_count_is_above_maximum" in reasons
    assert "config/layouts/members.yml" in reasons
    assert [row[0] for row in nights.rows(ACCEPTED)] == ["1"]


def test_a_rule_about_the_whole_table_blames_all_where_none_breaks_it_alone(new_nights: NewNights) -> None:
    rule = {"type": "expect_table_row_count_to_be_between", "kwargs": {"max_value": 2}}
    nights = new_nights(members_layout(expectations=[rule]))
    nights.add_source("shop")
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,Berlin,\n")
    nights.deliver("shop/b.csv", "no,city,updated\n7,Bonn,\n8,Bonn,\n")
    nights.run()
    assert nights.rows("select source_system, state from validate.source_night order by all") == [
        ("club", "blocked"),
        ("shop", "blocked"),
    ]
    assert nights.rows(ACCEPTED) == []
