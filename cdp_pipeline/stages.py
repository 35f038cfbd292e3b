"""The way of the data: the one list that folders, schemas, asset groups and documents follow."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A step of the night; also the name of its DuckDB schema and of its Dagster asset group."""

    EXTRACT = "extract"
    VALIDATE = "validate"
    STANDARDISE = "standardise"
    LINK = "link"
    GOLDEN = "golden"
    SEGMENT = "segment"
    ACTIVATE = "activate"
    PUBLISH = "publish"

    @property
    def position(self) -> int:
        """Place in the order of the night, from 0."""
        return list(Stage).index(self)

    def is_after(self, other: Stage) -> bool:
        """Tell whether this stage runs later in the night than `other`."""
        return self.position > other.position
