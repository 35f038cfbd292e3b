"""Columns of a stranger's file: they bring pairs to the table, and only a model trained there weighs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.link.attributes import attribute_blocking_rules, attribute_columns
from cdp_pipeline.link.blocks import blocking_rules
from cdp_pipeline.link.splink_model import read_model, settings
from cdp_pipeline.link.training import train_model
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse
from cdp_pipeline_tests.unit.link.link_workspace import Workspace, open_records
from cdp_pipeline_tests.warehouse import Row

MODEL = SHIPPED_CONFIG / "linkage" / "model.json"

COLUMNS = {"attribute_1": "birth_place", "attribute_2": "tax_number"}

RECORDS = [
    SourceRecord("ulm", "Eva", "Klein"),
    SourceRecord("ulm2", "Otto", "Lang"),
    SourceRecord("ulm_or_bonn", "Ida", "Horn"),
    SourceRecord("also_bonn", "Ida", "Horn"),
    SourceRecord("bonn", "Ruth", "Berg"),
    SourceRecord("olm", "Hugo", "Wald"),
    SourceRecord("heidelberg", "Paul", "Tal"),
    SourceRecord("heidlbreg", "Max", "Weiss"),
    SourceRecord("silent", "Uwe", "Stein"),
    SourceRecord("nameless"),
]

PLACES = {
    "ulm": "ulm",
    "ulm2": "ulm",
    "ulm_or_bonn": "ulm",
    "also_bonn": "bonn",
    "bonn": "bonn",
    "olm": "olm",
    "heidelberg": "heidelberg",
    "heidlbreg": "heidlbreg",
}
TAX_NUMBERS = {"silent": "47-11", "nameless": "47-11", "ulm": "08-15"}


def told(attribute: str, values: Mapping[str, str]) -> list[Row]:
    records = {record.id: record for record in RECORDS}
    return [
        {**records[record].key, "attribute": attribute, "attribute_value": value}
        for record, value in values.items()
    ]


def keys_that_found(workspace: Workspace) -> dict[tuple[str, str], list[str]]:
    """Return the pairs that blocking brings together, each with the keys of the first rule that does."""
    rules = blocking_rules(workspace.engine, workspace.warehouse.project.linkage)
    return {
        (min(pair), max(pair)): [str(key) for key in rules[int(position)].keys]
        for pair, position in workspace.candidates().items()
    }


@pytest.fixture(scope="module")
def file() -> Iterator[Workspace]:
    warehouse = Warehouse(threads=1)
    rows = [*told("birth_place", PLACES), *told("tax_number", TAX_NUMBERS)]
    with warehouse.engine, open_records(warehouse, *RECORDS, record_attribute=rows) as workspace:
        workspace.create_nodes({"also_bonn": "ulm_or_bonn"})
        yield workspace


def test_blocking_rules_are_named_by_what_is_the_same() -> None:
    assert [rule.name for rule in attribute_blocking_rules({"attribute_1": "birth_place"})] == [
        "same_birth_place",
        "same_family_name_and_birth_place",
        "same_given_name_and_birth_place",
        "same_birth_date_and_birth_place",
    ]


def test_each_column_of_the_file_is_a_column_of_the_nodes(file: Workspace) -> None:
    assert attribute_columns(file.engine) == COLUMNS
    assert file.keys("attribute_1") == PLACES
    assert file.keys("attribute_2") == TAX_NUMBERS


def test_a_column_is_compared_by_value_and_by_typing_errors(file: Workspace) -> None:
    expected = {
        ("ulm", "ulm2"): "Exact match on attribute_1",
        ("ulm_or_bonn", "bonn"): "Exact match on attribute_1",  # of equally many the first in the alphabet
        ("ulm_or_bonn", "ulm"): "one birth_place in common",
        ("ulm", "olm"): "birth_place mistyped",  # one letter of three
        ("heidelberg", "heidlbreg"): "birth_place mistyped",  # several letters of many
        ("ulm", "bonn"): "differs",
        ("ulm", "silent"): None,
    }
    levels = file.levels(settings(COLUMNS).create_settings_dict("duckdb"), expected)
    assert {pair: of_pair["attribute_1"] for pair, of_pair in levels.items()} == expected


def test_a_column_brings_pairs_to_the_table_that_agree_in_nothing_else(file: Workspace) -> None:
    assert keys_that_found(file) == {
        ("ulm", "ulm2"): ["attribute_1"],
        ("ulm", "ulm_or_bonn"): ["attribute_1"],
        ("ulm2", "ulm_or_bonn"): ["attribute_1"],
        ("bonn", "ulm_or_bonn"): ["attribute_1"],
        # A record that tells a number instead of a name is compared, too.
        ("nameless", "silent"): ["attribute_2"],
    }


def test_a_frequent_value_brings_pairs_only_with_a_name_or_a_birth_date(warehouse: Warehouse) -> None:
    born = date(1980, 5, 3)
    records = [
        SourceRecord("a", "Eva", "Klein"),
        SourceRecord("b", "Eva", "Lang"),
        SourceRecord("c", "Ruth", "Lang"),
        SourceRecord("d", "Ida", "Horn", born),
        SourceRecord("e", "Otto", "Berg", born),
        SourceRecord("f", "Paul", "Tal"),
    ]
    rows = [{**record.key, "attribute": "job", "attribute_value": "baker"} for record in records]
    linkage = warehouse.project.linkage
    warehouse.change_linkage(block=linkage.block.model_copy(update={"max_records": 3}), blocking_rules=[])
    with open_records(warehouse, *records, record_attribute=rows) as workspace:
        workspace.create_nodes()
        assert keys_that_found(workspace) == {
            ("a", "b"): ["given_name", "attribute_1"],
            ("b", "c"): ["family_name", "attribute_1"],
            ("d", "e"): ["birth_date", "attribute_1"],
        }


def test_the_committed_model_weighs_no_column_that_it_does_not_know(file: Workspace) -> None:
    alike, unlike = ("ulm", "ulm2"), ("ulm", "bonn")
    weights = file.weights(read_model(MODEL).settings, [alike, unlike])
    assert weights[alike][0] == weights[unlike][0]
    assert not any(
        part["comparison"].startswith("attribute") for _, parts in weights.values() for part in parts
    )


def test_a_model_trained_on_the_file_weighs_its_columns(warehouse: Warehouse) -> None:
    names = [given + ending for given in ("xan", "wut", "zol", "kir", "pem") for ending in ("a", "o", "us")]
    records = [
        SourceRecord(
            f"{copy}{n}",
            names[n % len(names)],
            f"Family{chr(97 + n // 26)}{chr(97 + n % 26)}",
            date(1950, 1, 1) + timedelta(days=97 * n),
            email=f"{copy}{n}@example.org",
        )
        for n in range(101)
        for copy in "ab"
    ]
    rows: list[Row] = [
        {**record.key, "attribute": attribute, "attribute_value": value}
        for number, record in enumerate(records)
        for attribute, value in {
            "room": f"{number * 7 % 20}",  # of a stay: nothing of the person
            "tax_number": f"{int(record.id[1:]) * 7919:06d}",
        }.items()
    ]
    training = warehouse.project.linkage.training.model_copy(update={"max_pairs_for_u": 20_000})
    warehouse.change_linkage(training=training)
    linkage, known = warehouse.project.linkage, read_model(MODEL)
    with open_records(warehouse, *records, record_attribute=rows) as workspace:
        model = train_model(warehouse.engine, linkage, seed=1, known=known).settings
        workspace.create_nodes()
        alike, unlike = ("a1", "b1"), ("a1", "b2")
        weights = {
            pair: sum(part["match_weight"] for part in parts if part["comparison"] == "attribute_2")
            for pair, (_, parts) in workspace.weights(model, [alike, unlike]).items()
        }
        assert weights[alike] > 5
        room = next(c for c in model["comparisons"] if c["output_column_name"] == "attribute_1")
        odds = [level["m_probability"] / level["u_probability"] for level in room["comparison_levels"][1:]]
        assert all(0.3 < share < 1.5 for share in odds), "equal rooms tell nothing, and other rooms neither"
        assert weights[unlike] < -3
