"""How the project stands: what is published, what the last run did, what waits in the landing folder.

Only published files are read, never the working file: a night may be running.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import computed_field

from cdp_pipeline.contracts.base import Contract, ContractT
from cdp_pipeline.contracts.landing import shown_url
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.vacuous import IS_VACUOUS
from cdp_pipeline.control.privacy_requests import RequestsDue, requests_due
from cdp_pipeline.engine import Engine
from cdp_pipeline.extract.landing import DOCUMENT, UNTAKEN_MEMBER
from cdp_pipeline.extract.remote import read_state
from cdp_pipeline.extract.settling import LandingView, view_landing
from cdp_pipeline.nightly.conflicting_decisions import ConflictingDecisions, conflicting_decisions
from cdp_pipeline.nightly.linked_anew import LinkedAnew, linked_anew_on
from cdp_pipeline.nightly.run_record import Outcome, RunRecord, read_run_record, running_since
from cdp_pipeline.nightly.waiting_files import Known, waiting_files
from cdp_pipeline.plural import counted
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline.report.facts.deliveries import (
    Delivery,
    SilentSource,
    SourceState,
    TakenIn,
    deliveries_on,
    silent_sources_on,
    source_states_on,
    taken_in_on,
)


class RuleStatus(Contract):
    """Records that a rule keeps out, in all and new in the published night."""

    rule: str
    records: int
    new_records: int


class CheckStatus(Contract):
    """An expectation that the published night does not meet: a warning, or one that quarantines records."""

    table_name: str
    expectation_id: str
    severity: str
    failing_rows: int


class SegmentStatus(Contract):
    """Members of a segment, and on the night before; nothing where there was none."""

    segment: str
    members: int
    members_before: int | None


class PublishedStatus(Contract):
    """The published night: counts only.

    Attributes:
        due_at: when the night after it must be there; nothing if no run is on record.
        source_states: sources that are blocked or warned, with the reasons.
        activations_held_back: why the night holds no activation files; empty where it does.
        taken_in: what of earlier nights came to count.
        conflicting_decisions: what people decided about pairs of records and cannot both be had.
        linked_anew: how much of it was linked anew; nothing where the night does not tell.
    """

    business_date: date
    published_at: datetime
    folder: Path
    due_at: datetime | None
    sources: list[Delivery]
    source_states: list[SourceState]
    activations_held_back: list[str]
    taken_in: list[TakenIn]
    silent_sources: list[SilentSource]
    quarantine: list[RuleStatus]
    unmet_checks: list[CheckStatus]
    conflicting_decisions: list[ConflictingDecisions] = []
    linked_anew: LinkedAnew | None = None
    segments: list[SegmentStatus]


class LandingStatus(Contract):
    """Files in the landing folder that the published night does not hold.

    Attributes:
        waiting: files of a source whose name or size is new; the next night reads them.
        unfinished: files under temporary names.
        unrecognised: files that no source's pattern takes.
        misnamed: files whose name is not UTF-8, so that they are not read.
        url: the store that the folder mirrors; nothing where the exports lie on this machine. It is not asked:
            all is as of `fetched_at`.
        left_alone: names that the last fetch left in the store, each with the reason.
    """

    folder: Path
    url: str | None = None
    fetched_at: datetime | None = None
    left_alone: list[tuple[str, str]] = []
    exists: bool
    waiting: list[str]
    unfinished: list[str]
    unrecognised: list[str]
    misnamed: list[str]


class WorkingFileStatus(Contract):
    """The pipeline's own database; `is_recovering` when its last writer did not close it."""

    size_bytes: int | None
    running_since: str | None
    is_recovering: bool


class ProjectStatus(Contract):
    """Everything that `cdp status` tells."""

    project: str
    checked_at: datetime
    published: PublishedStatus | None
    last_run: RunRecord | None
    landing: LandingStatus
    working_file: WorkingFileStatus
    privacy_requests: RequestsDue = RequestsDue()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_overdue(self) -> bool:
        """Whether the next night should be there by now."""
        due_at = self.published.due_at if self.published else None
        return due_at is not None and self.checked_at > due_at

    @computed_field  # type: ignore[prop-decorator]
    @property
    def problems(self) -> list[str]:
        """What a person must look at now; empty when all is well."""
        found = []
        if self.is_overdue and not self.working_file.running_since:
            found.append("the next night is overdue")
        if self.last_run and self.last_run.outcome in {Outcome.FAILED, Outcome.KILLED}:
            found.append(
                f"the last run {'was killed' if self.last_run.outcome is Outcome.KILLED else 'failed'}"
            )
        blocked = self.published.source_states if self.published else []
        found += [f"source {state.source_system} is blocked" for state in blocked if state.is_blocked]
        if self.published and self.published.activations_held_back:
            found.append("activation files are held back")
        if self.privacy_requests.overdue:
            found.append(f"{counted(self.privacy_requests.overdue, 'privacy request')} overdue")
        return found


def project_status(project: Project, now: datetime | None = None) -> ProjectStatus:
    """Tell how the project stands.

    Args:
        now: the moment to judge by; the present one by default.

    Raises:
        NightError: the published night's manifest is damaged.
    """
    record, folder = read_run_record(project), current_night(project.published)
    since = running_since(project)
    view = view_landing(project)
    known: Known = set()
    published = None
    if folder:
        with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
            published = _published(project, engine, folder, record)
            known = {(path, size) for path, size in engine.fetch_all(DELIVERED)}
    return ProjectStatus(
        project=project.settings.name,
        checked_at=now or datetime.now(UTC),
        published=published,
        last_run=record,
        landing=_landing(project, view, known),
        working_file=_working_file(project, since),
        privacy_requests=requests_due(project, (now or datetime.now(UTC)).date()),
    )


def _published(project: Project, engine: Engine, folder: Path, record: RunRecord | None) -> PublishedStatus:
    manifest = read_manifest(folder)
    night = [manifest.business_date]
    return PublishedStatus(
        business_date=manifest.business_date,
        published_at=manifest.published_at,
        folder=folder,
        due_at=record.due_at if record else None,
        sources=deliveries_on(engine, manifest.business_date),
        source_states=source_states_on(engine, manifest.business_date),
        activations_held_back=manifest.activations_held_back,
        taken_in=taken_in_on(engine, manifest.business_date),
        silent_sources=silent_sources_on(engine, manifest.business_date),
        quarantine=[_named(RuleStatus, row) for row in engine.fetch_all(QUARANTINE, night)],
        unmet_checks=[_named(CheckStatus, row) for row in engine.fetch_all(UNMET_CHECKS, night)],
        conflicting_decisions=conflicting_decisions(engine),
        linked_anew=linked_anew_on(engine, manifest.business_date, project.linkage.full_linkage),
        segments=[_named(SegmentStatus, row) for row in engine.fetch_all(SEGMENTS, night)],
    )


def _named(kind: type[ContractT], row: tuple[object, ...]) -> ContractT:
    """Give the columns of a row their names, which stand in the query's order."""
    return kind.model_validate(dict(zip(kind.model_fields, row, strict=True)))


def _landing(project: Project, view: LandingView, known: Known) -> LandingStatus:
    state = read_state(project) if project.landing_url else None
    return LandingStatus(
        folder=project.landing,
        url=shown_url(project.landing_url) if project.landing_url else None,
        fetched_at=state.fetched_at if state else None,
        left_alone=sorted(state.left_alone.items()) if state else [],
        exists=project.landing.is_dir(),
        waiting=waiting_files(project.landing, view.deliveries, known),
        unfinished=[file.path for file in view.unfinished],
        unrecognised=[file.path for file in view.unrecognised],
        misnamed=[file.path for file in view.misnamed],
    )


def _working_file(project: Project, since: str | None) -> WorkingFileStatus:
    path = project.working_file
    is_open = path.with_suffix(".duckdb.wal").exists()
    return WorkingFileStatus(
        size_bytes=path.stat().st_size if path.exists() else None,
        running_since=since,
        is_recovering=is_open and since is None,
    )


QUARANTINE = """
select rule, count(*), count(*) filter (where business_date = ?)
from validate.quarantine group by rule order by 2 desc, rule
"""

UNMET_CHECKS = f"""
select table_name, expectation_id, severity, failing_rows from validate.result
where business_date = ? and not is_met and not {IS_VACUOUS}
order by severity, failing_rows desc, table_name, expectation_id
"""

SEGMENTS = """
select segment, member_count, before from (
    select *, lag(member_count) over (partition by segment order by business_date) as before
    from segment.segment_size
) where business_date = ? order by segment
"""

# An archive from which nothing was read is known by its members all the same.
DELIVERED = f"""
select path, size_bytes from extract.delivery
union all
select path, size_bytes from extract.unrecognised_file where why in ('{UNTAKEN_MEMBER}', '{DOCUMENT}')
"""
