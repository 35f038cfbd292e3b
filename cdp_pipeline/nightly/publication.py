"""Publishing a finished night: verify once more, build the folder, swap, tidy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from cdp_pipeline.activate.files import write_activation_files
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import record_event
from cdp_pipeline.errors import NightError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.fingerprint import project_fingerprint
from cdp_pipeline.nightly.models import gate_of
from cdp_pipeline.privacy import verify_consent
from cdp_pipeline.publish.databases import write_databases
from cdp_pipeline.publish.manifest import (
    MANIFEST_NAME,
    Manifest,
    ManifestFile,
    read_manifest,
    sha256_of,
)
from cdp_pipeline.publish.night_folder import (
    current_night,
    finish_building,
    point_current_to,
    published_nights,
    start_building,
    sweep,
)
from cdp_pipeline.sql_project import ModelGraph


def publish_night(night: Night, graph: ModelGraph) -> Path:
    """Publish the working file's tables and the activation files as one night.

    Raises:
        NightError: a later night is already published, or a critical expectation of this night failed.
        ConsentViolation: a row of an activation has no consent on record.
    """
    night.report_progress("publish", "databases")
    check_date_moves_forward(night.project, night.business_date)
    _check_gates(night, graph)
    verify_consent(night.engine)
    folder = start_building(night.project.published, night.run_id)
    rows = write_databases(night, graph.models, folder)
    files = [_describe(folder, name, tables) for name, tables in rows.items()]
    night.report_progress("publish", "activation files")
    (folder / "activations").mkdir()
    files.extend(
        _describe(
            folder, f"activations/{file.name}", file.rows, columns=file.columns, activation=file.activation
        )
        for file in write_activation_files(night, folder / "activations")
    )
    manifest = Manifest(
        project=night.project.settings.name,
        business_date=night.business_date,
        run_id=night.run_id,
        published_at=datetime.now(UTC),
        project_fingerprint=project_fingerprint(night.project),
        inputs=night.engine.fetch_column("select file_id from extract.file order by file_id"),
        files=files,
    )
    (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    target = finish_building(folder, f"{night.business_date}-{night.run_id}")
    record_event(night.project, "published", target.name)
    sweep(night.project.published, night.project.settings.publish.keep_nights)
    return target


def check_date_moves_forward(project: Project, business_date: date) -> None:
    """Refuse a night older than the newest published one.

    Raises:
        NightError: names both dates and the way to replay the past.
    """
    nights = published_nights(project.published)
    if nights and read_manifest(nights[-1]).business_date > business_date:
        newest = read_manifest(nights[-1]).business_date
        raise NightError(
            f"business date {business_date} lies before the published night {newest}. Nights only go "
            "forward: run a later date, or replay the past into a fresh project folder."
        )


def roll_back(project: Project) -> tuple[Path, Path]:
    """Point `current` to the night before it.

    Returns:
        The folder that was current and the one that is now.

    Raises:
        NightError: there is no earlier night.
    """
    nights, current = published_nights(project.published), current_night(project.published)
    earlier = nights[: nights.index(current)] if current in nights else []
    if current is None or not earlier:
        raise NightError(f"{project.published}: there is no earlier night to roll back to.")
    point_current_to(earlier[-1])
    record_event(project, "rolled back", f"{current.name} → {earlier[-1].name}")
    return current, earlier[-1]


def _check_gates(night: Night, graph: ModelGraph) -> None:
    """Demand once more that no critical expectation which stands today failed this night."""
    failed = night.engine.fetch_all(
        "select table_name, expectation_id from validate.result"
        " where business_date = ? and severity = 'critical' and not is_met order by all",
        [night.business_date],
    )
    standing = {(m.full_name, expectation.expectation_id) for m in graph for expectation in gate_of(m)}
    for table, expectation in failed:
        if (table, expectation) in standing:
            raise NightError(
                f"{table}: {expectation} is not met, so the night is not published. Correct the "
                "source or the model and run again."
            )


def _describe(
    folder: Path,
    name: str,
    rows: int | dict[str, int],
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
