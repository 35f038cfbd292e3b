"""Carrying out all erasures again, where a backup brought people back.

Tombstones tell whom: those of the control database and, where that is older than the last erasure, those of the
certificates. What was brought back tells the rest: working file, published nights, delivered files.
"""

from __future__ import annotations

from collections.abc import Mapping

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.erasures import finish_erasure, start_erasure, tombstones
from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.working_file import open_working_file, reserved_working_file
from cdp_pipeline.nightly.erasure.certificate import read_certificates
from cdp_pipeline.nightly.erasure.erase import Erased, Step, carry_out
from cdp_pipeline.nightly.erasure.journal import ErasureJournal
from cdp_pipeline.nightly.erasure.landing_files import erase_from_landing
from cdp_pipeline.nightly.erasure.tombstones import digests_of
from cdp_pipeline.privacy.handles import Handles
from cdp_pipeline.privacy.tombstoned import find_tombstoned
from cdp_pipeline.publish.databases import IDENTIFIED
from cdp_pipeline.publish.night_folder import published_nights
from cdp_pipeline.publish.rewritten_night import finish_replacing

REASON = "replay after a restore"


def replay_erasures(
    project: Project, requested_by: str, more_steps: Mapping[str, Step] | None = None
) -> Erased | None:
    """Erase again whoever was erased before and is there; nothing where nobody is.

    Raises:
        NightError: a night is running.
        RemainsError: something of them is left.
        CdpError: a certificate is damaged.
    """
    with reserved_working_file(project):
        restore_tombstones(project, requested_by)
        finish_replacing(project.published)
        handles = _brought_back(project)
        if not len(handles):
            erase_from_landing(project, handles)  # files alone may have been brought back
            return None
        people = max(1, len(handles.customer_ids))
        number = start_erasure(project, requested_by, REASON, people, digests_of(project, handles))
        journal = ErasureJournal(number, (), handles, {})
        journal.write(project)
        return carry_out(project, journal, more_steps)


def restore_tombstones(project: Project, requested_by: str) -> int:
    """Enter tombstones that only certificates know, and return how many."""
    known = set(tombstones(project)["digest"].to_pylist())
    restored = 0
    for certificate in read_certificates(project):
        missing = [(kind, digest) for kind, digest in certificate.tombstones if digest not in known]
        if missing:
            reason = f"from the certificate of erasure {certificate.erasure_id}"
            number = start_erasure(project, requested_by, reason, certificate.people, missing)
            finish_erasure(project, number)
            known.update(digest for _, digest in missing)
            restored += len(missing)
    return restored


def _brought_back(project: Project) -> Handles:
    """Find everyone who has a tombstone, in the working file and in every published night."""
    digests, key = tombstones(project)["digest"].to_pylist(), project.erasure_key
    countries = {name: source.country for name, source in project.sources.items()}
    handles = Handles(())
    if project.working_file.exists():
        with open_working_file(project) as engine:
            handles += find_tombstoned(engine, digests, key, layouts=project.layouts, countries=countries)
    for folder in published_nights(project.published):
        with Engine.open(folder / IDENTIFIED, read_only=True) as engine:
            handles += find_tombstoned(engine, digests, key)
    return handles
