"""The ledger of consent goes on where the last night left it, also when the working file is lost.

Some refusals stand in the ledger alone: their records are gone. Whoever begins anew with an empty working file, beside
nights that are published, must not forget them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.engine import Engine
from cdp_pipeline.privacy.consent_ledger import TABLE, build_consent_ledger
from cdp_pipeline.publish.night_folder import current_night

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.night import Night


def continue_consent_ledger(night: Night) -> None:
    """Build `golden.consent_ledger`; where the working file has none, upon that of the published night."""
    if not night.engine.table_exists(TABLE):
        published = _published_ledger(night.project)
        if published is not None:
            with night.engine.arrow_view(published) as view:
                night.engine.execute(f"create table {TABLE} as from {view}")
    build_consent_ledger(night)


def _published_ledger(project: Project) -> pa.Table | None:
    folder = current_night(project.published)
    if folder is None:
        return None
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        return engine.fetch_arrow(f"from {TABLE}") if engine.table_exists(TABLE) else None
