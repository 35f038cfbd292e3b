"""The models of this stage: results, quarantine, one table of accepted records per layout, conservation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import ColumnContract, TableContract
from cdp_pipeline.sql_project.model import Model, python_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.acceptance import accept_layout
from cdp_pipeline.validate.conservation import build_conservation
from cdp_pipeline.validate.results import OWNER, QUARANTINE, RESULT, create_quarantine, create_result

CONSERVATION = TableContract(
    model="conservation",
    description="Every record of every file accounted for: physical = loaded + quarantined + blank.",
    grain="one row per file",
    owner=OWNER,
    key=["file_id"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger."),
        ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
        ColumnContract(name="layout", type="VARCHAR", description="Layout of the file."),
        ColumnContract(name="path", type="VARCHAR", description="Name at first delivery."),
        ColumnContract(name="first_seen_on", type="DATE", description="Business date of first delivery."),
        ColumnContract(name="physical_records", type="BIGINT", description="Counted apart from the loader."),
        ColumnContract(name="loaded_records", type="BIGINT", description="Records that passed the gate."),
        ColumnContract(name="quarantined_records", type="BIGINT", description="Records in quarantine."),
        ColumnContract(name="blank_records", type="BIGINT", description="Blank lines."),
    ],
)


def accepted_contract(layout: Layout) -> TableContract:
    """Describe the accepted records of a layout: trimmed text, current version of each key."""
    return TableContract(
        model=layout.layout,
        description=f"{layout.title}: accepted records in their current version.",
        grain=f"one row per source and {', '.join(layout.key)}"
        + (" and line" if layout.lines_per_key == "many" else ""),
        owner=OWNER,
        key=["file_id", "line"],
        columns=[
            ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
            ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger."),
            ColumnContract(name="line", type="BIGINT", description="Physical line, 1 is the header."),
            ColumnContract(name="delivered_on", type="DATE", description="Business date of first delivery."),
            *layout.column_contracts,
        ],
        expectations=layout.expectations,
    )


def validate_models(project: Project) -> Iterator[Model]:
    """Yield the models of the validate stage, generated from layouts."""
    config = project.config_folders[-1]
    project_file = config / "project.yml"
    yield python_model(Stage.VALIDATE, RESULT, create_result, (), project_file)
    accepted = []
    for layout in project.used_layouts.values():
        upstream = (
            "extract.file",
            "extract.unparsed_record",
            f"extract.raw_{layout.layout}",
            "validate.result",
        )
        build = partial(accept_layout, layout=layout)
        origin = config / "layouts" / f"{layout.layout}.yml"
        model = python_model(Stage.VALIDATE, accepted_contract(layout), build, upstream, origin)
        accepted.append(model.full_name)
        yield model
    yield python_model(Stage.VALIDATE, QUARANTINE, create_quarantine, tuple(accepted), project_file)
    counted = ("validate.quarantine", "extract.file")
    yield python_model(Stage.VALIDATE, CONSERVATION, build_conservation, counted, project_file)
