"""Every query of the documentation runs against published nights and finds what it is about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.sample_project import SAMPLES
from cdp_pipeline_tests.unit.docs.pages import DOCS, Block, all_blocks, blocks_of

pytestmark = pytest.mark.slow

DATABASES = {"analyst.duckdb", "identified.duckdb"}
QUERIES = [block for block in all_blocks() if block.language == "sql" and block.title in DATABASES]
DELIVERED_IN = {
    "customer_web_event": "web",
    "customer_service_interaction": "service",
    "ad_spend": "ads",
    "product": "catalogue",
}
"""Folder of the sample's night that a table is made from; a query may find nothing where the sample has none."""


DECIDED_BY_PEOPLE = ("decision_conflict", "match_decision")
"""Nobody has decided anything about the sample's nights."""


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_query_runs_and_returns_rows(query: Block, nights: PublishedNights) -> None:
    with Engine.open(nights.second / query.title, read_only=True) as engine:
        rows = engine.fetch_all(query.text)
    assert rows or any(re.search(rf"\.{table}\b", query.text) for table in tables_that_may_be_empty())
    assert len(set(rows)) == len(rows), "each row says something else"


@pytest.mark.parametrize("page", ["analysts/connect.md", "start.md", "how-to/test-worlds.md"])
def test_python_shown_runs(
    page: str, nights: PublishedNights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder with the names that the pages use, one block after the other, as in one session."""
    (tmp_path / "data").symlink_to(nights.project.root / "data")
    (tmp_path / "worlds").mkdir()
    (tmp_path / "worlds" / "small").symlink_to(SAMPLES)
    (tmp_path / "worlds" / "project").symlink_to(nights.project.root)
    monkeypatch.chdir(tmp_path)
    session: dict[str, object] = {}
    shown = [block.text for block in blocks_of(DOCS / page) if block.language == "python"]
    for text in shown:
        exec(text, session)
    assert shown


def tables_that_may_be_empty() -> list[str]:
    return [*DECIDED_BY_PEOPLE, *(table for table, folder in DELIVERED_IN.items() if not has_sample(folder))]


def has_sample(folder: str) -> bool:
    return (SAMPLES / "night_1" / folder).is_dir()


def test_sql_names_the_file_that_it_is_for() -> None:
    nameless = [str(b) for b in all_blocks() if b.language == "sql" and not b.title]
    assert nameless == []


def test_the_page_of_queries_holds_enough_of_them_and_most_are_for_analysts() -> None:
    page = [query for query in QUERIES if query.page == "docs/analysts/queries.md"]
    for_analysts = [query for query in page if query.title == "analyst.duckdb"]
    assert len(page) >= 15
    assert len(for_analysts) > len(page) / 2
