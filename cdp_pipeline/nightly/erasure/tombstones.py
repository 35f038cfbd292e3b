"""Tombstones: made of handles, kept in the control database, copied into the working file by which a night goes."""

from __future__ import annotations

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.erasures import tombstones
from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.keyed_hash import hmac_pads, hmac_sha256_hex
from cdp_pipeline.extract.erased import TOMBSTONE_TABLE, create_tombstone
from cdp_pipeline.night import Night
from cdp_pipeline.privacy.handles import IDENTITY, Handles


def read_tombstones(night: Night) -> None:
    """Add to `extract.tombstone` what the control database holds.

    Nothing is taken away: an erasure holds even where the control database was lost, or restored as it was before.
    """
    create_tombstone(night)
    with night.engine.arrow_view(tombstones(night.project)) as known:
        night.engine.execute(
            f"insert into {TOMBSTONE_TABLE} by name from {known} anti join {TOMBSTONE_TABLE} using (digest)"
        )


def digests_of(project: Project, handles: Handles) -> list[tuple[str, str]]:
    """Return kind and keyed hash of every spelling of the handles, in order."""
    spellings = [handle.value for handle in handles.of_kind(IDENTITY)]
    inner, outer = hmac_pads(project.erasure_key)
    with Engine.open() as engine:
        rows = engine.fetch_all(
            f"select split_part(spelling, '|', 1), {hmac_sha256_hex('spelling', '$1', '$2')}"
            " from (select unnest($3::varchar[]) as spelling) order by all",
            [inner, outer, spellings],
        )
    return [(kind, digest) for kind, digest in rows]
