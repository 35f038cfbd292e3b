"""Rules that cannot mean anything are refused with file, key and remedy."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
import yaml

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.segment import SegmentFile
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.segment.catalogue import TraitCatalogue, TraitColumn, ValueKind, read_catalogue
from cdp_pipeline.segment.compiler import check_segments, compile_segment
from cdp_pipeline_tests.warehouse import shipped_project

CATALOGUE = TraitCatalogue(
    ("golden.golden_profile",),
    {
        name: TraitColumn("golden.golden_profile", name, kind)
        for name, kind in {
            "country": ValueKind.TEXT,
            "orders": ValueKind.NUMBER,
            "birth_date": ValueKind.DATE,
            "is_vip": ValueKind.FLAG,
        }.items()
    },
)
HEADER = """
segment: vips
title: {en: V, de: V}
description: {en: V, de: V}
owner: team:test
purposes: [marketing]
"""


def segment(where: str) -> SegmentFile:
    return parse_contract(yaml.safe_load(f"{HEADER}where: {where}"), SegmentFile, origin="vips.yml")


def compiled(where: str) -> str:
    return compile_segment(segment(where), CATALOGUE).sql(dialect="duckdb")


def refusal(where: str) -> str:
    with pytest.raises(ConfigError) as refused:
        compiled(where)
    return str(refused.value)


def test_nested_rule_compiles_to_one_condition() -> None:
    assert compiled(
        "{all: [{column: orders, at_least: 2}, {none: [{column: country, one_of: [DE, AT]}]}]}"
    ) == ("customer.orders >= 2 AND NOT customer.country IN ('DE', 'AT')")


def test_unknown_column_names_file_key_and_nearest_name() -> None:
    message = refusal("{any: [{column: orders, at_least: 2}, {column: contry, equals: DE}]}")
    assert "config/segments/vips.yml" in message
    assert "where.any.1.column" in message
    assert "Did you mean `country`?" in message


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("{column: orders, equals: many}", "orders holds a number, but is compared with 'many'"),
        ("{column: country, equals: NO}", "country holds text, but is compared with False"),
        ("{column: birth_date, at_least: 1980}", "birth_date holds a date"),
        ("{column: is_vip, equals: 1}", "is_vip holds true or false"),
        ("{column: country, one_of: [DE, 7]}", "where.one_of`: country holds text"),
        ("{column: country, at_least: 7}", "which has no order. Use equals or one_of"),
    ],
)
def test_value_of_another_kind_is_refused(where: str, fault: str) -> None:
    assert fault in refusal(where)


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("{column: orders}", "compared with nothing"),
        ("{column: orders, at_last: 2}", "Did you mean `at_least`?"),
        ("{all: []}", "at least 1 item"),
        (
            "{all: [{column: orders, at_least: 2}], any: [{column: orders, at_least: 2}]}",
            "key `where.all.any` is unknown",
        ),
    ],
)
def test_malformed_rule_is_refused_by_the_grammar(where: str, fault: str) -> None:
    with pytest.raises(ConfigError) as refused:
        segment(where)
    assert fault in str(refused.value)


def test_text_from_a_file_stays_a_literal() -> None:
    assert compiled("""{column: country, equals: "x' or 1=1 --"}""") == "customer.country = 'x'' or 1=1 --'"


def test_numbers_stay_exact_and_dates_are_typed() -> None:
    assert compiled("{column: orders, at_least: 0.1}") == "customer.orders >= 0.1"
    assert compiled("{column: birth_date, at_least: 2000-01-31}") == (
        "customer.birth_date >= CAST('2000-01-31' AS DATE)"
    )
    assert segment("{column: birth_date, at_least: 2000-01-31}").where.operators == {
        "at_least": date(2000, 1, 31)
    }  # type: ignore[union-attr]


def test_shipped_segments_compile_against_the_contracts() -> None:
    check_segments(shipped_project())


def test_catalogue_offers_profile_and_traits_but_no_ids() -> None:
    columns = read_catalogue(shipped_project()).columns
    assert columns["country"].table == "golden.golden_profile"
    assert columns["orders"].table == "segment.purchase_summary"
    assert "customer_id" not in columns


def test_broken_segment_of_a_project_is_found_without_data() -> None:
    broken: dict[str, Any] = {"vips": segment("{column: no_such_trait, at_least: 1}")}
    with pytest.raises(ConfigError, match="no_such_trait"):
        check_segments(dataclasses.replace(shipped_project(), segments=broken))
