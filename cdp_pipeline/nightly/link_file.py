"""Linking anyone's file: standardise and link alone, in memory, nothing kept between runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Source
from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.containers import Content, content_as_file, contents_of
from cdp_pipeline.extract.readers import library_errors_in_words, open_reading
from cdp_pipeline.extract.readers.delimited import RAGGED_RULE
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.cleaned import cleaned_from

LAYOUT = "link_input"
INPUT = "input"  # source_system of records that name none
RESULT = "link.cluster"
OTHER_FORMATS = {".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".gz", ".zip"}
TAB_SUFFIXES = (".tsv", ".tab")
FIXED_DATE = date(2000, 1, 1)  # linking a file does not depend on the day

DELIVERED_ID = "main.delivered_id"  # ids with the spaces that they came with, for joining the result back

CLUSTERS = f"""
select
    coalesce(d.source_system, i.source_system) as source_system,
    d.source_record_id,
    c.cluster_id
from validate.{LAYOUT} as i
inner join {DELIVERED_ID} as d on d.line = i.line
left join {RESULT} as c
    on
        c.source_system = coalesce(i.delivered_source_system, i.source_system)
        and c.source_record_id = i.source_record_id
order by i.line
"""

REPEATED_KEY = f"""
select list(line order by line)
from validate.{LAYOUT} group by coalesce(delivered_source_system, source_system), source_record_id
having count(*) > 1 or source_record_id is null order by min(line) limit 1
"""


@dataclass(frozen=True)
class LinkedFile:
    """What linking a file found."""

    records: int
    clusters: int
    edges: list[tuple[str, str, int]]


def link_file(
    project: Project, source: Path, target: Path, *, country: str, report: Callable[[str, str], None]
) -> LinkedFile:
    """Link the records of a file of any readable kind and write one row per input row.

    Writes Parquet: source_system, source_record_id, cluster_id.

    Args:
        country: ISO code assumed for phones and addresses that name none.

    Raises:
        LandingFileError: an unknown column, a line that is no record, or a record id missing or repeated.
    """
    if target.suffix.lower() in OTHER_FORMATS:
        raise LandingFileError(f"{target}: the output is Parquet. Name it {target.stem}.parquet.")
    if not target.parent.is_dir() or target.is_dir():
        raise LandingFileError(
            f"{target}: cannot be written: its folder is missing, or it is a folder itself."
        )
    layout = project.layouts[LAYOUT]
    records = read_records(source, layout)
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        night = Night(engine, _project_of_file(project, country), FIXED_DATE, INPUT, report)
        _load(engine, records, layout)
        _check_ids(engine, source)
        for model in load_graph(night.project).needed_for(RESULT):
            if model.stage.is_after(Stage.VALIDATE) or model.name in {"night", "source_system"}:
                build_model(night, model)
        clusters = engine.fetch_arrow(CLUSTERS)
        unfinished = target.with_name(f".{target.name}.unfinished")
        pyarrow.parquet.write_table(clusters, unfinished)
        unfinished.replace(target)
        return LinkedFile(
            records=clusters.num_rows,
            clusters=engine.fetch_value(f"select count(distinct cluster_id) from {RESULT}"),
            edges=engine.fetch_all(
                "select edge_kind, edge_name, count(*) from link.edge group by all order by 1, 3 desc, 2"
            ),
        )


def _project_of_file(project: Project, country: str) -> Project:
    """Stand in for a project whose only source is the file."""
    document = {
        "source": INPUT,
        "title": "Records to link",
        "zone": "UTC",
        "country": country,
        "currency": "EUR",
        "files": [{"layout": LAYOUT, "path": INPUT}],
    }
    source = parse_contract(document, Source, origin="cdp link")
    return replace(project, sources={INPUT: source})


def read_records(source: Path, layout: Layout) -> pa.Table:
    """Read the file as text, with the line or row of each record.

    Raises:
        LandingFileError: the file or a column does not fit; the message lists the accepted columns.
    """
    if not source.is_file():
        raise LandingFileError(f"{source}: the file does not exist.")
    with tempfile.TemporaryDirectory(prefix="cdp-link-") as folder:
        content = _only_content(source)
        with content_as_file(source, content.member, content.label, content.sha256, Path(folder)) as file:
            return _read_strictly(file, _as_named(layout, content.name), content.label)


def _as_named(layout: Layout, name: str) -> Layout:
    """Take tabs as separators of a file that is named so; nothing else says how a stranger's file is written."""
    if not name.lower().endswith(TAB_SUFFIXES):
        return layout
    return layout.model_copy(update={"format": layout.format.model_copy(update={"delimiter": "\t"})})


def _only_content(source: Path) -> Content:
    """Return what the file holds, whether or not it is packed.

    Raises:
        LandingFileError: it cannot be unpacked, or is an archive of several files.
    """
    contents = list(contents_of(source, str(source)))
    if len(contents) > 1:
        raise LandingFileError(f"{source}: holds {len(contents)} files. Give one of them.")
    if contents[0].refused_because:
        raise LandingFileError(contents[0].refused_because)
    return contents[0]


def _read_strictly(file: Path, layout: Layout, label: str) -> pa.Table:
    with library_errors_in_words(label):
        reading = open_reading(file, layout, label)
        _refuse_unknown(label, reading.columns.unknown(), layout)
        batches = list(reading.batches())
    for batch in batches:
        if batch.unparsed.num_rows:
            fault = batch.unparsed.slice(0, 1).to_pylist()[0]
            says = "has" if fault["rule"] == RAGGED_RULE else "is no record:"
            raise LandingFileError(f"{label}: line {fault['line']} {says} {fault['reason']}. Correct it.")
    return pa.concat_tables(batch.records for batch in batches)


def _refuse_unknown(label: str, unknown: list[str], layout: Layout) -> None:
    if unknown:
        accepted = ", ".join(column.header for column in layout.columns.values())
        raise LandingFileError(
            f"{label}: column {unknown[0]!r} is unknown. Rename or remove it. Accepted: {accepted}."
        )


def _load(engine: Engine, records: pa.Table, layout: Layout) -> None:
    columns = ", ".join(layout.columns)
    day = quote_literal(FIXED_DATE.isoformat())
    with engine.arrow_view(records) as view:
        engine.replace_table(
            f"validate.{LAYOUT}",
            f"select '{INPUT}' as source_system, '{INPUT}' as file_id, line,"
            f" cast({day} as date) as delivered_on, {columns}"
            f" from ({cleaned_from(view, layout, kept=['line'])})",
        )
        engine.replace_table(
            DELIVERED_ID,
            "select line, nullif(delivered_source_system, '') as source_system, source_record_id"
            f" from {view}",
        )


def _check_ids(engine: Engine, source: Path) -> None:
    """Demand that each record can be told apart.

    Raises:
        LandingFileError: names the first lines without an id or with the same one.
    """
    for lines in engine.fetch_column(REPEATED_KEY):
        shown = ", ".join(str(line) for line in lines[:3])
        raise LandingFileError(
            f"{source}: source_record_id is empty or repeated within its source_system (lines {shown}). "
            "Give every record its own id."
        )
