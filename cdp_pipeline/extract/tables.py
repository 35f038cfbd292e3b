"""The models of this stage: the night, the sources, the file ledger and one raw table per layout."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.extract.database.reads import (
    DATABASE_READ,
    WATERMARK,
    build_database_read,
    build_watermark,
)
from cdp_pipeline.extract.database.relation import reads_databases
from cdp_pipeline.extract.drift import DRIFT, FILE_COLUMN, build_drift, create_file_column
from cdp_pipeline.extract.erased import ERASED_RECORD, TOMBSTONE, create_tombstone, keep_out_what_follows
from cdp_pipeline.extract.ledger import (
    DELIVERY,
    FILE,
    build_delivery,
    build_file,
)
from cdp_pipeline.extract.load import (
    UNPARSED_RECORD,
    create_unparsed_record,
    load_layout,
    raw_table_contract,
)
from cdp_pipeline.extract.rewritten_table import REWRITTEN_FILE, build_rewritten_file
from cdp_pipeline.extract.unrecognised import UNRECOGNISED_FILE, build_unrecognised_file
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project.model import Model, python_model
from cdp_pipeline.stages import Stage

NIGHT = TableContract(
    model="night",
    description="The night that built the tables of this file.",
    grain="one row",
    owner=DATA_ENGINEERING,
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="business_date", type="DATE", description="UTC day that the night stands for."),
        ColumnContract(name="run_id", type="VARCHAR", description="Run that built the tables."),
    ],
)

SOURCE_SYSTEM = TableContract(
    model="source_system",
    description="The sources of the project, with what their files do not say.",
    grain="one row per source",
    owner=DATA_ENGINEERING,
    key=["source_system"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="source_system", type="VARCHAR", description="Name of the source instance."),
        ColumnContract(name="title", type="VARCHAR", description="Name for people."),
        ColumnContract(name="zone", type="VARCHAR", description="IANA zone of times without one."),
        ColumnContract(
            name="country", type="VARCHAR", description="ISO 3166-1 alpha-2, where none is given."
        ),
        ColumnContract(name="currency", type="VARCHAR", description="ISO 4217, where none is given."),
    ],
)


def extract_models(project: Project) -> Iterator[Model]:
    """Yield the models of the extract stage, generated from sources and layouts."""
    project_file = project.config_folders[-1] / "project.yml"
    yield python_model(Stage.EXTRACT, NIGHT, _build_night, (), project_file)
    yield python_model(Stage.EXTRACT, SOURCE_SYSTEM, _build_source_system, (), project_file)
    reads: tuple[str, ...] = ()
    if reads_databases(project):
        yield python_model(Stage.EXTRACT, DATABASE_READ, build_database_read, (), project_file)
        reads = (f"{Stage.EXTRACT}.database_read",)
    yield python_model(Stage.EXTRACT, DELIVERY, build_delivery, reads, project_file)
    found = (f"{Stage.EXTRACT}.delivery",)
    yield python_model(Stage.EXTRACT, UNRECOGNISED_FILE, build_unrecognised_file, found, project_file)
    yield python_model(Stage.EXTRACT, FILE, build_file, found, project_file)
    if reads:
        entered = (*reads, f"{Stage.EXTRACT}.file")
        yield python_model(Stage.EXTRACT, WATERMARK, build_watermark, entered, project_file)
    yield python_model(Stage.EXTRACT, TOMBSTONE, create_tombstone, (), project_file)
    raw_tables = []
    for layout in project.used_layouts.values():
        contract = raw_table_contract(layout)
        upstream = (f"{Stage.EXTRACT}.file", f"{Stage.EXTRACT}.tombstone")
        origin = project.config_folders[-1] / "layouts" / f"{layout.layout}.yml"
        model = python_model(Stage.EXTRACT, contract, partial(load_layout, layout=layout), upstream, origin)
        raw_tables.append(model.full_name)
        yield model
    yield python_model(
        Stage.EXTRACT, UNPARSED_RECORD, create_unparsed_record, tuple(raw_tables), project_file
    )
    yield python_model(Stage.EXTRACT, ERASED_RECORD, keep_out_what_follows, tuple(raw_tables), project_file)
    yield python_model(Stage.EXTRACT, FILE_COLUMN, create_file_column, tuple(raw_tables), project_file)
    yield python_model(
        Stage.EXTRACT,
        DRIFT,
        build_drift,
        (f"{Stage.EXTRACT}.file", f"{Stage.EXTRACT}.file_column"),
        project_file,
    )
    erased = (f"{Stage.EXTRACT}.unparsed_record", f"{Stage.EXTRACT}.erased_record")
    yield python_model(Stage.EXTRACT, REWRITTEN_FILE, build_rewritten_file, erased, project_file)


def _build_night(night: Night) -> None:
    night.engine.replace_table(
        "extract.night",
        "select cast(? as date) as business_date, cast(? as varchar) as run_id",
        [night.business_date, night.run_id],
    )


def _build_source_system(night: Night) -> None:
    night.engine.execute(
        f"create or replace table extract.source_system ({SOURCE_SYSTEM.column_definitions})"
    )
    for name, source in night.project.sources.items():
        night.engine.execute(
            "insert into extract.source_system values (?, ?, ?, ?, ?)",
            [name, source.title, source.zone, source.country, source.currency],
        )
