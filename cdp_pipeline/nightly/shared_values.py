"""The values that tied nobody on the published night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.published import require_published

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project

REASONS = {
    "limit": "more given names than linkage.yml allows",
    "junk": "far above all others of its kind",
    "override": "shared_values.yml says so",
}


@dataclass(frozen=True)
class SharedValue:
    """A row of `link.shared_value`; `value` is personal data."""

    kind: str
    value: str
    given_names: int
    people: int
    records: int
    carries_edges: bool
    reason: str

    @property
    def because(self) -> str:
        """Return the reason in words."""
        return REASONS[self.reason]


def list_shared_values(project: Project) -> list[SharedValue]:
    """Return the suppressed and overridden values of the published night, by kind, the most shared first.

    Raises:
        NightError: no night is published, or none since values are.
    """
    folder = require_published(project)
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        if not engine.table_exists("link.shared_value"):
            raise NightError(
                f"{folder}: an earlier version published it, without these values: cdp run --force."
            )
        rows = engine.fetch_all(
            """
            select identifier_kind, identifier_value, given_names, people, records, carries_edges, reason
            from link.shared_value
            order by identifier_kind, people desc, identifier_value
            """
        )
    return [SharedValue(*row) for row in rows]
