"""Column lineage: where values come from, through macros, parts and views, to tables that can be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import ModelGraph
from cdp_pipeline.sql_project.lineage import TableLineage, column_lineage, lineage_fingerprint


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> ModelGraph:
    return load_graph(load_project(tmp_path_factory.mktemp("project")))


@pytest.fixture(scope="module")
def lineage(shipped: ModelGraph) -> dict[str, TableLineage]:
    return {table.full_name: column_lineage(shipped, table) for table in shipped.tables}


def sources(lineage: dict[str, TableLineage], column: str) -> set[str]:
    table, _, name = column.rpartition(".")
    return {f"{source.table}.{source.column}" for source in lineage[table][name]}


@pytest.mark.parametrize(
    ("column", "comes_from"),
    [
        ("golden.golden_profile.customer_id", {"link.customer_source_record.customer_id"}),
        (
            "golden.golden_profile.email",
            {"golden.profile_value.value", "golden.profile_value.column_name"},
        ),
        (
            "golden.golden_profile.first_seen_at",
            {
                "golden.candidate_record.observed_at",
                "golden.customer_purchase.occurred_at",
                "golden.record_first_seen.first_seen_at",
            },
        ),
        ("golden.contact_consent.decided_at", {"golden.consent_ledger.occurred_at"}),
        ("golden.contact_consent.is_granted", {"golden.consent_ledger.status"}),
    ],
)
def test_columns_come_from_where_their_sql_takes_them(
    lineage: dict[str, TableLineage], column: str, comes_from: set[str]
) -> None:
    assert sources(lineage, column) == comes_from


def test_parts_are_seen_through_to_the_tables_of_the_layouts(lineage: dict[str, TableLineage]) -> None:
    assert {
        "validate.shopify_orders.name",
        "validate.square_transactions.transaction_id",
    } <= sources(lineage, "standardise.purchase.purchase_id")


def test_a_column_that_only_filters_or_orders_is_no_source(lineage: dict[str, TableLineage]) -> None:
    everything = {s for column in lineage["golden.golden_profile"].values() for s in column}
    assert ("golden.profile_value", "value") in everything
    assert ("golden.profile_value", "is_survivor") not in everything


def test_constants_and_counts_of_rows_come_from_nowhere(lineage: dict[str, TableLineage]) -> None:
    assert lineage["golden.contact_state"]["contact_kind"] == []
    assert lineage["golden.golden_profile"]["record_count"] == []


def test_every_sql_table_has_lineage_for_each_column_and_python_tables_have_none(
    shipped: ModelGraph, lineage: dict[str, TableLineage]
) -> None:
    for table in shipped.tables:
        expected = table.contract.column_names if table.sql else []
        assert list(lineage[table.full_name]) == expected, table.full_name


def test_lineage_ends_in_stored_columns_that_the_table_depends_on(
    shipped: ModelGraph, lineage: dict[str, TableLineage]
) -> None:
    stored = {table.full_name: set(table.contract.column_names) for table in shipped.tables}
    for table in shipped.tables:
        ends = {source for column in lineage[table.full_name].values() for source in column}
        assert {end.table for end in ends} <= set(shipped.tables_read(table)), table.full_name
        assert [end for end in ends if end.column not in stored[end.table]] == [], table.full_name


CONTRACT = "model: {}\ndescription: x\ngrain: one row\nowner: team:tests\n{}columns: [{}]\n"
NUMBER = "{{name: {}, type: INTEGER, description: x}}"


def add(root: Path, name: str, sql: str, *columns: str, extra: str = "") -> None:
    folder = root / "dbt_like_sql" / "golden"
    folder.mkdir(parents=True, exist_ok=True)
    contract = CONTRACT.format(name, extra, ", ".join(NUMBER.format(column) for column in columns))
    (folder / f"{name}.yml").write_text(contract, encoding="utf-8")
    (folder / f"{name}.sql").write_text(sql, encoding="utf-8")


def own_graph(root: Path) -> ModelGraph:
    return load_graph(load_project(root))


def test_views_of_views_a_union_and_a_subquery_are_seen_through(tmp_path: Path) -> None:
    add(tmp_path, "first", "select 1 as a, 2 as b, 3 as c", "a", "b", "c")
    add(
        tmp_path,
        "inner_view",
        "select a as x, b as y from {{ ref('first') }}",
        "x",
        "y",
        extra="kind: view\n",
    )
    add(
        tmp_path,
        "outer_view",
        "select x from {{ ref('inner_view') }} union all select y as x from {{ ref('inner_view') }}",
        "x",
        extra="kind: view\n",
    )
    query = "select x, (select max(c) from {{ ref('first') }}) as top from {{ ref('outer_view') }}"
    add(tmp_path, "last", query, "x", "top")
    graph = own_graph(tmp_path)
    assert column_lineage(graph, graph["golden.last"]) == {
        "x": [("golden.first", "a"), ("golden.first", "b")],
        "top": [("golden.first", "c")],
    }


def test_the_fingerprint_follows_the_sql_its_views_and_the_columns_that_they_find(tmp_path: Path) -> None:
    add(tmp_path, "first", "select 1 as a", "a")
    add(tmp_path, "seen_through", "select * from {{ ref('first') }}", "a", extra="kind: view\n")
    add(tmp_path, "last", "select a from {{ ref('seen_through') }}", "a")

    def fingerprint() -> str:
        graph = own_graph(tmp_path)
        return lineage_fingerprint(graph, graph["golden.last"])

    seen = [fingerprint(), fingerprint()]
    assert seen[0] == seen[1]
    add(tmp_path, "last", "select a + 1 as a from {{ ref('seen_through') }}", "a")
    seen.append(fingerprint())
    add(tmp_path, "seen_through", "select a from {{ ref('first') }}", "a", extra="kind: view\n")
    seen.append(fingerprint())
    add(tmp_path, "first", "select 1 as a, 2 as b", "a", "b")
    seen.append(fingerprint())
    assert len(set(seen[1:])) == 4
