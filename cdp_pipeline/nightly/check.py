"""Validating a project without data: every contract, every model, every column."""

from __future__ import annotations

import os

from cdp_pipeline.activate.configuration import check_activations
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import Sensitivity
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError, ModelError
from cdp_pipeline.golden.survivorship import check_survivorship
from cdp_pipeline.nightly.models import gate_of, load_graph
from cdp_pipeline.nightly.readiness import check_linkage_model, check_no_source_is_lost
from cdp_pipeline.plural import counted
from cdp_pipeline.privacy.purposes import check_purposes_of_models
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline.segment.compiler import check_segments
from cdp_pipeline.sql_project import Model
from cdp_pipeline.sql_project.build import check_columns
from cdp_pipeline.sql_project.portability import check_macro_parity, check_portable
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.expectations import check_expectations

JUDGED_AS_TEXT = (
    "Delivered records are judged as text, whatever the `type` of a column, which sets aside what is none. Match a "
    "pattern, or ask it of the column's table in dbt_like_sql/standardise, as docs/validation.md says."
)


def check_project(project: Project) -> str:
    """Check everything that can be checked before a file arrives.

    Models are bound by the real engine against empty tables made from the contracts of what they read,
    so that a misspelt column or a wrong type is found here and not at night. A project's own models are
    held to portable SQL like ours.

    Returns:
        What was checked, in words.

    Raises:
        ConfigError: an expectation is unknown or misconfigured, or the linkage model cannot be read.
        ModelError: a model does not bind, does not yield its contract's columns, or cannot be written for
            Spark; a macro is missing for one engine.
    """
    graph = load_graph(project)
    check_survivorship(project)
    check_segments(project)
    check_activations(project)
    check_purposes_of_models(graph, project.purposes)
    check_linkage_model(project)
    for layout in project.layouts.values():
        columns = dict.fromkeys(layout.column_names, "VARCHAR")
        origin = f"config/layouts/{layout.layout}.yml"
        check_expectations(layout.gate, origin, columns, tables={}, remedy=JUDGED_AS_TEXT)
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        tables: dict[str, dict[str, str]] = {}
        for model in graph:
            columns = {column.name: column.type for column in model.contract.columns}
            check_expectations(gate_of(model), str(model.origin), columns, tables)
            _check_model(engine, model)
            tables[model.full_name] = columns
    check_macro_parity(project.sql_folders)
    check_portable(load_graph(project, "spark"))
    return ", ".join(
        [
            counted(len(project.sources), "source"),
            counted(len(project.layouts), "layout"),
            counted(len(graph.models), "model"),
            counted(len(project.segments), "segment"),
            counted(len(project.activations), "activation"),
        ]
    )


def unset_databases(project: Project) -> list[str]:
    """Name database sources whose URL is not set here, in sentences.

    No fault of the configuration: it is checked where secrets are absent too, on a laptop or in CI.
    """
    return [
        f"Source {source.source} reads a database, and the environment variable {name} with its URL is not set here. "
        "Set it where nights run; without it the source is blocked."
        for source in project.sources.values()
        for name in sorted({file.database.url_env for file in source.files if file.database})
        if not os.environ.get(name)
    ]


def unlimited_retention(project: Project) -> list[str]:
    """Say that nothing is ever deleted, where the project has not decided how long what is kept."""
    if project.retention.rules:
        return []
    return [
        "There is no config/retention.yml, so everything is kept for ever. Decide how long what is kept: "
        "rename config/retention.yml.example, as cdp init writes it, and set your periods."
    ]


def unidentified_layouts(project: Project) -> list[str]:
    """Name layouts that an erasure would pass over: they hold people's values, and no column says whose."""
    return [
        f"Layout {name} has personal data, but no column says whose a record is, so an erasure does not find it in "
        f"deliveries. Declare `identifies` in config/layouts/{name}.yml, as docs/how-to/erase-a-person.md says."
        for name, layout in project.used_layouts.items()
        if any(column.sensitivity is Sensitivity.DIRECT for column in layout.columns.values())
        and not any(column.identifies for column in layout.columns.values())
    ]


def check_no_records_are_orphaned(project: Project) -> None:
    """Refuse, as a night would, that a source with records is no longer listed; before a first night there is none.

    Raises:
        NightError: names the source and the ways on.
    """
    folder = current_night(project.published)
    if folder:
        with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
            check_no_source_is_lost(engine, project)


def _check_model(engine: Engine, model: Model) -> None:
    """Bind a model's SQL, then stand in an empty table for what reads it."""
    if model.sql:
        try:
            actual = engine.describe(model.sql)
        except CdpError as error:
            raise ModelError(f"{model.origin}: {error}") from None
        check_columns(actual, model)
    columns = ", ".join(f"{column.name} {column.type}" for column in model.contract.columns)
    engine.execute(f"create table {model.full_name} ({columns})")
