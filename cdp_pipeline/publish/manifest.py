"""The manifest: what a published night holds and what it was made from."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.errors import NightError

MANIFEST_NAME = "manifest.json"


class ManifestFile(Contract):
    """One file of the night's folder; `activation` names what an audience file was made for.

    Attributes:
        rows: of each table of a database, or of an audience file; None for a page, which has none.
    """

    path: str
    size_bytes: int
    sha256: str
    rows: int | dict[str, int] | None = None
    columns: list[str] = []
    activation: str | None = None


class Manifest(Contract):
    """`manifest.json`, written last.

    Attributes:
        inputs: file id and name of everything that lay in the landing folder.
        decisions: numbers of the decisions by which people had let records in when the night began.
        match_decisions: numbers of the decisions about pairs of records by which it went.
        restrictions: numbers of the restrictions and objections by which it went, those among them that concern
            nobody of the night.
        corrections: numbers of the corrections of profiles by which it went, in the same way.
        blocked_sources: sources of which no new file counts, each with the reason; the night holds their last
            good data.
        erased_requests: numbers of the erasures whose people were taken out after the night was published.
        activations_held_back: why the night holds no activation files; empty where it does.
        project_fingerprint: SHA-256 over configuration, SQL and code.
    """

    project: str
    business_date: date
    run_id: str
    published_at: datetime
    project_fingerprint: str
    inputs: list[str]
    decisions: list[int] = []
    match_decisions: list[int] = []
    restrictions: list[int] = []
    corrections: list[int] = []
    blocked_sources: dict[str, str] = {}
    activations_held_back: list[str] = []
    erased_requests: list[int] = []
    files: list[ManifestFile]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a published night.

    Raises:
        NightError: it is missing or damaged.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NightError(
            f"{folder}: the manifest is missing or damaged. Roll back with `cdp admin rollback`, then remove "
            "the folder."
        ) from None


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
