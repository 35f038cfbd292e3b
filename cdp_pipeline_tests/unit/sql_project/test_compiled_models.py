"""SQL that Python writes from the configuration is built, and brought up to date, like that of a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError, ModelError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import Model, build_model
from cdp_pipeline.sql_project.model import WrittenAs
from cdp_pipeline_tests.warehouse import BUSINESS_DATE

SAID = """
model: said
description: What was said.
grain: one row per speaker
owner: team:tests
columns:
  - {name: speaker, type: VARCHAR, description: Who.}
  - {name: word, type: VARCHAR, description: What.}
"""
GREETING = """
model: greeting
description: What was said, with the name of the project.
grain: one row per speaker
owner: team:tests
key: [speaker]
incremental_by: [speaker]
compiled_by: cdp_pipeline_tests.unit.sql_project.test_compiled_models:greeting_sql
depends_on: [said]
columns:
  - {name: speaker, type: VARCHAR, description: Who.}
  - {name: words, type: VARCHAR, description: What.}
  - {name: computed_at, type: DOUBLE, description: Another number each time that the row is computed.}
"""


def greeting_sql(project: Project, written_as: WrittenAs) -> str:
    said = written_as("golden.said")
    return f"select speaker, word || ' {project.settings.name}' as words, random() as computed_at from {said}"


def overreaching_sql(_project: Project, _written_as: WrittenAs) -> str:
    return "select speaker, word as words, 0.0::double as computed_at from golden.unsaid"


class Greetings:
    """One table of which the SQL is compiled, and what it reads."""

    def __init__(self, engine: Engine, root: Path) -> None:
        folder = root / "dbt_like_sql" / "golden"
        folder.mkdir(parents=True)
        (folder / "said.yml").write_text(SAID, encoding="utf-8")
        (folder / "said.sql").write_text("select 'a' as speaker, 'b' as word", encoding="utf-8")
        (folder / "greeting.yml").write_text(GREETING, encoding="utf-8")
        self.engine, self.contract = engine, folder / "greeting.yml"
        self.project = load_project(root)
        self.night = Night(engine, self.project, BUSINESS_DATE, "run")
        engine.create_schemas(["golden"])

    @property
    def model(self) -> Model:
        return load_graph(self.project)["golden.greeting"]

    def build(self, **words: str) -> dict[str, tuple[str, float]]:
        """Build the table from the words of some speakers, and twenty who always say the same."""
        others = {f"other {number}": "word" for number in range(20)}
        values = ", ".join(f"('{speaker}', '{word}')" for speaker, word in {**others, **words}.items())
        self.engine.execute(
            f"create or replace table golden.said as from (values {values}) as d(speaker, word)"
        )
        build_model(self.night, self.model)
        rows = self.engine.fetch_all("from golden.greeting")
        return {speaker: (words, computed_at) for speaker, words, computed_at in rows}


@pytest.fixture
def greetings(tmp_path: Path) -> Iterator[Greetings]:
    with Engine.open() as engine:
        yield Greetings(engine, tmp_path)


def test_only_rows_of_changed_keys_are_computed_again(greetings: Greetings) -> None:
    before = greetings.build(anna="hello", ben="hi")
    after = greetings.build(anna="hello", ben="bye", carl="hey")
    assert {name for name in after if after[name] != before.get(name)} == {"ben", "carl"}
    assert after["ben"][0].startswith("bye ")
    assert "ben" not in greetings.build(anna="hello", carl="hey")


def test_another_configuration_computes_all_rows_again(greetings: Greetings) -> None:
    before = greetings.build(anna="hello")
    settings = greetings.project.settings.model_copy(update={"name": "elsewhere"})
    project = dataclasses.replace(greetings.project, settings=settings)
    greetings.night = dataclasses.replace(greetings.night, project=project)
    after = greetings.build(anna="hello")
    assert after["anna"][0] == "hello elsewhere"
    assert not {*before.values()} & {*after.values()}


def test_sql_that_reads_more_than_its_contract_declares_is_refused(greetings: Greetings) -> None:
    greetings.contract.write_text(GREETING.replace(":greeting_sql", ":overreaching_sql"), encoding="utf-8")
    with pytest.raises(
        ModelError, match=r"greeting\.yml: reads golden\.unsaid without declaring it\. Add it"
    ):
        greetings.build(anna="hello")


def test_a_table_is_built_by_one_function(greetings: Greetings) -> None:
    greetings.contract.write_text(GREETING + "python: cdp_pipeline.night:build\n", encoding="utf-8")
    with pytest.raises(CdpError, match="name one of them"):
        greetings.build(anna="hello")
