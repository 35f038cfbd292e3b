"""Given rows upstream, run one model, expect rows: the SQL models against a real engine.

`run_model("purchase", given={"shopify_orders": [{...}]})` fills the tables that are given, builds what lies
between them and the model as the night would, and returns the model's rows. Tables of extract and validate
that are not given are empty; seeds and the sources of the shipped project are as committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from cdp_pipeline.contracts.layout import Source, SourceFile
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.engine import Engine
from cdp_pipeline.extract.tables import extract_models
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import Model, ModelGraph, build_model, load_models
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.tables import validate_models

Row = Mapping[str, object]
Given = Mapping[str, Sequence[Row]]

BUSINESS_DATE = date(2026, 5, 4)
LINK_SOURCE = Source(
    source="records",
    title="Records to link",
    zone="UTC",
    country="DE",
    currency="EUR",
    files=[SourceFile(layout="link_input", path="link/*.csv")],
)
# Made from the deliveries, so nothing builds them here: not given means empty.
_DELIVERED = frozenset({Stage.EXTRACT, Stage.VALIDATE})
_FROM_PROJECT = "extract.source_system"


@cache
def shipped_project() -> Project:
    """Return the project as committed, with one more source, so that every layout is delivered."""
    project = load_project(Path(gettempdir()) / "no_project_of_its_own")
    return replace(project, sources={**project.sources, LINK_SOURCE.source: LINK_SOURCE})


@cache
def shipped_models(dialect: str = "duckdb") -> ModelGraph:
    """Return all models of the project."""
    project = shipped_project()
    return load_models(project, [*extract_models(project), *validate_models(project)], dialect)


def run_model(model: str, *, given: Given, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Build a model on given rows and return its rows as mappings; see `rows_of`."""
    return [dict(zip(columns, row, strict=True)) for row in rows_of(model, given=given, columns=columns)]


def rows_of(
    model: str, *, given: Given, columns: Sequence[str], business_date: date = BUSINESS_DATE
) -> list[tuple[Any, ...]]:
    """Build a model on given rows and return its rows; times are text, such as 2026-05-01 08:00:00.

    Args:
        model: name without schema.
        given: rows by name of a layout or model; a missing column is null. Rows of a layout get a source that
            delivers it, file, line and date of delivery unless they say otherwise.
        columns: what to return of the model's columns; rows are sorted by them.
    """
    graph = shipped_models()
    target = _named(graph, model)
    with Engine.open() as engine:
        night = Night(engine, shipped_project(), business_date, "test")
        engine.create_schemas([str(stage) for stage in Stage])
        needed = _ancestors(graph, target, given)
        unused = set(given) - {one.name for one in needed}
        assert not unused, f"{model} does not read {sorted(unused)}"
        for one in needed:
            if one.name in given or (one.stage in _DELIVERED and one.full_name != _FROM_PROJECT):
                _fill(engine, one, given.get(one.name, []))
            else:
                build_model(night, one)
        selected = ", ".join(columns)
        rows = engine.fetch_all(f"select {selected} from {target.full_name} order by all")
    return [tuple(str(v) if isinstance(v, datetime) else v for v in row) for row in rows]


def _named(graph: ModelGraph, name: str) -> Model:
    return next(model for model in graph if model.name == name)


def _ancestors(graph: ModelGraph, target: Model, given: Given) -> list[Model]:
    """Return the target and what it needs, in building order; given tables need nothing."""
    needed: set[str] = set()
    waiting = [target.full_name]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            model = graph[name]
            is_leaf = model.name in given or model.stage in _DELIVERED
            waiting.extend([] if is_leaf else model.upstream)
    return [model for model in graph if model.full_name in needed]


def _fill(engine: Engine, model: Model, rows: Sequence[Row]) -> None:
    contract = model.contract
    types = {column.name: column.type for column in contract.columns}
    definition = ", ".join(f"{name} {type_}" for name, type_ in types.items())
    engine.execute(f"create table {model.full_name} ({definition})")
    for row in _completed(contract, model.stage, rows):
        unknown = set(row) - set(types)
        assert not unknown, f"{model.full_name} has no column {sorted(unknown)}"
        values = ", ".join(f"cast(? as {type_})" for type_ in types.values())
        engine.execute(f"insert into {model.full_name} values ({values})", [row.get(name) for name in types])


def _completed(contract: TableContract, stage: Stage, rows: Sequence[Row]) -> Iterator[Row]:
    """Add to rows of a layout what the pipeline adds to every delivered row."""
    sources = shipped_project().sources.values()
    deliverers = [s.source for s in sources if contract.model in {file.layout for file in s.files}]
    for number, row in enumerate(rows):
        if stage is not Stage.VALIDATE or not deliverers:
            yield row
            continue
        added = {
            "source_system": deliverers[0],
            "file_id": "file_1",
            "line": number + 2,
            "delivered_on": BUSINESS_DATE,
        }
        yield {**added, **row}
