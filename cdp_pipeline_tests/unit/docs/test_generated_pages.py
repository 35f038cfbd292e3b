"""Pages made from the code leave nothing out and nothing unsaid."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import pytest
import typer

from cdp_pipeline.cli.app import app
from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import Model
from cdp_pipeline.validate.expectations.catalogue import SUPPORTED_EXPECTATIONS
from cdp_pipeline_tests.unit.docs.pages import DOCS, REPOSITORY


@pytest.fixture(scope="module", autouse=True)
def hooks_are_importable() -> Any:
    """The folder of the hooks on the path, as MkDocs puts it there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS / "hooks"))
        yield
    for name in ("command_page", "configuration_page", "expectation_words", "markdown_text", "table_pages"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def tables() -> list[Model]:
    return load_graph(load_project(REPOSITORY)).tables


def test_every_table_has_a_section_on_the_page_of_its_stage(tables: list[Model]) -> None:
    pages = import_module("table_pages").table_pages(REPOSITORY)
    for model in tables:
        page = pages[f"reference/tables/{model.stage}.md"]
        section = page.partition(f"## {model.full_name} {{ #{model.name} }}")[2].partition("\n## ")[0]
        assert model.contract.description in section
        assert all(f"`{column}`" in section for column in model.contract.column_names)
        assert f"[{model.full_name}]" in pages["reference/tables/index.md"]


def test_every_expectation_of_the_project_is_put_into_words(tables: list[Model]) -> None:
    in_words = import_module("expectation_words").in_words
    for model in tables:
        for expectation in model.contract.expectations:
            assert in_words(expectation)


def test_every_supported_expectation_has_words() -> None:
    assert set(import_module("expectation_words").WORDS) == set(SUPPORTED_EXPECTATIONS)


@pytest.mark.parametrize(
    ("type_", "kwargs", "words"),
    [
        ("expect_column_values_to_not_be_null", {"column": "a"}, "`a` is given"),
        ("expect_column_values_to_be_between", {"column": "a", "min_value": 0}, "`a` is at least 0"),
        (
            "expect_column_values_to_be_between",
            {"column": "a", "min_value": 0, "strict_min": True, "max_value": 9, "mostly": 0.95},
            "`a` is more than 0 and at most 9, in at least 95% of the rows",
        ),
        (
            "expect_column_values_to_be_in_set",
            {"column": "a", "value_set": ["x", "y"]},
            "`a` is one of `x`, `y`",
        ),
        ("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}, "`a`, `b` are unique together"),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "b", "column_B": "a", "ignore_row_if": "either_value_is_missing"},
            "`b` is greater than `a`, where both are given",
        ),
    ],
)
def test_an_expectation_reads_as_a_sentence(type_: str, kwargs: dict[str, Any], words: str) -> None:
    assert import_module("expectation_words").in_words(ExpectationSpec(type=type_, kwargs=kwargs)) == words


def test_every_key_of_the_configuration_has_a_meaning() -> None:
    """What has none here lacks a line under `Attributes:` in its contract's docstring."""
    configuration = import_module("configuration_page")
    unsaid = [
        f"{contract.__name__}.{key}"
        for contract in configuration.all_contracts()
        for key, meaning in configuration.meanings_of(contract).items()
        if not meaning
    ]
    assert unsaid == []


def test_every_kind_of_configuration_is_described() -> None:
    page = import_module("configuration_page").configuration_page()
    folders = {path.name for path in (REPOSITORY / "cdp_pipeline" / "config").iterdir()}
    assert {name for name in folders if f"config/{name}" not in page} == set()


def test_every_command_has_a_section_with_all_its_options() -> None:
    commands = import_module("command_page")
    page = commands.command_page()
    for path, command in commands.commands_of(typer.main.get_command(app), ("cdp",)):
        section = page.partition(f"## {' '.join(path)} {{")[2].partition("\n## ")[0]
        assert command.help in section
        for parameter in command.params:
            assert parameter.param_type_name == "argument" or f"`{parameter.opts[0]}`" in section
