"""What only people in the UI look at, as metadata of definitions: column lineage, links, the linkage model's chart.

`cdp run` leaves it out; the UI's processes make it once per version of a model and keep it in Dagster's home.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg

from cdp_pipeline.contracts.project import PACKAGE, Project
from cdp_pipeline.orchestration.charts import match_weights
from cdp_pipeline.orchestration.ui_cache import UiCache
from cdp_pipeline.sql_project import Model, ModelGraph
from cdp_pipeline.sql_project.lineage import column_lineage, lineage_fingerprint

Metadata = dict[str, Any]
DOCS = PACKAGE.parent / "docs"
"""The documentation's sources, where the package runs from its repository."""


class Showcase:
    """Makes the metadata of one project's assets."""

    def __init__(self, project: Project, graph: ModelGraph) -> None:
        self._project = project
        self._graph = graph
        self._cache = UiCache(project)

    def metadata_of(self, model: Model) -> Metadata:
        """Return what there is to see of a table before it is ever built."""
        metadata: Metadata = {"defined_in": dg.MetadataValue.path(str(model.origin))}
        metadata.update(self._lineage(model))
        if model.full_name == "link.edge":
            chart = match_weights(self._project, self._cache)
            metadata.update({"match_weights_of_the_linkage_model": chart} if chart else {})
        return metadata

    def _lineage(self, model: Model) -> Metadata:
        """Return column lineage in Dagster's own form and as a table that can be read."""
        if not model.sql:
            return {}
        found = self._cache.get(
            f"lineage.{model.full_name}",
            lineage_fingerprint(self._graph, model),
            lambda: column_lineage(self._graph, model),
        )
        if not found:
            return {}
        deps = {
            column: [dg.TableColumnDep(table.split("."), source) for table, source in sources]
            for column, sources in found.items()
        }
        records = [
            dg.TableRecord(
                {"column": column, "values_come_from": ", ".join(".".join(end) for end in sources)}
            )
            for column, sources in found.items()
        ]
        return {
            "dagster/column_lineage": dg.TableColumnLineage(deps),
            "column_lineage": dg.MetadataValue.table(records),
        }


def docs_of(page: str) -> Metadata:
    """Point to a page of the documentation, where its sources are at hand."""
    path = Path(DOCS / page)
    return {"documentation": dg.MetadataValue.path(str(path))} if path.exists() else {}
