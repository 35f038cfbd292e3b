"""Telling whether a night would do anything: same inputs, same date, same project, same result."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from cdp_pipeline.contracts.project import PACKAGE, Project
from cdp_pipeline.control.corrections import corrections_in_force
from cdp_pipeline.control.match_decisions import matches_in_force
from cdp_pipeline.control.releases import releases_in_force
from cdp_pipeline.control.restrictions import restrictions_in_force
from cdp_pipeline.extract.database.relation import reads_databases
from cdp_pipeline.extract.deliveries import find_deliveries
from cdp_pipeline.publish.manifest import Manifest, read_manifest
from cdp_pipeline.publish.night_folder import current_night

HASHED_SUFFIXES = {".py", ".sql", ".yml", ".csv", ".json", ".jinja", ".css"}


def project_fingerprint(project: Project) -> str:
    """Keyed hash over everything but data that decides a night's result: configuration, SQL and code."""
    digest = hmac.new(project.key, digestmod=hashlib.sha256)
    for folder in dict.fromkeys([PACKAGE, *project.config_folders, *project.sql_folders]):
        for path in sorted(folder.rglob("*")):
            if path.suffix in HASHED_SUFFIXES:
                digest.update(f"{path.relative_to(folder)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def landing_inputs(project: Project) -> list[str]:
    """What lies in the landing folder, as file id and name: a known content under a newer name may count anew."""
    return sorted({f"{delivery.file_id} {delivery.path}" for delivery in find_deliveries(project)})


def published_unchanged(project: Project, business_date: date) -> Manifest | None:
    """Return the current night's manifest if running again for the date would change nothing.

    A night with a blocked source always runs again: what blocks it may have been taken away.
    """
    current = current_night(project.published)
    if current is None or reads_databases(project):  # only reading tells whether a database has changed
        return None
    manifest = read_manifest(current)
    same_project = manifest.project_fingerprint == project_fingerprint(project)
    if manifest.business_date != business_date or not same_project or manifest.blocked_sources:
        return None
    if manifest.decisions != sorted(set(releases_in_force(project)["decision_id"].to_pylist())):
        return None
    if manifest.match_decisions != matches_in_force(project, business_date)["decision_id"].to_pylist():
        return None
    if manifest.corrections != sorted(set(corrections_in_force(project)[0]["correction_id"].to_pylist())):
        return None
    if manifest.restrictions != restrictions_in_force(project)[0]["restriction_id"].to_pylist():
        return None
    return manifest if set(landing_inputs(project)) <= set(manifest.inputs) else None
