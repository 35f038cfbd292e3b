"""Collecting what is held about one person: from the working file, the published nights and the control database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.control.person_rows import control_rows
from cdp_pipeline.engine import Engine
from cdp_pipeline.extract.delivered_records import lying_records
from cdp_pipeline.extract.deliveries import find_deliveries
from cdp_pipeline.nightly.erasure.people import Person
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.privacy.find_handles import find_handles
from cdp_pipeline.privacy.handles import Handles
from cdp_pipeline.privacy.personal_rows import Row, personal_rows
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import published_nights
from cdp_pipeline.sql_project import ModelGraph

SENT = "activate.activation_row"


@dataclass(frozen=True)
class PersonData:
    """What is held about one person.

    Attributes:
        customer_id: None of somebody who is known by an address or a number alone.
        tables: rows by table of the working file.
        files: deliveries that the rows came with: file_id, path, source_system and dates.
        delivered: the person's records as they lie in the landing folder, with columns that no table holds.
        decisions: rows by table of the control database.
        exports: what left with published nights that are still there: night, and the columns of the activation's rows.
    """

    customer_id: str | None
    business_date: date
    tables: dict[str, list[Row]]
    files: list[Row]
    delivered: list[Row]
    decisions: dict[str, list[Row]]
    exports: list[Row] = field(default_factory=list)


def collect(project: Project, engine: Engine, person: Person) -> PersonData:
    """Collect everything that is held about a person.

    Args:
        engine: the working file.
    """
    graph = load_graph(project)
    countries = {source.source: source.country for source in project.sources.values()}
    handles = find_handles(
        engine,
        [person.customer_id] if person.customer_id else [],
        [person.contact] if person.contact else [],
        layouts=project.used_layouts,
        countries=countries,
    )
    tables = personal_rows(engine, handles, _described(graph))
    records = [RecordKey(one.source_system, one.name, one.value) for one in handles.of_kind("record")]
    return PersonData(
        customer_id=person.customer_id,
        business_date=engine.fetch_value("select business_date from extract.night"),
        tables=tables,
        files=_files(engine, tables),
        delivered=_delivered(project, handles),
        decisions=control_rows(project, person.reference, handles.customer_ids, records),
        exports=_exports(project, handles),
    )


def _described(graph: ModelGraph) -> set[str]:
    """Tables that have a contract, in which everything that is held about a person stands.

    What the pipeline remembers beside them, to compute less, repeats these.
    """
    return {model.full_name for model in graph.tables}


def _delivered(project: Project, handles: Handles) -> list[Row]:
    """Return the person's records from the files that still lie in the landing folder."""
    lines: dict[str, set[int]] = {}
    for one in handles.of_kind("line"):
        lines.setdefault(one.name, set()).add(int(one.value))
    if not project.landing.is_dir():
        return []
    return list(lying_records(project, list(find_deliveries(project)), lines))


def _files(engine: Engine, tables: dict[str, list[Row]]) -> list[Row]:
    """Return what is known of the files that the person's rows came with."""
    ids = sorted({row["file_id"] for rows in tables.values() for row in rows if row.get("file_id")})
    files: list[Row] = engine.fetch_arrow(FILES, [ids]).to_pylist()
    return files


FILES = """
select file_id, source_system, layout, path, first_seen_on, loaded_at
from extract.file where list_contains($1, file_id) order by file_id
"""


def _exports(project: Project, handles: Handles) -> list[Row]:
    """Return what left with each published night that is still on disk, the newest first."""
    found: list[Row] = []
    for folder in reversed(published_nights(project.published)):
        night = read_manifest(folder).business_date
        with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
            rows: Sequence[Row] = personal_rows(engine, handles, {SENT}).get(SENT, [])
        found += [{"night": night, **row} for row in rows]
    return found
