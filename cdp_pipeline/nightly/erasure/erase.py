"""Erasing people: what would go, and its going, step by step.

The order makes it safe to be killed anywhere: first the handles are kept in a journal, and tombstones keep new
deliveries out; then each step forgets, and may be done again. Whoever calls `resume_erasures` finishes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.erasures import finish_erasure, start_erasure
from cdp_pipeline.control.privacy_requests import (
    RequestKind,
    RequestStatus,
    close_request,
    find_request,
    take_up_request,
)
from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.working_file import Say, read_working_file, reserved_working_file, say_nothing
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.erasure.certificate import left_in_words, write_certificate
from cdp_pipeline.nightly.erasure.journal import ErasureJournal, unfinished_erasures
from cdp_pipeline.nightly.erasure.outside import (
    from_control_database,
    from_landing_files,
    from_published_nights,
    look_for_remains,
)
from cdp_pipeline.nightly.erasure.people import Person, find_people
from cdp_pipeline.nightly.erasure.tombstones import digests_of
from cdp_pipeline.nightly.erasure.working_file import erase_from_working_file
from cdp_pipeline.privacy.find_handles import find_handles
from cdp_pipeline.privacy.forgetting import count_rows
from cdp_pipeline.privacy.handles import Handles

COMMAND = "cdp privacy erase"

Step = Callable[[Project, ErasureJournal], dict[str, int]]
"""Forgets the people in one place, and returns what went, by table or file. May be done again."""

STEPS: dict[str, Step] = {
    "working file": lambda project, journal: erase_from_working_file(project, journal.handles),
    "landing files": from_landing_files,
    "published nights": from_published_nights,
    "control database": from_control_database,
}
"""In this order. What only the working file tells, such as lines of delivered files, stands in the handles."""


@dataclass(frozen=True)
class ErasurePlan:
    """What an erasure would take away.

    Attributes:
        counts: rows of the working file by table.
        sources: systems that delivered records of the people, and will again unless they erase them as well.
    """

    people: list[Person]
    handles: Handles
    counts: dict[str, int]
    sources: list[str]


@dataclass(frozen=True)
class Erased:
    """A finished erasure.

    Attributes:
        counts: what went, by step and by table or file.
        left: places that still hold something of the people, with the reason or a count, without values.
        certificate: the page about it.
    """

    erasure_id: int
    request_ids: tuple[int, ...]
    counts: dict[str, dict[str, int]]
    left: dict[str, str]
    certificate: Path


def plan_erasure(project: Project, questions: Sequence[str], say: Say = say_nothing) -> ErasurePlan:
    """Find out who is meant and what would go; changes nothing.

    Args:
        questions: what `find_customer` understands, or an e-mail address or phone number of nobody's.

    Raises:
        NightError: no night was run yet.
        ErasureRequestError: a question leads to nobody, or to several.
    """
    if not project.working_file.exists():
        raise NightError(f"{project.root}: no night was run yet, so nobody is known. Run one: cdp run.")
    with read_working_file(project, COMMAND, say) as engine:
        people = find_people(project, engine, questions)
        handles = _handles_of(project, engine, people)
        return ErasurePlan(people, handles, count_rows(engine, handles), _sources_of(engine, handles))


def _handles_of(project: Project, engine: Engine, people: Sequence[Person]) -> Handles:
    return find_handles(
        engine,
        [person.customer_id for person in people if person.customer_id],
        [person.contact for person in people if person.contact],
        layouts=project.layouts,
        countries={name: source.country for name, source in project.sources.items()},
    )


def _sources_of(engine: Engine, handles: Handles) -> list[str]:
    """Name the sources of the people's records and of the files that hold them."""
    files = [handle.name for handle in handles.of_kind("line")]
    by_file = engine.fetch_column(
        "select distinct source_system from extract.file where file_id in (select unnest($1::varchar[]))",
        [files],
    )
    return sorted({*by_file, *(handle.source_system for handle in handles.rows if handle.source_system)})


def erase(
    project: Project,
    plan: ErasurePlan,
    requested_by: str,
    reason: str,
    more_steps: Mapping[str, Step] | None = None,
) -> Erased:
    """Erase the people of a plan: from now on nothing of them is kept, and nothing comes in again.

    Args:
        reason: without personal data; stays on record.
        more_steps: of rooms above this one, such as what the orchestrator keeps of its runs.

    Raises:
        NightError: a night is running.
    """
    with reserved_working_file(project):
        request_ids = tuple(
            take_up_request(project, RequestKind.ERASURE, person.reference) for person in plan.people
        )
        erasure_id = start_erasure(
            project, requested_by, reason, len(plan.people), digests_of(project, plan.handles)
        )
        journal = ErasureJournal(erasure_id, request_ids, plan.handles, {})
        journal.write(project)
        return carry_out(project, journal, more_steps)


def resume_erasures(project: Project, more_steps: Mapping[str, Step] | None = None) -> list[Erased]:
    """Finish the erasures that were begun and not finished; the oldest first."""
    if not unfinished_erasures(project):
        return []
    with reserved_working_file(project):
        return [carry_out(project, journal, more_steps) for journal in unfinished_erasures(project)]


def carry_out(
    project: Project, journal: ErasureJournal, more_steps: Mapping[str, Step] | None = None
) -> Erased:
    """Take every step of an erasure that is on record, and finish it; the caller holds the writer's lock."""
    for name, step in {**STEPS, **(more_steps or {})}.items():
        went = step(project, journal)
        before = journal.counts.get(name, {})
        counts = {place: before.get(place, 0) + went.get(place, 0) for place in sorted({*before, *went})}
        journal = replace(journal, counts={**journal.counts, name: counts})
        journal.write(project)
    look_for_remains(project, journal)
    journal.write(project)
    finish_erasure(project, journal.erasure_id)
    certificate = write_certificate(project, journal)
    for request_id in journal.request_ids:
        if find_request(project, request_id).status == RequestStatus.OPEN:  # else closed before a kill
            close_request(project, request_id)
    journal.remove(project)
    return Erased(
        journal.erasure_id, journal.request_ids, journal.counts, left_in_words(journal), certificate
    )
