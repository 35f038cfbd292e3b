"""The models of this stage: results, quarantine, sources, one table of accepted records per layout, conservation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cdp_pipeline.contracts.layout import PLACE_OF_RECORD, Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.sql_project.model import BuildTable, Model, python_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.acceptance import accept_layout
from cdp_pipeline.validate.conservation import CONSERVATION, build_conservation
from cdp_pipeline.validate.quarantine import QUARANTINE, RELEASE, build_quarantine, create_release
from cdp_pipeline.validate.record_history import RECORD_HISTORY, build_record_history
from cdp_pipeline.validate.results import RESULT, create_result
from cdp_pipeline.validate.retention import RETENTION, build_retention
from cdp_pipeline.validate.source_night import (
    ACCEPTED_FILE,
    SOURCE_NIGHT,
    build_accepted_file,
    build_source_night,
)


def accepted_contract(layout: Layout) -> TableContract:
    """Describe the accepted records of a layout: trimmed text, current version of each key."""
    return TableContract(
        model=layout.layout,
        description=f"{layout.title}: accepted records in their current version.",
        grain=f"one row per source and {', '.join(layout.key)}"
        + (" and line" if layout.lines_per_key == "many" else ""),
        owner=DATA_ENGINEERING,
        key=["file_id", "line"],
        columns=[
            *PLACE_OF_RECORD,
            ColumnContract(name="delivered_on", type="DATE", description="Export date of its file."),
            *layout.column_contracts,
        ],
        expectations=layout.gate,
    )


def validate_models(project: Project, build_release: BuildTable = create_release) -> Iterator[Model]:
    """Yield the models of the validate stage, generated from layouts.

    Args:
        build_release: builds `validate.release` of what people decided; else the table stays as it is.
    """
    config = project.config_folders[-1]
    made = partial(python_model, Stage.VALIDATE, origin=config / "project.yml")
    raw = tuple(f"extract.raw_{layout}" for layout in project.used_layouts)
    judged = ("validate.result", "validate.release", "extract.file", "extract.unparsed_record", *raw)
    yield made(RESULT, create_result, ())
    yield made(RELEASE, build_release, ())
    yield made(QUARANTINE, build_quarantine, judged)
    yield made(ACCEPTED_FILE, build_accepted_file, ("validate.quarantine",))
    decided = ("validate.accepted_file", "extract.delivery", "extract.source_system")
    yield made(SOURCE_NIGHT, build_source_night, decided)
    yield made(RETENTION, build_retention, (*decided, "validate.source_night"))
    accepted = []
    for layout in project.used_layouts.values():
        upstream = ("extract.file", f"extract.raw_{layout.layout}", "validate.retention")
        build = partial(accept_layout, layout=layout)
        origin = config / "layouts" / f"{layout.layout}.yml"
        model = python_model(Stage.VALIDATE, accepted_contract(layout), build, upstream, origin)
        accepted.append(model.full_name)
        yield model
    yield made(RECORD_HISTORY, build_record_history, (*accepted, "validate.quarantine"))
    yield made(CONSERVATION, build_conservation, ("extract.file", "extract.erased_record", *accepted))
