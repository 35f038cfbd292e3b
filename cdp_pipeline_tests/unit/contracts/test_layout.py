"""What a layout demands of its records, and what `cdp check` says about formats that cannot be meant."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.source import SourceFile
from cdp_pipeline.errors import ConfigError

COLUMNS = {"order_no": {"header": "Order"}, "total": {"header": "Total", "type": "decimal"}}


def layout_of(**changes: Any) -> Layout:
    document = {
        "layout": "orders",
        "title": "Orders",
        "description": "Test layout.",
        "documentation": "none",
        "key": ["order_no"],
        "columns": COLUMNS,
        **changes,
    }
    return parse_contract(document, Layout, origin="layouts/orders.yml")


def rules(layout: Layout) -> dict[str, str]:
    return {
        str(spec.kwargs["column"]): spec.type.removeprefix("expect_column_values_") for spec in layout.gate
    }


def test_the_gate_demands_a_complete_key_and_what_the_types_promise() -> None:
    assert rules(layout_of()) == {"order_no": "to_not_be_null", "total": "to_match_regex"}


def test_parts_of_a_longer_key_may_be_empty() -> None:
    assert rules(layout_of(key=["order_no", "total"])) == {"total": "to_match_regex"}


def test_a_declared_expectation_stands_in_for_the_same_implied_one() -> None:
    declared = {
        "type": "expect_column_values_to_not_be_null",
        "kwargs": {"column": "order_no"},
        "why": "A line without its order's number belongs to no order.",
    }
    [mine] = [spec for spec in layout_of(expectations=[declared]).gate if spec.kwargs["column"] == "order_no"]
    assert mine.why == declared["why"]


def test_a_misfit_does_what_the_column_says() -> None:
    column = {"header": "Total", "type": "integer", "misfit": "warning", "why": "Left out."}
    [rule] = layout_of(key=["order_no", "total"], columns={**COLUMNS, "total": column}).gate
    assert (rule.severity, rule.why) == ("warning", "Left out.")


def test_a_line_break_behind_a_value_is_a_misfit() -> None:
    rule = layout_of().gate[-1]
    assert re.search(rule.kwargs["regex"], "12.50")
    assert not re.search(rule.kwargs["regex"], "12.50\n")


FAULTS = [
    ({"type": "date", "formats": ["%d.%Q.%Y"]}, "'%Q' is no sign that is read here"),
    ({"type": "date", "formats": ["%d.%m."]}, "must name the year once"),
    ({"type": "date", "formats": ["%Y-%m"]}, "must name the day once"),
    ({"type": "date", "formats": ["DD.MM.YYYY"]}, "must name the year once"),
    ({"type": "date", "formats": ["%d/%m/%Y", "%m/%d/%Y"]}, "reads another time from it"),
    ({"type": "date", "formats": ["%Y-%d-%m"]}, "an ISO date, always read as such, and"),
    ({"type": "timestamp", "formats": ["%d.%m.%Y %I:%M"]}, "hours are %H, or %I together with %p"),
    ({"type": "timestamp", "formats": ["%d.%m.%Y %"]}, "is no sign"),
    ({"formats": ["%d.%m.%Y"]}, "`formats` says nothing about a column of type text"),
    ({"type": "integer", "formats": ["%d.%m.%Y"]}, "`formats` says nothing about a column of type integer"),
    ({"type": "integer", "max_decimals": 2}, "`max_decimals` says nothing"),
    ({"type": "date", "needs_zone": True}, "`needs_zone` says nothing"),
    ({"misfit": "warning"}, "`misfit` says nothing about a column of type text"),
    ({"type": "money"}, "key `columns.total.type`"),
]


@pytest.mark.parametrize(("column", "message"), FAULTS)
def test_a_column_that_cannot_be_meant_is_refused(column: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        layout_of(columns={**COLUMNS, "total": {"header": "Total", **column}})


FORMAT_FAULTS = [
    ({"decimal_mark": ";"}, "key `format.decimal_mark`"),
    ({"date_formats": ["%d.%m"]}, "must name the year once"),
    ({"timestamp_formats": ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]}, "reads another time from it"),
]


@pytest.mark.parametrize(("file_format", "message"), FORMAT_FAULTS)
def test_a_format_that_cannot_be_meant_is_refused(file_format: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        layout_of(format=file_format)


def test_two_spellings_that_no_text_shares_stand_side_by_side() -> None:
    column = {"header": "Day", "type": "date", "formats": ["%d.%m.%Y", "%d/%m/%Y", "%d.%m.%y", "%d %b %Y"]}
    assert layout_of(columns={**COLUMNS, "day": column}).columns["day"].formats == column["formats"]


def test_a_source_that_writes_otherwise_names_its_own_format() -> None:
    file = {
        "layout": "orders",
        "path": "*.csv",
        "format": {"decimal_mark": ",", "date_formats": ["%d/%m/%Y"]},
    }
    read = parse_contract(file, SourceFile, origin="test").read_by(layout_of())
    assert (read.format.decimal_mark, read.format.date_formats) == (",", ["%d/%m/%Y"])
    assert read.columns["total"].type == "decimal"


def test_a_sources_format_that_cannot_be_meant_is_refused() -> None:
    file = {"layout": "orders", "path": "*.csv", "format": {"timestamp_formats": ["%H:%M"]}}
    with pytest.raises(ValueError, match="must name the year once"):
        parse_contract(file, SourceFile, origin="test").read_by(layout_of())


def test_a_header_that_one_column_claims_twice_is_no_clash() -> None:
    columns = {**COLUMNS, "email": {"header": "Email", "aliases": ["E-Mail", "E-Mail", "Email"]}}
    file = {"layout": "orders", "path": "*.csv", "headers": {"email": ["E-Mail", "Email"]}}
    read = parse_contract(file, SourceFile, origin="test").read_by(layout_of(columns=columns))
    assert set(read.columns["email"].aliases) == {"E-Mail", "Email"}


def test_a_header_that_two_columns_claim_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"claimed by two columns: \['Order'\]"):
        layout_of(columns={**COLUMNS, "email": {"header": "Email", "aliases": ["Order"]}})


def test_a_source_may_do_without_the_layouts_guard_and_sheet() -> None:
    file = {
        "layout": "orders",
        "path": "*.csv",
        "format": {"spreadsheet_guard": None, "sheet": None, "delimiter": None},
    }
    layout = layout_of(format={"spreadsheet_guard": "'", "sheet": "Orders", "delimiter": ";"})
    read = parse_contract(file, SourceFile, origin="test").read_by(layout)
    assert (read.format.spreadsheet_guard, read.format.sheet, read.format.delimiter) == (None, None, ";")
    plain = parse_contract({"layout": "orders", "path": "*.csv"}, SourceFile, origin="test").read_by(layout)
    assert (plain.format.spreadsheet_guard, plain.format.sheet) == ("'", "Orders")


@pytest.mark.parametrize(
    ("type_", "kwargs"),
    [
        ("expect_column_values_to_be_unique", {"column": "email"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["order_no", "email"]}),
    ],
)
def test_uniqueness_is_refused_since_it_would_depend_on_which_files_came_together(
    type_: str, kwargs: dict[str, object]
) -> None:
    with pytest.raises(ConfigError, match=rf"{type_}` has no place in a layout.*in the \.yml of a model"):
        layout_of(expectations=[{"type": type_, "kwargs": kwargs}])
