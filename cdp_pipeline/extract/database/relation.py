"""The tables and queries that the project's sources are read from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import DatabaseExtract, Source, SourceFile
from cdp_pipeline.extract.readers.plain_text import mark_of


@dataclass(frozen=True)
class Relation:
    """One table or query of a source."""

    source: Source
    file: SourceFile
    database: DatabaseExtract

    @property
    def names(self) -> list[object]:
        """Source and layout, as the tables name it."""
        return [self.source.source, self.file.layout]


def reads_databases(project: Project) -> bool:
    """Tell whether any source is read from a database."""
    return next(relations(project), None) is not None


def relations(project: Project) -> Iterator[Relation]:
    """Yield the tables and queries of all sources."""
    for source in project.sources.values():
        for file in source.files:
            if file.database:
                yield Relation(source, file, file.database)


def is_read_now(project: Project, source_system: str, layout: str) -> bool:
    """Tell whether a source still has a layout from a database."""
    return [source_system, layout] in [relation.names for relation in relations(project)]


def fingerprint_of(relation: Relation, layout: Layout) -> str:
    """Fingerprint of what decides which values come, and how; when it changes, everything is read again."""
    columns = layout.columns
    parts = {
        "relation": [relation.database.table, relation.database.query, relation.database.watermark],
        "headers": {name: [column.header, *column.aliases] for name, column in columns.items()},
        "decimal_marks": {name: mark_of(column, layout) for name, column in columns.items()},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
