"""Publishing a finished night: verify once more, build the folder, swap, tidy."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cdp_pipeline.activate.files import write_activation_files
from cdp_pipeline.control.audit import check_control_database, record_event
from cdp_pipeline.errors import ControlError, NightError
from cdp_pipeline.golden.manual_correction import WENT_BY as CORRECTIONS
from cdp_pipeline.golden.processing_restriction import WENT_BY as RESTRICTIONS
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.fingerprint import project_fingerprint
from cdp_pipeline.nightly.models import all_rules
from cdp_pipeline.nightly.privacy_requests import waiting_requests
from cdp_pipeline.nightly.readiness import (
    check_date_moves_forward,
    check_nothing_is_lost,
    check_rows_are_kept,
    check_something_came,
    check_tables_belong_together,
    check_verdicts,
    rows_of_identified,
)
from cdp_pipeline.privacy import verify_consent
from cdp_pipeline.privacy.unread_refusals import unread_refusals
from cdp_pipeline.publish.databases import write_databases
from cdp_pipeline.publish.manifest import (
    MANIFEST_NAME,
    Manifest,
    ManifestFile,
    read_manifest,
    sha256_of,
)
from cdp_pipeline.publish.night_folder import (
    finish_building,
    published_nights,
    start_building,
    sweep,
)
from cdp_pipeline.report.facts import EarlierNight
from cdp_pipeline.report.facts.deliveries import blocked_sources_on
from cdp_pipeline.report.quality_page import write_quality_page
from cdp_pipeline.report.render import write_report
from cdp_pipeline.sql_project import ModelGraph
from cdp_pipeline.validate.withdrawal import make_acceptance_final

INPUTS = "select distinct file_id || ' ' || path as held from extract.delivery where replaced_on is null order by held"

BUILT_IN_PARTS = "built in parts"
"""Stands for a fingerprint that no project has: the next run does not take such a night as its own result."""


def publish_night(night: Night, graph: ModelGraph) -> Path:
    """Publish the working file's tables and the activation files as one night.

    Raises:
        NightError: a later night is already published, the tables are not this night's, or a critical
            expectation is not proven to be met; records of a file that counts are missing, or a table shrank.
        ControlError: the control database cannot be reached.
        ConsentViolation: a row of an activation has no consent on record.
    """
    night.report_progress("publish", "databases")
    check_date_moves_forward(night.project, night.business_date)
    check_control_database(night.project)
    is_whole = check_tables_belong_together(night, graph)
    check_something_came(night.engine)
    check_nothing_is_lost(night.engine)
    check_verdicts(night, graph)
    check_rows_are_kept(night, graph)
    verify_consent(night.engine)
    folder = start_building(night.project.published, night.run_id)
    files = _write_files(night, graph, folder)
    _write_manifest(night, folder, files, is_whole=is_whole)
    target = finish_building(folder, f"{night.business_date}-{night.run_id}")
    make_acceptance_final(night.engine)
    _record_publication(night, target)
    sweep(night.project.published, night.project.settings.publish.keep_nights)
    return target


def _write_files(night: Night, graph: ModelGraph, folder: Path) -> list[ManifestFile]:
    """Write databases, activation files and the report into the folder; describe each for the manifest.

    No activation file is written while a delivered file that may take consents back cannot be read.
    """
    rows = write_databases(night, graph.models, folder)
    files = [_describe(folder, name, tables) for name, tables in rows.items()]
    night.report_progress("publish", "activation files")
    (folder / "activations").mkdir()
    held_back = unread_refusals(night)
    written = [] if held_back else write_activation_files(night, folder / "activations")
    files.extend(
        _describe(
            folder, f"activations/{file.name}", file.rows, columns=file.columns, activation=file.activation
        )
        for file in written
    )
    night.report_progress("publish", "report")
    reminders = waiting_requests(night.project, night.business_date)
    report = write_report(night, folder, _night_before(night), held_back, reminders)
    quality = write_quality_page(night, all_rules(graph), folder)
    return [*files, _describe(folder, report.name, None), _describe(folder, quality.name, None)]


def _write_manifest(night: Night, folder: Path, files: list[ManifestFile], *, is_whole: bool) -> None:
    """Write what the night is and what it was made from, once all its files are there."""
    manifest = Manifest(
        project=night.project.settings.name,
        business_date=night.business_date,
        run_id=night.run_id,
        published_at=datetime.now(UTC),
        project_fingerprint=project_fingerprint(night.project) if is_whole else BUILT_IN_PARTS,
        inputs=night.engine.fetch_column(INPUTS),
        decisions=night.engine.fetch_column("select distinct decision_id from validate.release order by 1"),
        match_decisions=night.engine.fetch_column("select decision_id from link.match_decision order by 1"),
        restrictions=night.engine.fetch_column(f"select restriction_id from {RESTRICTIONS} order by 1"),
        corrections=night.engine.fetch_column(f"select correction_id from {CORRECTIONS} order by 1"),
        blocked_sources=_blocked_sources(night),
        activations_held_back=unread_refusals(night),
        files=files,
    )
    (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _night_before(night: Night) -> EarlierNight | None:
    """Look up the newest published night of an earlier business date, for the report to compare with."""
    nights = published_nights(night.project.published)
    earlier = [folder for folder in nights if folder.name[:10] < night.business_date.isoformat()]
    if not earlier:
        return None
    try:
        manifest = read_manifest(earlier[-1])
    except NightError:  # damaged, and superseded tonight: nothing to compare with
        return None
    rows = rows_of_identified(manifest)
    if not rows:
        return None
    return EarlierNight(
        business_date=manifest.business_date,
        customers=rows.get("golden.golden_profile", 0),
        records=rows.get("link.customer_source_record", 0),
    )


def _blocked_sources(night: Night) -> dict[str, str]:
    states = blocked_sources_on(night.engine, night.business_date)
    return {state.source_system: state.reasons for state in states}


def _record_publication(night: Night, target: Path) -> None:
    """Enter the night in the audit trail; it is published by now, whatever becomes of the entry."""
    try:
        record_event(night.project, "published", target.name)
        for source in _blocked_sources(night):
            record_event(night.project, "source blocked", f"{target.name} {source}")
        if unread_refusals(night):
            record_event(night.project, "activation files held back", target.name)
    except ControlError as error:
        logging.getLogger(__name__).warning(
            "%s is published but not in the audit trail: %s", target.name, error
        )


def _describe(
    folder: Path,
    name: str,
    rows: int | dict[str, int] | None,
    *,
    columns: Sequence[str] = (),
    activation: str | None = None,
) -> ManifestFile:
    path = folder / name
    return ManifestFile(
        path=name,
        size_bytes=path.stat().st_size,
        sha256=sha256_of(path),
        rows=rows,
        columns=list(columns),
        activation=activation,
    )
