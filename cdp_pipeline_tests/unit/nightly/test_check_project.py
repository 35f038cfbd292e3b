"""`cdp check` finds at the desk what would otherwise fail at night."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG, SHIPPED_SQL, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConfigError, ModelError, NightError
from cdp_pipeline.nightly.check import (
    check_no_records_are_orphaned,
    check_project,
    unidentified_layouts,
    unset_databases,
)
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline_tests.warehouse import shipped_project


def replace_in(root: Path, name: str, old: str, new: str) -> None:
    """Lay a changed copy of a shipped file over it."""
    kind, _, rest = name.partition("/")
    text = ((SHIPPED_CONFIG if kind == "config" else SHIPPED_SQL) / rest).read_text(encoding="utf-8")
    assert old in text, "the shipped file has changed: plant the mistake elsewhere"
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def own_model(root: Path, sql: str, extra: str = "") -> None:
    folder = root / "dbt_like_sql" / "golden"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.sql").write_text(sql, encoding="utf-8")
    (folder / "own.yml").write_text(
        "model: own\ndescription: x\ngrain: one row\nowner: team:tests\n"
        "columns: [{name: a, type: INTEGER, description: x}]\n" + extra,
        encoding="utf-8",
    )


def misspelt_column(root: Path) -> None:
    own_model(root, "select cast(length(familly_name) as integer) as a from {{ ref('golden_profile') }}")


def wrong_type(root: Path) -> None:
    own_model(root, "select 'text' as a")


def column_beyond_the_contract(root: Path) -> None:
    own_model(root, "select 1 as a, 2 as b")


def column_of_the_contract_left_out(root: Path) -> None:
    own_model(root, "select 1 as b")


def no_sql(root: Path) -> None:
    own_model(root, "selct 1 as a")


def function_that_spark_lacks(root: Path) -> None:
    own_model(root, "select cast(hash(customer_id) % 9 as integer) as a from {{ ref('golden_profile') }}")


def macro_for_one_engine_only(root: Path) -> None:
    folder = root / "dbt_like_sql" / "macros" / "duckdb"
    folder.mkdir(parents=True)
    (folder / "own.sql").write_text("{% macro own(x) %}{{ x }}{% endmacro %}", encoding="utf-8")


def unknown_expectation(root: Path) -> None:
    extra = (
        "expectations:\n  - {type: expect_column_values_to_be_betwen, kwargs: {column: a, min_value: 0}}\n"
    )
    own_model(root, "select 1 as a", extra)


def wrong_column_in_a_layouts_expectation(root: Path) -> None:
    replace_in(root, "config/layouts/campaign_events.yml", "{column: email}", "{column: emial}")


def bound_of_a_layouts_text(root: Path) -> None:
    old = "expectations:\n"
    new = old + "  - {type: expect_column_values_to_be_between, kwargs: {column: email, min_value: 0}}\n"
    replace_in(root, "config/layouts/campaign_events.yml", old, new)


def segment_with_an_unknown_column(root: Path) -> None:
    old = "column: days_since_first_purchase"
    replace_in(root, "config/segments/new_buyers.yml", old, "column: days_since_first_purchas")


def activation_of_an_unknown_segment(root: Path) -> None:
    name = "config/activations/google_new_buyers.yml"
    replace_in(root, name, "segment: new_buyers", "segment: new_bayers")


def activation_for_a_purpose_of_another_channel(root: Path) -> None:
    name = "config/activations/google_new_buyers.yml"
    replace_in(root, name, "purpose: ad_audiences", "purpose: marketing")


def source_of_an_unknown_layout(root: Path) -> None:
    shutil.copytree(SHIPPED_CONFIG / "sources", root / "config" / "sources")
    replace_in(root, "config/sources/crm.yml", "layout: salesforce_contact", "layout: salesforce_kontakt")


def file_named_otherwise(root: Path) -> None:
    old, new = "segment: new_buyers", "segment: newcomers"
    replace_in(root, "config/segments/new_buyers.yml", old, new)


def broken_yaml(root: Path) -> None:
    old = "column: days_since_first_purchase"
    replace_in(root, "config/segments/new_buyers.yml", old, "column: [days_since_first_purchase")


def unknown_key(root: Path) -> None:
    old = "  column: days_since_first_purchase\n  at_most: 60"
    new = "  column: days_since_first_purchase\n  at_mots: 60"
    replace_in(root, "config/segments/new_buyers.yml", old, new)


def model_cut_short(root: Path) -> None:
    (root / "config" / "linkage").mkdir(parents=True)
    (root / "config" / "linkage" / "model.json").write_text('{"trained_nodes": 9, "spl', encoding="utf-8")


@pytest.mark.parametrize(
    ("plant", "error", "message"),
    [
        (misspelt_column, ModelError, r"golden/own\.sql: .*familly_name"),
        (wrong_type, ModelError, r"golden/own\.sql: golden\.own\.a is VARCHAR, its contract says INTEGER"),
        (column_beyond_the_contract, ModelError, r"golden\.own has column b beyond its contract"),
        (column_of_the_contract_left_out, ModelError, r"golden\.own lacks column a of its contract"),
        (no_sql, ModelError, r"golden/own\.sql: "),
        (function_that_spark_lacks, ModelError, r"golden/own\.sql: hash is not known to be portable"),
        (macro_for_one_engine_only, ModelError, r"macros/spark: there is no macro own"),
        (unknown_expectation, ConfigError, r"golden/own\..*betwen.*expect_column_values_to_be_between"),
        (wrong_column_in_a_layouts_expectation, ConfigError, r"campaign_events\.yml.*emial.*email"),
        (bound_of_a_layouts_text, ConfigError, r"campaign_events\.yml.*judged as text.*dbt_like_sql/standardise"),
        (segment_with_an_unknown_column, ConfigError, r"new_buyers\.yml.*days_since_first_purchase"),
        (activation_of_an_unknown_segment, ConfigError, r"google_new_buyers\.yml.*'new_bayers'.*new_buyers"),
        (activation_for_a_purpose_of_another_channel, ConfigError, r"google_new_buyers\.yml"),
        (source_of_an_unknown_layout, ConfigError, r"sources/crm\.yml.*'salesforce_kontakt'.*Known"),
        (file_named_otherwise, ConfigError, r"new_buyers\.yml: .segment: newcomers. must be the file's name"),
        (broken_yaml, ConfigError, r"new_buyers\.yml: not valid YAML"),
        (model_cut_short, ConfigError, r"config/linkage/model\.json: the linkage model cannot be read.*remove it"),
        (unknown_key, ConfigError, r"new_buyers\.yml: .*at_mots.*at_most"),
    ],
    ids=lambda value: value.__name__ if callable(value) and not isinstance(value, type) else "",
)  # fmt: skip
def test_a_planted_mistake_is_found_by_file_and_name(
    tmp_path: Path, plant: Callable[[Path], None], error: type[Exception], message: str
) -> None:
    plant(tmp_path)
    with pytest.raises(error, match=message):
        check_project(load_project(tmp_path))


def test_the_shipped_project_is_well_and_counted(tmp_path: Path) -> None:
    project = load_project(tmp_path)
    report = check_project(project)
    assert report.startswith(f"{len(project.sources)} sources, {len(project.layouts)} layouts, ")
    assert report.endswith(f"{len(project.activations)} activations")


def test_a_source_whose_file_was_removed_is_told_as_a_night_would(tmp_path: Path) -> None:
    project = load_project(tmp_path)
    check_no_records_are_orphaned(project)
    folder = project.published / "2026-05-05-run1"
    folder.mkdir(parents=True)
    with Engine.open(folder / "identified.duckdb") as engine:
        engine.execute("create schema extract; create table extract.file as select 'club' as source_system")
    point_current_to(folder)
    with pytest.raises(
        NightError, match=r"source club has delivered records, but no config/sources/club\.yml"
    ):
        check_no_records_are_orphaned(project)


def test_a_database_whose_url_is_not_set_here_is_told_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config" / "sources").mkdir(parents=True)
    (tmp_path / "config" / "sources" / "club.yml").write_text(
        "{source: club, title: Club, zone: UTC, country: DE, currency: EUR, files: "
        "[{layout: loyalty_members, database: {url_env: CDP_CLUB_DATABASE, table: members}}]}",
        encoding="utf-8",
    )
    monkeypatch.delenv("CDP_CLUB_DATABASE", raising=False)
    [warning] = unset_databases(load_project(tmp_path))
    assert "Source club" in warning
    assert "CDP_CLUB_DATABASE" in warning
    monkeypatch.setenv("CDP_CLUB_DATABASE", "sqlite:///x")
    assert unset_databases(load_project(tmp_path)) == []


def test_a_layout_that_an_erasure_would_pass_over_is_named() -> None:
    project = shipped_project()
    assert unidentified_layouts(project) == []
    events = project.layouts["web_events"]
    columns = {name: column.model_copy(update={"identifies": []}) for name, column in events.columns.items()}
    silent = {**project.layouts, "web_events": events.model_copy(update={"columns": columns})}
    [warning] = unidentified_layouts(dataclasses.replace(project, layouts=silent))
    assert "web_events" in warning
