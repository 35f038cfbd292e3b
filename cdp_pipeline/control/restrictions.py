"""What must not be done with whose data: restriction (article 18) and objection (article 21).

One stands until a person lifts it; nothing is deleted. It names a customer by the records that made one when it came,
and by id, so that it goes along through merges, splits and ids given out anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import (
    AuditEvent,
    ControlTable,
    control_database_exists,
    control_session,
    logged_in_person,
)
from cdp_pipeline.control.match_statement import LONGEST_NAME, LONGEST_RECORD_ID, RecordKey
from cdp_pipeline.errors import ControlError

LONGEST_PURPOSE = 63


class RestrictionKind(StrEnum):
    """On which right it rests."""

    RESTRICTION = "restriction"  # article 18: stored, and nothing else
    OBJECTION = "objection"  # article 21: no longer for this purpose


class ProcessingRestriction(ControlTable):
    """Somebody's data must not be used: for one purpose or, without one, for any."""

    __tablename__ = "processing_restriction"

    restriction_id: Mapped[int] = mapped_column(primary_key=True)
    restriction_kind: Mapped[str] = mapped_column(sa.String(20))
    customer_id: Mapped[str] = mapped_column(sa.String(40), index=True)
    purpose: Mapped[str | None] = mapped_column(sa.String(LONGEST_PURPOSE))
    since: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    request_id: Mapped[int] = mapped_column(sa.BigInteger())
    entered_by: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    lifted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    lifted_by: Mapped[str | None] = mapped_column(sa.String(LONGEST_NAME))


class RestrictedRecord(ControlTable):
    """A source record of the person whom a restriction is about."""

    __tablename__ = "restricted_record"

    restricted_record_id: Mapped[int] = mapped_column(primary_key=True)
    restriction_id: Mapped[int] = mapped_column(
        sa.ForeignKey(ProcessingRestriction.restriction_id), index=True
    )
    source_system: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    record_kind: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    source_record_id: Mapped[str] = mapped_column(sa.String(LONGEST_RECORD_ID))


STANDING = {
    "restriction_id": pa.int64(),
    "restriction_kind": pa.string(),
    "customer_id": pa.string(),
    "purpose": pa.string(),
    "since": pa.timestamp("us"),
    "source": pa.string(),
}

RECORDS = {"restriction_id": pa.int64(), **dict.fromkeys(RecordKey._fields, pa.string())}


def restrict_processing(
    project: Project,
    kind: RestrictionKind,
    customer_id: str,
    records: Collection[RecordKey],
    request_id: int,
    purpose: str | None = None,
) -> int:
    """Put a restriction or an objection on record and return its number; one that stands is not repeated.

    Args:
        records: all source records of the customer.
        request_id: the request that it answers.
        purpose: what the data must not be used for; None for anything.

    Raises:
        ControlError: an objection names no purpose, or the database cannot be written.
    """
    if kind is RestrictionKind.OBJECTION and purpose is None:
        raise ControlError("--purpose: say to what the person objects, such as marketing.")
    with control_session(project) as session:
        for standing in _standing(session, customer_id):
            if (standing.restriction_kind, standing.purpose) == (kind.value, purpose):
                return standing.restriction_id
        stored = ProcessingRestriction(
            restriction_kind=kind.value,
            customer_id=customer_id,
            purpose=purpose,
            since=datetime.now(UTC),
            request_id=request_id,
            entered_by=logged_in_person()[:LONGEST_NAME],
        )
        session.add(stored)
        session.flush()
        rows = [{"restriction_id": stored.restriction_id, **key._asdict()} for key in sorted(set(records))]
        if rows:
            session.execute(sa.insert(RestrictedRecord), rows)
        _audit(session, f"{kind} entered", stored)
        return stored.restriction_id


def lift_restriction(project: Project, restriction_id: int) -> ProcessingRestriction:
    """Lift a restriction, or take back an objection; it no longer holds from the next night on.

    Raises:
        ControlError: there is none of this number, or it was lifted before.
    """
    with control_session(project) as session:
        stored = session.get(ProcessingRestriction, restriction_id)
        if stored is None or stored.lifted_at is not None:
            what = "was lifted before" if stored else "does not exist"
            raise ControlError(f"restriction {restriction_id} {what}. `cdp privacy restrictions` lists them.")
        stored.lifted_at, stored.lifted_by = datetime.now(UTC), logged_in_person()[:LONGEST_NAME]
        _audit(session, f"{stored.restriction_kind} lifted", stored)
        return stored


def list_restrictions(project: Project) -> list[ProcessingRestriction]:
    """Return all restrictions and objections, the newest first."""
    if not control_database_exists(project):
        return []
    with control_session(project) as session:
        newest = sa.select(ProcessingRestriction).order_by(ProcessingRestriction.restriction_id.desc())
        return list(session.scalars(newest))


def restrictions_in_force(project: Project) -> tuple[pa.Table, pa.Table]:
    """Return what stands: the restrictions (see `STANDING`; times in UTC), and their records (see `RECORDS`)."""
    stored: Sequence[ProcessingRestriction] = ()
    records: Sequence[RestrictedRecord] = ()
    if control_database_exists(project):
        with control_session(project) as session:
            stands = ProcessingRestriction.lifted_at.is_(None)
            by_number = sa.select(ProcessingRestriction).order_by(ProcessingRestriction.restriction_id)
            stored = list(session.scalars(by_number.where(stands)))
            of_them = sa.select(RestrictedRecord).join(ProcessingRestriction).where(stands)
            records = list(session.scalars(of_them.order_by(RestrictedRecord.restricted_record_id)))
    rows = [[_value(one, name) for name in STANDING] for one in stored]
    return (
        _as_table(rows, STANDING),
        _as_table([[getattr(one, name) for name in RECORDS] for one in records], RECORDS),
    )


def known_restrictions(project: Project) -> pa.Table:
    """Return the number of every restriction ever entered, so that a lost one is known: restriction_id."""
    numbers = sorted(one.restriction_id for one in list_restrictions(project))
    return pa.table({"restriction_id": pa.array(numbers, pa.int64())})


def _standing(session: Session, customer_id: str) -> Sequence[ProcessingRestriction]:
    found = sa.select(ProcessingRestriction).where(
        ProcessingRestriction.customer_id == customer_id, ProcessingRestriction.lifted_at.is_(None)
    )
    return session.scalars(found.order_by(ProcessingRestriction.restriction_id)).all()


def _value(one: ProcessingRestriction, name: str) -> Any:
    if name == "source":
        return f"privacy request {one.request_id}"
    value = getattr(one, name)
    return (
        value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
    )


def _as_table(rows: Sequence[Sequence[Any]], types: dict[str, pa.DataType]) -> pa.Table:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [pa.array(values, type_) for values, type_ in zip(columns, types.values(), strict=True)]
    return pa.table(dict(zip(types, arrays, strict=True)))


def _audit(session: Session, action: str, stored: ProcessingRestriction) -> None:
    """Append to the audit trail, without the customer: number, request and purpose."""
    subject = f"{stored.restriction_kind} {stored.restriction_id} of privacy request {stored.request_id}"
    purpose = f", for {stored.purpose}" if stored.purpose else ", for every purpose"
    session.add(AuditEvent(occurred_at=datetime.now(UTC), action=action, subject=subject + purpose))
