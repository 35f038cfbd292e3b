"""The certificate of an erasure: what went from where and how that was made sure of, without naming anybody.

data/privacy/certificates/erasure-<number>.json and .html. The JSON holds the tombstones as well, so that it can be
carried out again where a backup brings both data and an older control database back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.contracts.landing import shown_url
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.erasures import list_erasures
from cdp_pipeline.control.forgetting import is_vacuumed_by_us
from cdp_pipeline.errors import CdpError
from cdp_pipeline.extract.database.relation import reads_databases
from cdp_pipeline.nightly.erasure.journal import ErasureJournal
from cdp_pipeline.nightly.erasure.tombstones import digests_of
from cdp_pipeline.report.certificate_page import render_certificate

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


class RewrittenFile(Contract):
    """A file that was replaced."""

    path: str
    sha256_before: str
    sha256_after: str


class ReplacedNight(Contract):
    """A published night in whose place another folder stands."""

    before: str
    after: str


class Certificate(Contract):
    """What is on record of an erasure.

    Attributes:
        counts: rows or records that went, by step and by table or file.
        left: places that still hold something, with the reason or a count.
        tombstones: kind and keyed hash of everything that stays out.
        not_covered: what this project cannot reach, in sentences.
    """

    project: str
    erasure_id: int
    request_ids: list[int]
    people: int
    started_at: datetime
    finished_at: datetime
    requested_by: str
    counts: dict[str, dict[str, int]]
    files: list[RewrittenFile]
    nights: list[ReplacedNight]
    left: dict[str, str]
    not_covered: list[str]
    tombstones: list[tuple[str, str]]


def write_certificate(project: Project, journal: ErasureJournal) -> Path:
    """Write both forms durably and return the page."""
    [erasure] = [one for one in list_erasures(project) if one.erasure_id == journal.erasure_id]
    certificate = Certificate(
        project=project.settings.name,
        erasure_id=erasure.erasure_id,
        request_ids=list(journal.request_ids),
        people=erasure.people,
        started_at=erasure.started_at,
        finished_at=erasure.finished_at or datetime.now(UTC),
        requested_by=erasure.requested_by,
        counts=journal.counts,
        files=[RewrittenFile(**file) for file in journal.facts.get("files", [])],
        nights=[ReplacedNight(**night) for night in journal.facts.get("nights", [])],
        left=left_in_words(journal),
        not_covered=list(_not_covered(project)),
        tombstones=digests_of(project, journal.handles),
    )
    folder = certificates_folder(project)
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    page = folder / f"erasure-{certificate.erasure_id}.html"
    _write(page.with_suffix(".json"), certificate.model_dump_json(indent=1) + "\n")
    _write(page, render_certificate(certificate.model_dump()))
    return page


def read_certificates(project: Project) -> list[Certificate]:
    """Return the certificates of a project, by number.

    Raises:
        CdpError: one of them is damaged.
    """
    found = []
    for path in sorted(certificates_folder(project).glob("erasure-*.json")):
        try:
            found.append(Certificate.model_validate_json(path.read_text(encoding="utf-8")))
        except ValueError:
            raise CdpError(f"{path}: damaged. Restore it from a backup, or move it away.") from None
    return sorted(found, key=lambda certificate: certificate.erasure_id)


def certificates_folder(project: Project) -> Path:
    """Return where the certificates lie."""
    return project.privacy / "certificates"


def left_in_words(journal: ErasureJournal) -> dict[str, str]:
    """Return where something of the people is left, and why or how often; never a value."""
    remains = {
        place: f"named {count:,} time{'s' if count > 1 else ''}"
        for place, count in journal.facts.get("left", {}).items()
    }
    return {**remains, **journal.facts.get("not_rewritten", {})}


def _not_covered(project: Project) -> Iterator[str]:
    """Say what lies out of reach, as far as the project's configuration tells."""
    yield (
        "The systems that deliver: they know nothing of this erasure and have to erase the person, too. What they "
        "deliver again stays out."
    )
    if project.landing_url:
        yield f"The store {shown_url(project.landing_url)}: its files are as they were. Only our copies were rewritten."
    if reads_databases(project):
        yield "Databases that are read: their rows are as they were, and stay out when they are read again."
    if not is_vacuumed_by_us(project):
        yield "Free pages, logs and replicas of the control database: its server's administrator sees to them."
    yield (
        "Platforms that got a file, and copies that people took of the published nights or of pages about customers, "
        "outside the project's folder."
    )
    yield "Backups: after bringing one back, run cdp privacy replay before anything else."
    yield "Free blocks of the disk, snapshots of the file system, and processes that still have an old file open."


def _write(path: Path, text: str) -> None:
    anew = path.with_suffix(".new")
    descriptor = os.open(anew, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    anew.replace(path)
