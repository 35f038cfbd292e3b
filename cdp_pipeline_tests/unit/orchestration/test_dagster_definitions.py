"""What an engineer sees in Dagster: every table with its meaning, in the order of the night."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.orchestration.assets import PUBLISHED_NIGHT, asset_key
from cdp_pipeline.orchestration.checks import KEY_CHECK, SOURCES_CHECK, check_name
from cdp_pipeline.orchestration.definitions import NIGHTLY, build_definitions
from cdp_pipeline.orchestration.night_resource import NightResource
from cdp_pipeline.sql_project import ModelGraph
from cdp_pipeline.stages import Stage

CANONICAL = (
    "customer_record", "contact_point", "postal_address", "external_id",
    "consent_event", "purchase", "purchase_line", "email_event",
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def models(project: Project) -> ModelGraph:
    return load_graph(project)


@pytest.fixture(scope="module")
def definitions(project: Project) -> dg.Definitions:
    return build_definitions(project)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dg.AssetGraph:
    return definitions.resolve_asset_graph()


def test_every_table_is_an_asset_and_no_view_is(graph: dg.AssetGraph, models: ModelGraph) -> None:
    tables = {asset_key(model.full_name) for model in models.tables}
    assert graph.get_all_asset_keys() == tables | {PUBLISHED_NIGHT}


def test_groups_are_exactly_the_stages(graph: dg.AssetGraph) -> None:
    assert {node.group_name for node in graph.asset_nodes} == {str(stage) for stage in Stage}
    assert [n.key for n in graph.asset_nodes if n.group_name != n.key.path[0]] == []


def test_every_asset_says_what_it_means_and_who_owns_it(graph: dg.AssetGraph) -> None:
    assert [node.key for node in graph.asset_nodes if not (node.description or "").strip()] == []
    assert [node.key for node in graph.asset_nodes if not node.owners] == []
    tables = [node for node in graph.asset_nodes if node.key != PUBLISHED_NIGHT]
    assert [node.key for node in tables if "Grain: " not in node.description] == []


def test_every_table_shows_its_columns_with_type_and_meaning(
    graph: dg.AssetGraph, models: ModelGraph
) -> None:
    for model in models.tables:
        schema = graph.get(asset_key(model.full_name)).metadata["dagster/column_schema"]
        shown = [(column.name, column.type, column.description) for column in schema.columns]
        assert shown == [(c.name, c.type, c.description) for c in model.contract.columns]
        assert all(description for _, _, description in shown), model.full_name


def test_assets_depend_on_the_tables_that_they_read(graph: dg.AssetGraph, models: ModelGraph) -> None:
    for model in models.tables:
        read = {asset_key(name) for name in models.tables_read(model)}
        assert graph.get(asset_key(model.full_name)).parent_keys == read, model.full_name


def test_nothing_is_published_before_every_table_is_built(graph: dg.AssetGraph) -> None:
    before = dg.AssetSelection.assets(PUBLISHED_NIGHT).upstream().resolve(graph)
    assert before == graph.get_all_asset_keys()


@pytest.mark.parametrize("table", CANONICAL)
def test_canonical_tables_have_a_key_check_that_blocks(graph: dg.AssetGraph, table: str) -> None:
    check = graph.get(dg.AssetCheckKey(dg.AssetKey(["standardise", table]), KEY_CHECK))
    assert check.blocking
    assert check.description.endswith("complete and unique")


def test_every_declared_expectation_is_a_check_and_critical_ones_block_after_the_first_gate(
    graph: dg.AssetGraph, models: ModelGraph
) -> None:
    for model in models.tables:
        key = asset_key(model.full_name)
        declared = {check_name(spec): spec for spec in model.contract.expectations}
        checks = {check.name for check in graph.get(key).check_keys} - {KEY_CHECK, SOURCES_CHECK}
        assert checks == set(declared), model.full_name
        for name, spec in declared.items():
            expected = model.stage.is_after(Stage.VALIDATE) and spec.severity == "critical"
            assert graph.get(dg.AssetCheckKey(key, name)).blocking is expected, (key, name)


def test_the_nightly_job_builds_every_asset(definitions: dg.Definitions, graph: dg.AssetGraph) -> None:
    job = definitions.resolve_job_def(NIGHTLY)
    assert job.asset_layer.selected_asset_keys == graph.get_all_asset_keys()


def test_the_schedule_runs_the_nightly_job_when_the_project_says(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "project.yml").write_text(
        "name: moon_shop\ntitle: Moon shop\nschedule: {cron: '30 4 * * 1-5', zone: Asia/Tokyo}\n",
        encoding="utf-8",
    )
    schedule = build_definitions(load_project(tmp_path)).resolve_schedule_def("every_night")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 4 * * 1-5", "Asia/Tokyo")
    assert schedule.job_name == NIGHTLY


def test_a_scheduled_night_stands_for_the_utc_date_of_its_tick(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "project.yml").write_text(
        "name: moon_shop\ntitle: Moon shop\nschedule: {cron: '30 4 * * *', zone: Asia/Tokyo}\n",
        encoding="utf-8",
    )
    definitions = build_definitions(load_project(tmp_path))
    schedule = definitions.resolve_schedule_def("every_night")
    tick = datetime(2026, 5, 4, 19, 30, tzinfo=UTC)  # 04:30 of the fifth in Tokyo
    with dg.build_schedule_context(scheduled_execution_time=tick) as context:
        [request] = schedule.evaluate_tick(context).run_requests or []
    accepted = dg.validate_run_config(definitions.resolve_job_def(NIGHTLY), request.run_config)
    assert accepted["resources"]["night"]["config"]["business_date"] == "2026-05-04"
    assert {"cdp/business_date": "2026-05-04", "cdp/project": "moon_shop"}.items() <= request.tags.items()


def test_failed_steps_are_retried_as_the_project_says(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "project.yml").write_text(
        "name: moon_shop\ntitle: Moon shop\nretry: {max_retries: 3, delay_seconds: 7}\n", encoding="utf-8"
    )
    assets = build_definitions(load_project(tmp_path)).assets or []
    policies = {asset.op.retry_policy for asset in assets if isinstance(asset, dg.AssetsDefinition)}
    assert policies == {dg.RetryPolicy(max_retries=3, delay=7)}


def test_the_code_version_of_an_asset_changes_with_its_sql(tmp_path: Path) -> None:
    def versions() -> dict[dg.AssetKey, str | None]:
        graph = build_definitions(load_project(tmp_path)).resolve_asset_graph()
        return {node.key: node.code_version for node in graph.asset_nodes}

    folder = tmp_path / "dbt_like_sql" / "golden"
    folder.mkdir(parents=True)
    (folder / "own.yml").write_text(
        "model: own\ndescription: x\ngrain: one row\nowner: team:tests\n"
        "columns: [{name: a, type: INTEGER, description: x}]\n",
        encoding="utf-8",
    )
    (folder / "own.sql").write_text("select 1 as a", encoding="utf-8")
    before = versions()
    (folder / "own.sql").write_text("select 2 as a", encoding="utf-8")
    after = versions()
    assert {key for key in after if after[key] != before[key]} == {asset_key("golden.own")}


def test_a_business_date_that_is_none_is_refused_before_the_run() -> None:
    with pytest.raises(ValueError, match="business_date"):
        NightResource(project_root=".", business_date="4 May")


def test_the_night_is_open_only_while_a_run_executes() -> None:
    with pytest.raises(dg.DagsterInvariantViolationError, match="only open while a run executes"):
        _ = NightResource(project_root=".").night


def test_the_published_night_has_a_deadline_and_says_where_it_lies(
    project: Project, graph: dg.AssetGraph
) -> None:
    node = graph.get(PUBLISHED_NIGHT)
    assert node.freshness_policy == dg.FreshnessPolicy.cron(
        "0 9 * * *", lower_bound_delta=timedelta(hours=6), timezone="Europe/Berlin"
    )
    assert node.metadata["current"].path == str(project.published / "current")


@pytest.mark.parametrize(
    ("table", "tags", "kinds"),
    [
        (
            "golden.golden_profile",
            {"cdp/sensitivity": "direct", "cdp/published_identified": "", "cdp/published_analyst": ""},
            {"duckdb", "sql"},
        ),
        ("link.cluster", {"cdp/sensitivity": "pseudonym"}, {"duckdb", "python"}),
        ("standardise.country_name", {"cdp/sensitivity": "none"}, {"duckdb", "csv"}),
    ],
)
def test_tags_say_who_reads_a_table_and_how_close_it_comes_to_people(
    graph: dg.AssetGraph, table: str, tags: dict[str, str], kinds: set[str]
) -> None:
    node = graph.get(asset_key(table))
    assert {name: value for name, value in node.tags.items() if name.startswith("cdp/")} == tags
    assert node.kinds == kinds


def test_the_launchpad_explains_the_business_date() -> None:
    fields = NightResource.model_fields
    assert "Empty: today (UTC)" in str(fields["business_date"].description)
    assert all(field.description for field in fields.values())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dg.AssetGraph:
    """What the UI shows of a project; its Dagster home is the project's own."""
    root = tmp_path_factory.mktemp("shown")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", "")
        return build_definitions(load_project(root), with_showcase=True).resolve_asset_graph()


def test_the_ui_shows_where_a_columns_values_come_from(shown: dg.AssetGraph) -> None:
    metadata = shown.get(asset_key("golden.golden_profile")).metadata
    deps = metadata["dagster/column_lineage"].deps_by_column
    assert deps["customer_id"] == [dg.TableColumnDep(asset_key("link.customer_source_record"), "customer_id")]
    rows = {
        record.data["column"]: record.data["values_come_from"]
        for record in metadata["column_lineage"].records
    }
    assert rows["customer_id"] == "link.customer_source_record.customer_id"


def test_lineage_names_only_assets_and_their_columns(shown: dg.AssetGraph) -> None:
    columns = {
        node.key: {column.name for column in node.metadata["dagster/column_schema"].columns}
        for node in shown.asset_nodes
        if node.key != PUBLISHED_NIGHT
    }
    named = [
        dep
        for node in shown.asset_nodes
        if "dagster/column_lineage" in node.metadata
        for deps in node.metadata["dagster/column_lineage"].deps_by_column.values()
        for dep in deps
    ]
    assert len(named) > 200
    assert [dep for dep in named if dep.column_name not in columns[dep.asset_key]] == []


def test_the_linkage_model_is_shown_as_a_picture(shown: dg.AssetGraph) -> None:
    chart = shown.get(asset_key("link.edge")).metadata["match_weights_of_the_linkage_model"]
    picture = base64.b64decode(re.fullmatch(r"!\[.*\]\(data:image/png;base64,(.*)\)", chart.md_str)[1])
    assert picture.startswith(b"\x89PNG")


def test_a_night_carries_nothing_that_only_the_ui_shows(graph: dg.AssetGraph) -> None:
    metadata = graph.get(asset_key("golden.golden_profile")).metadata
    assert "dagster/column_schema" in metadata
    assert "dagster/column_lineage" not in metadata
