"""Who was erased, without saying who: erasures by number, and the keyed hashes by which their records stay out.

A *tombstone* is the HMAC-SHA256 of an identity (`cdp_pipeline.delivered_identity`) under a key that no database holds.
It is kept for good: a source that delivers an erased person again must be told apart from a new customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import AuditEvent, ControlTable, control_database_exists, control_session
from cdp_pipeline.control.match_statement import LONGEST_NAME
from cdp_pipeline.control.releases import LONGEST_REASON
from cdp_pipeline.errors import ControlError

DIGEST_LENGTH = 64


class Erasure(ControlTable):
    """One run of erasing: one person, or all of a file of requests."""

    __tablename__ = "erasure"

    erasure_id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    requested_by: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    people: Mapped[int] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Tombstone(ControlTable):
    """An identity that stays out: what kind it is of, and its keyed hash."""

    __tablename__ = "erasure_tombstone"

    digest: Mapped[str] = mapped_column(sa.String(DIGEST_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    erasure_id: Mapped[int] = mapped_column(sa.ForeignKey("erasure.erasure_id"), index=True)
    erased_on: Mapped[date] = mapped_column(sa.Date())


TOMBSTONE_COLUMNS = {
    "digest": pa.string(),
    "kind": pa.string(),
    "erasure_id": pa.int64(),
    "erased_on": pa.date32(),
}


def start_erasure(
    project: Project, requested_by: str, reason: str, people: int, tombstones: Iterable[tuple[str, str]]
) -> int:
    """Put an erasure and its tombstones on record, together, before anything is erased; return its number.

    Args:
        reason: without personal data; stays in the control database.
        people: how many are erased with it.
        tombstones: kind and digest of every identity; those of an earlier erasure stay as they are.

    Raises:
        ControlError: the reason is too long, or the database cannot be written.
    """
    if len(reason) > LONGEST_REASON:
        raise ControlError(f"the reason is longer than {LONGEST_REASON} characters. Shorten it.")
    now = datetime.now(UTC)
    with control_session(project) as session:
        erasure = Erasure(
            started_at=now, requested_by=requested_by[:LONGEST_NAME], reason=reason, people=people
        )
        session.add(erasure)
        session.flush()
        known = set(session.scalars(sa.select(Tombstone.digest)))
        new = {digest: kind for kind, digest in tombstones if digest not in known}
        session.add_all(
            Tombstone(digest=digest, kind=kind, erasure_id=erasure.erasure_id, erased_on=now.date())
            for digest, kind in sorted(new.items())
        )
        session.add(AuditEvent(occurred_at=now, action="erasure started", subject=_subject(erasure)))
        return erasure.erasure_id


def finish_erasure(project: Project, erasure_id: int) -> None:
    """Note that nothing is left of the people of an erasure; one that was noted before stays as it is.

    Raises:
        ControlError: there is no such erasure.
    """
    with control_session(project) as session:
        erasure = session.get(Erasure, erasure_id)
        if erasure is None:
            raise ControlError(f"erasure {erasure_id} does not exist in this control database.")
        if erasure.finished_at is None:
            erasure.finished_at = datetime.now(UTC)
            session.add(
                AuditEvent(
                    occurred_at=erasure.finished_at, action="erasure finished", subject=_subject(erasure)
                )
            )


def list_erasures(project: Project) -> list[Erasure]:
    """Return all erasures, the newest first."""
    if not control_database_exists(project):
        return []
    with control_session(project) as session:
        return list(session.scalars(sa.select(Erasure).order_by(Erasure.erasure_id.desc())))


def tombstones(project: Project) -> pa.Table:
    """Return every tombstone: digest, kind, erasure_id, erased_on; by digest."""
    rows: list[Tombstone] = []
    if control_database_exists(project):
        with control_session(project) as session:
            rows = list(session.scalars(sa.select(Tombstone).order_by(Tombstone.digest)))
    return pa.table(
        {
            name: pa.array([getattr(row, name) for row in rows], type_)
            for name, type_ in TOMBSTONE_COLUMNS.items()
        }
    )


def _subject(erasure: Erasure) -> str:
    return f"erasure {erasure.erasure_id} of {erasure.people} {'person' if erasure.people == 1 else 'people'}"
