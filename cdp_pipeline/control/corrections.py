"""Corrections of profiles by hand (article 16): what a person said is true, against what sources deliver.

One stands until somebody takes it back; nothing is deleted. It names the customer by the records that made one when it
was entered, the surest first, and by id, so that it goes along through merges, splits and ids given anew. Values are
personal data: they stand here and in the profile, in no audit trail and no log.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
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
from cdp_pipeline.control.releases import LONGEST_REASON
from cdp_pipeline.errors import ControlError

LONGEST_VALUE = 400
LONGEST_CUSTOMER_ID = 40


class ProfileCorrection(ControlTable):
    """Somebody corrected columns of a customer's profile, and why."""

    __tablename__ = "profile_correction"

    correction_id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.String(LONGEST_CUSTOMER_ID), index=True)
    corrected_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    corrected_by: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    request_id: Mapped[int] = mapped_column(sa.BigInteger())
    undone_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    undone_by: Mapped[str | None] = mapped_column(sa.String(LONGEST_NAME))


class CorrectedValue(ControlTable):
    """What a column of the profile holds by a correction; null empties it."""

    __tablename__ = "corrected_value"

    corrected_value_id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int] = mapped_column(sa.ForeignKey(ProfileCorrection.correction_id), index=True)
    customer_id: Mapped[str] = mapped_column(sa.String(LONGEST_CUSTOMER_ID))
    column_name: Mapped[str] = mapped_column(sa.String(63))
    value: Mapped[str | None] = mapped_column(sa.String(LONGEST_VALUE))


class CorrectedRecord(ControlTable):
    """A source record of the corrected customer; the first is the one with which the customer's id stays."""

    __tablename__ = "corrected_record"

    corrected_record_id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int] = mapped_column(sa.ForeignKey(ProfileCorrection.correction_id), index=True)
    customer_id: Mapped[str] = mapped_column(sa.String(LONGEST_CUSTOMER_ID))
    position: Mapped[int] = mapped_column(sa.Integer())
    source_system: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    record_kind: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    source_record_id: Mapped[str] = mapped_column(sa.String(LONGEST_RECORD_ID))


VALUES = {
    "correction_id": pa.int64(),
    "customer_id": pa.string(),
    "column_name": pa.string(),
    "value": pa.string(),
    "corrected_at": pa.timestamp("us"),
}

RECORDS = {
    "correction_id": pa.int64(),
    "position": pa.int64(),
    **dict.fromkeys(RecordKey._fields, pa.string()),
}


def correct_profile(
    project: Project,
    customer_id: str,
    records: Sequence[RecordKey],
    values: Mapping[str, str | None],
    reason: str,
    request_id: int = 0,
) -> int:
    """Put a correction on record and return its number; of several of one column the newest counts.

    Args:
        records: of the customer, that first with which the id stays; they find the customer in nights to come.
        values: by column of `golden_profile`, checked and normalised; None empties the column.
        reason: without personal data; stays in the control database.
        request_id: the request that it answers.

    Raises:
        ControlError: there is no reason, or a value that is too long, or the database cannot be written.
    """
    check_reason(reason)
    with control_session(project) as session:
        stored = ProfileCorrection(
            customer_id=customer_id,
            corrected_at=datetime.now(UTC),
            corrected_by=logged_in_person()[:LONGEST_NAME],
            reason=reason.strip(),
            request_id=request_id,
        )
        session.add(stored)
        session.flush()
        whose = {"correction_id": stored.correction_id, "customer_id": customer_id}
        said = [{**whose, "column_name": column, "value": value} for column, value in values.items()]
        keys = [{**whose, "position": place, **key._asdict()} for place, key in enumerate(records, start=1)]
        session.execute(sa.insert(CorrectedValue), said)
        session.execute(sa.insert(CorrectedRecord), keys)
        _audit(session, "profile corrected", stored, values)
        return stored.correction_id


def check_reason(reason: str) -> None:
    """Refuse a reason that says nothing or too much.

    Raises:
        ControlError: it is empty or too long.
    """
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise ControlError(f"--reason: say why in 1 to {LONGEST_REASON} characters, without personal data.")


def undo_correction(project: Project, correction_id: int) -> ProfileCorrection:
    """Take a correction back; from the next night on the delivered values count again.

    Raises:
        ControlError: there is none of this number, or it was taken back before.
    """
    with control_session(project) as session:
        stored = session.get(ProfileCorrection, correction_id)
        if stored is None or stored.undone_at is not None:
            what = "was taken back before" if stored else "does not exist"
            raise ControlError(f"correction {correction_id} {what}. `cdp privacy corrections` lists them.")
        stored.undone_at, stored.undone_by = datetime.now(UTC), logged_in_person()[:LONGEST_NAME]
        _audit(session, "correction undone", stored, ())
        return stored


def list_corrections(project: Project) -> list[tuple[ProfileCorrection, list[str]]]:
    """Return all corrections, the newest first, each with the columns that it names."""
    if not control_database_exists(project):
        return []
    with control_session(project) as session:
        newest = sa.select(ProfileCorrection).order_by(ProfileCorrection.correction_id.desc())
        columns: dict[int, list[str]] = {}
        for value in session.scalars(sa.select(CorrectedValue).order_by(CorrectedValue.corrected_value_id)):
            columns.setdefault(value.correction_id, []).append(value.column_name)
        return [(one, columns.get(one.correction_id, [])) for one in session.scalars(newest)]


def corrections_in_force(project: Project) -> tuple[pa.Table, pa.Table]:
    """Return what was not taken back: the values (see `VALUES`; times in UTC), and the records (see `RECORDS`)."""
    values: Sequence[Sequence[Any]] = ()
    records: Sequence[Sequence[Any]] = ()
    if control_database_exists(project):
        with control_session(project) as session:
            stands = ProfileCorrection.undone_at.is_(None)
            named = [
                getattr(ProfileCorrection if name == "corrected_at" else CorrectedValue, name)
                for name in VALUES
            ]
            values = session.execute(
                sa.select(*named)
                .join(ProfileCorrection)
                .where(stands)
                .order_by(CorrectedValue.corrected_value_id)
            ).all()
            keys = sa.select(*(getattr(CorrectedRecord, name) for name in RECORDS)).join(ProfileCorrection)
            records = session.execute(keys.where(stands).order_by(CorrectedRecord.corrected_record_id)).all()
    return _as_table(values, VALUES), _as_table(records, RECORDS)


def known_corrections(project: Project) -> pa.Table:
    """Return the number of every correction ever entered, so that a lost one is known: correction_id."""
    numbers = sorted(one.correction_id for one, _ in list_corrections(project))
    return pa.table({"correction_id": pa.array(numbers, pa.int64())})


def _as_table(rows: Sequence[Sequence[Any]], types: dict[str, pa.DataType]) -> pa.Table:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [
        pa.array([_utc(value) for value in values], type_)
        for values, type_ in zip(columns, types.values(), strict=True)
    ]
    return pa.table(dict(zip(types, arrays, strict=True)))


def _utc(value: Any) -> Any:
    """Drop the zone: SQLite hands times out without it, PostgreSQL with it, and both mean UTC."""
    return (
        value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
    )


def _audit(session: Session, action: str, stored: ProfileCorrection, columns: Collection[str]) -> None:
    """Append to the audit trail: number, request and columns, no value."""
    of = f" of {', '.join(columns)}" if columns else ""
    subject = f"correction {stored.correction_id}{of}, for privacy request {stored.request_id}"
    session.add(AuditEvent(occurred_at=datetime.now(UTC), action=action, subject=subject[:200]))
