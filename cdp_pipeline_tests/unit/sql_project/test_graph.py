"""From files to a graph: the conventions, and the errors of those who miss them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.errors import ModelError
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import ModelGraph
from cdp_pipeline.stages import Stage

CONTRACT = """
model: {name}
description: Test model.
grain: one row
owner: team:tests
{extra}
columns:
  - {{name: a, type: INTEGER, description: A number.}}
"""


class OwnModels:
    """A project whose `dbt_like_sql/` lies over the shipped one."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, name: str, sql: str | None, extra: str = "", stage: str = "golden") -> None:
        folder = self.root / "dbt_like_sql" / stage
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yml").write_text(CONTRACT.format(name=name, extra=extra), encoding="utf-8")
        if sql is not None:
            (folder / f"{name}.sql").write_text(sql, encoding="utf-8")

    def load(self) -> ModelGraph:
        return load_graph(load_project(self.root))


@pytest.fixture
def own(tmp_path: Path) -> OwnModels:
    return OwnModels(tmp_path)


def test_models_stand_after_everything_they_read() -> None:
    seen: set[str] = set()
    for model in load_graph(load_project(Path())):
        assert set(model.upstream) <= seen, model.full_name
        seen.add(model.full_name)


def test_stages_come_in_the_order_of_the_night() -> None:
    stages = [model.stage for model in load_graph(load_project(Path()))]
    assert stages == sorted(stages, key=list(Stage).index)


def test_a_file_with_its_contract_is_a_model(own: OwnModels) -> None:
    own.add("two", "select 1 as a from {{ ref('one') }}")
    own.add("one", "select 1 as a")
    assert own.load()["golden.two"].upstream == ("golden.one",)


def test_a_model_of_the_same_name_replaces_ours(own: OwnModels) -> None:
    shipped = own.load()["golden.purchase_coverage"]
    own.add("purchase_coverage", "select 1 as a")
    replaced = own.load()["golden.purchase_coverage"]
    assert len(shipped.contract.columns) > 1
    assert replaced.contract.column_names == ["a"]


def test_the_fingerprint_changes_with_the_sql(own: OwnModels) -> None:
    own.add("one", "select 1 as a")
    before = own.load()["golden.one"].fingerprint
    own.add("one", "select 2 as a")
    assert own.load()["golden.one"].fingerprint != before


@pytest.mark.parametrize(
    ("sql", "extra", "message"),
    [
        ("select 1 as a from {{ ref('nothing') }}", "", r"ref\('nothing'\) names no model"),
        ("select 1 as a from {{ source('nothing') }}", "", r"no source of the project delivers"),
        ("select {{ no_macro('x') }} as a", "", r"cannot be rendered: 'no_macro' is undefined"),
        ("select 1 as a from {{ ref('one') }}", "", r"circle"),
        (None, "", r"nothing builds the table"),
        (None, "python: cdp_pipeline.nowhere:build", r"module cdp_pipeline\.nowhere"),
        (None, "python: cdp_pipeline.night:build\ndepends_on: [nothing]", r"depends_on names nothing"),
    ],
)
def test_a_broken_model_says_what_is_wrong(own: OwnModels, sql: str | None, extra: str, message: str) -> None:
    own.add("one", sql, extra)
    with pytest.raises(ModelError, match=message):
        own.load()


def test_sql_without_a_contract_is_refused(own: OwnModels) -> None:
    own.add("one", "select 1 as a")
    (own.root / "dbt_like_sql/golden/one.yml").unlink()
    with pytest.raises(ModelError, match=r"has no contract\. Add one\.yml"):
        own.load()


def test_a_folder_that_is_no_stage_is_refused(own: OwnModels) -> None:
    own.add("one", "select 1 as a", stage="marts")
    with pytest.raises(ModelError, match="'marts' is no stage"):
        own.load()


def test_needed_for_lists_what_a_table_needs_and_nothing_else(own: OwnModels) -> None:
    own.add("one", "select 1 as a")
    own.add("two", "select 1 as a from {{ ref('one') }}")
    own.add("three", "select 1 as a")
    assert [model.name for model in own.load().needed_for("golden.two")] == ["one", "two"]
