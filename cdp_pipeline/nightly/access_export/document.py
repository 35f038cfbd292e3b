"""The access export as one document: what is held, with its meaning, origin, purpose and period."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cdp_pipeline.nightly.access_export.words import PARTS, column_title, information, part_title
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.nightly.processing import kept_for, stated_purposes, stated_recipients, stated_sources

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.nightly.access_export.collect import PersonData
    from cdp_pipeline.sql_project import Model

FORMAT = "cdp_pipeline access export, version 1"


def access_document(project: Project, data: PersonData, language: str) -> dict[str, Any]:
    """Return everything under the names that data.json has; tables that people want first come first."""
    graph = load_graph(project)
    first = [table for table in PARTS if table in data.tables]
    order = [*first, *(table for table in data.tables if table not in PARTS)]
    controller = project.settings.controller
    return {
        "format": FORMAT,
        "language": language,
        "made_on": datetime.now(UTC).date(),
        "as_of": data.business_date,
        "customer_id": data.customer_id,
        "controller": controller.model_dump() if controller else {"name": project.settings.title},
        "information": information(project, language),
        "purposes": [asdict(one) for one in stated_purposes(project, language)],
        "sources": [asdict(one) for one in stated_sources(project)],
        "recipients": [asdict(one) for one in stated_recipients(project)],
        "segments": _segments(project, data, language),
        "tables": [_table(project, graph[name], data, language) for name in order],
        "delivered": data.delivered,
        "decisions": data.decisions,
        "exports": data.exports,
        "files": data.files,
    }


def _table(project: Project, model: Model, data: PersonData, language: str) -> dict[str, Any]:
    return {
        "table": model.full_name,
        "title": part_title(model.full_name, language) or model.full_name,
        "is_main": model.full_name in PARTS,
        "description": model.contract.description,
        "grain": model.contract.grain,
        "kept": kept_for(project, model),
        "columns": {
            column.name: {"title": column_title(column.name, language), "description": column.description}
            for column in model.contract.columns
        },
        "rows": data.tables[model.full_name],
    }


def _segments(project: Project, data: PersonData, language: str) -> list[dict[str, Any]]:
    """Return what the groups mean that the person is or was in."""
    names = {row["segment"] for row in data.tables.get("segment.segment_member", [])}
    return [
        {
            "segment": name,
            "title": getattr(segment.title, language),
            "description": getattr(segment.description, language),
            "purposes": segment.purposes,
        }
        for name, segment in project.segments.items()
        if name in names
    ]
