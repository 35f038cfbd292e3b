"""Tables that are brought up to date hold what a table built whole holds, whatever changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ModelError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import Model, build_model
from cdp_pipeline_tests.warehouse import BUSINESS_DATE, shipped_project

DELIVERED = """
model: delivered
description: What was delivered.
grain: one row per delivery
owner: team:tests
columns:
  - {name: record, type: VARCHAR, description: Its key.}
  - {name: word, type: VARCHAR, description: A word.}
  - {name: delivered_on, type: INTEGER, description: Which one counts.}
"""
LANGUAGE = """
model: language
description: A table that is compared as a whole.
grain: one row
owner: team:tests
columns:
  - {name: language, type: VARCHAR, description: A language.}
"""
SPOKEN = """
model: spoken
description: The words of the records.
grain: one row per record
owner: team:tests
key: [record]
incremental_by: [record]
ranking_columns: [delivered_on]
columns:
  - {name: record, type: VARCHAR, description: Its key.}
  - {name: said, type: VARCHAR, description: The word and its language.}
  - {name: computed_at, type: DOUBLE, description: Another number each time that the row is computed.}
"""
SPOKEN_SQL = """
with
delivered as (select * from {{ ref('delivered') }}),

language as (select * from {{ ref('language') }})

select
    delivered.record,
    delivered.word || ' ' || language.language as said,
    random() as computed_at
from delivered
cross join language
qualify row_number() over (partition by delivered.record order by delivered.delivered_on desc) = 1
"""


@cache
def spoken_model(
    sql: str = SPOKEN_SQL,
    contract: str = SPOKEN,
    language: str = LANGUAGE,
    language_sql: str = "select 'en' as language",
) -> Model:
    """Load the model from files, as a project of one's own has them."""
    root = Path(mkdtemp(prefix="project_"))
    folder = root / "dbt_like_sql" / "golden"
    folder.mkdir(parents=True)
    files = {
        "delivered.yml": DELIVERED,
        "delivered.sql": "select 'a' as record, 'b' as word, 1 as delivered_on",
        "language.yml": language,
        "language.sql": language_sql,
        "spoken.yml": contract,
        "spoken.sql": sql,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_graph(load_project(root))["golden.spoken"]


class Speech:
    """One table that is brought up to date, and its input."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        engine.create_schemas(["golden"])
        self.model = spoken_model()
        self.run_ids = (f"run {number}" for number in count())
        self.night = Night(engine, shipped_project(), BUSINESS_DATE, next(self.run_ids))
        self.speak("en")

    def write(self, sql: str, **others: str) -> None:
        self.model = spoken_model(sql, **others)

    def speak(self, language: str) -> None:
        self.engine.execute(f"create or replace table golden.language as select '{language}' as language")

    def deliver(self, *rows: tuple[str, str, int]) -> None:
        """Rows of record, word and date of delivery."""
        values = ", ".join(f"('{record}', '{word}', {day})" for record, word, day in rows)
        self.engine.execute(
            f"create or replace table golden.delivered as from (values {values}) as d(record, word, delivered_on)"
        )

    def build(self, *, rebuilds_everything: bool = False) -> dict[str, str]:
        """Build the table as a night would; return what each record said."""
        night = dataclasses.replace(self.night, run_id=next(self.run_ids))
        build_model(dataclasses.replace(night, rebuilds_everything=rebuilds_everything), self.model)
        return dict(self.engine.fetch_all("select record, said from golden.spoken"))

    def computed_at(self) -> dict[str, float]:
        return dict(self.engine.fetch_all("select record, computed_at from golden.spoken"))

    def computed_again(self, change: Callable[[], object]) -> set[str]:
        """Records of which the next night computes the row anew."""
        before = self.computed_at()
        change()
        self.build()
        return {record for record, number in self.computed_at().items() if before.get(record) != number}


@pytest.fixture
def speech() -> Iterator[Speech]:
    with Engine.open() as engine:
        speech = Speech(engine)
        speech.deliver(("a", "apple", 1), ("b", "bread", 1), ("c", "cheese", 1), *_others(20))
        speech.build()
        yield speech


def _others(count: int) -> list[tuple[str, str, int]]:
    return [(f"other {number}", "word", 1) for number in range(count)]


def test_rows_that_came_changed_and_went_are_seen_and_no_other_is_computed(speech: Speech) -> None:
    def change() -> None:
        speech.deliver(("a", "apple", 1), ("b", "butter", 1), ("d", "date", 1), *_others(20))

    assert speech.computed_again(change) == {"b", "d"}
    assert speech.build().items() >= {("a", "apple en"), ("b", "butter en"), ("d", "date en")}
    assert "c" not in speech.build()


def test_a_lone_row_delivered_again_is_not_computed(speech: Speech) -> None:
    def deliver_all_again() -> None:
        speech.deliver(("a", "apple", 2), ("b", "bread", 2), ("c", "cheese", 2), *_others(20))

    assert speech.computed_again(deliver_all_again) == set()


def test_of_several_rows_the_one_that_counts_is_found_anew(speech: Speech) -> None:
    speech.deliver(("a", "apple", 1), ("a", "acorn", 2), ("b", "bread", 1), *_others(20))
    assert speech.build()["a"] == "acorn en"
    speech.deliver(("a", "apple", 3), ("a", "acorn", 2), ("b", "bread", 1), *_others(20))
    assert speech.build()["a"] == "apple en"


def test_a_row_that_stands_twice_is_told_from_one_that_is_not_there(speech: Speech) -> None:
    speech.deliver(("a", "apple", 1), ("a", "apple", 1), ("b", "bread", 1), *_others(20))
    assert "c" not in speech.build()
    assert speech.build()["a"] == "apple en"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda speech: speech.speak("de"), id="another table that it reads"),
        pytest.param(
            lambda speech: speech.write(SPOKEN_SQL.replace("|| ' ' ||", "|| ' in ' ||")), id="its definition"
        ),
        pytest.param(
            lambda speech: speech.engine.execute("drop table golden.spoken"), id="the table is gone"
        ),
        pytest.param(lambda speech: speech.build(rebuilds_everything=True), id="asked for"),
        pytest.param(
            lambda speech: speech.deliver(("a", "x", 1), ("b", "y", 1), ("c", "z", 1), *_others(5)),
            id="more changed than is worth it",
        ),
    ],
)
def test_all_rows_are_computed_again(speech: Speech, change: Callable[[Speech], object]) -> None:
    assert speech.computed_again(lambda: change(speech)) == set(speech.build())


def test_a_table_that_an_older_version_wrote_in_between_is_built_whole(speech: Speech) -> None:
    speech.deliver(("a", "apple", 1), ("ghost", "gone", 1), *_others(20))
    speech.engine.execute(
        "create or replace table golden.spoken as select record, word from golden.delivered"
    )
    speech.engine.execute(
        "create table main.built_table (table_name varchar, fingerprint varchar, run_id varchar)"
    )
    speech.deliver(("a", "acorn", 1), ("b", "bread", 1), ("c", "cheese", 1), *_others(20))
    said = speech.build()
    assert "ghost" not in said
    assert said["a"] == "acorn en"
    assert speech.computed_again(lambda: None) == set(), "the next night starts from this one"


def test_exchanged_columns_of_the_input_are_seen(speech: Speech) -> None:
    columns = "record, {}, {}, delivered_on"
    delivered = "create or replace table golden.delivered as select {} from golden.delivered"
    speech.engine.execute(delivered.format(columns.format("word", "'not ' || word as other")))
    speech.build()
    speech.engine.execute(delivered.format(columns.format("word as other", "other as word")))
    assert speech.build()["a"] == "not apple en"


def test_another_engine_computes_all_rows_again(speech: Speech) -> None:
    speech.engine.execute("create function version() as 'v99'")
    assert speech.computed_again(lambda: None) == set(speech.build())


def test_what_a_row_follows_from_counts_by_its_definition() -> None:
    follows = LANGUAGE + "follows_from_key: true\n"
    with Engine.open() as engine:
        speech = Speech(engine)
        speech.deliver(*_others(20))
        speech.write(SPOKEN_SQL, language=follows)
        speech.build()
        assert speech.computed_again(lambda: speech.speak("de")) == set(), (
            "rows that come or go change nothing"
        )
        german = "select 'de' as language"
        speech.write(SPOKEN_SQL, language=follows, language_sql=german)
        assert speech.computed_again(lambda: None) == set(speech.build())


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("upper(delivered.record)", id="changed"),
        pytest.param("language.language", id="of another table"),
        pytest.param("nullif(delivered.record, 'a')", id="lost"),
    ],
)
def test_a_model_that_does_not_keep_its_key_is_refused(speech: Speech, key: str) -> None:
    sql = SPOKEN_SQL.replace("    delivered.record,\n", f"    {key} as record,\n")
    speech.write(sql)
    with pytest.raises(
        ModelError, match=r"spoken\.sql: \d+ rows of golden\.spoken have a key \(record\) that no row"
    ):
        speech.build()


def test_a_key_that_changes_in_a_later_night_is_refused(speech: Speech) -> None:
    speech.write(SPOKEN_SQL.replace("    delivered.record,\n", "    trim(delivered.record) as record,\n"))
    speech.build()
    speech.deliver(("a ", "apple", 1), ("b", "bread", 1), ("c", "cheese", 1), *_others(20))
    with pytest.raises(ModelError, match=r"1 rows of golden\.spoken have a key"):
        speech.build()


def test_a_table_read_without_a_name_is_refused_in_the_first_night(speech: Speech) -> None:
    unnamed = SPOKEN_SQL.replace("from delivered\n", "from {{ ref('delivered') }}\n")
    speech.write(unnamed.replace("delivered as (select * from {{ ref('delivered') }}),\n\n", ""))
    with pytest.raises(ModelError, match=r"built whole, but not brought up to date: .*Read each table under"):
        speech.build()


def test_a_night_that_fails_leaves_table_and_state_as_they_were(speech: Speech) -> None:
    before = speech.computed_at()
    speech.deliver(("a", "almond", 1), ("b", "bread", 1), ("c", "cheese", 1), *_others(20))
    fewer = speech.model.contract.model_copy(update={"columns": speech.model.contract.columns[:2]})
    broken = dataclasses.replace(speech.model, contract=fewer)
    with pytest.raises(ModelError, match="computed_at beyond its contract"):
        build_model(speech.night, broken)
    assert speech.computed_at() == before
    assert speech.build()["a"] == "almond en"


def test_a_table_of_which_nothing_is_delivered_is_built_whole() -> None:
    assert spoken_model().increment is not None
    assert (
        spoken_model(contract=SPOKEN.replace("incremental_by: [record]", "incremental_by: [said]")).increment
        is None
    )
