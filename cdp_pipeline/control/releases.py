"""Decisions to let in what the first gate kept out: single records by rule, or whole files as they are.

A decision stands until a person takes it back; nothing is deleted. It names files, lines and rules, never a value, and
the hash of what each rule demanded: once that changes, it covers nothing. Nor does one of before hashes were kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import (
    AuditEvent,
    ControlTable,
    control_database_exists,
    control_session,
    logged_in_person,
)
from cdp_pipeline.errors import ControlError

LONGEST_REASON = 500

IN_FORCE = {
    "decision_id": pa.int64(),
    "file_id": pa.string(),
    "line": pa.int64(),
    "rule": pa.string(),
    "judged_by": pa.string(),
}


class ReleaseDecision(ControlTable):
    """Somebody let records or files of a source in, and why."""

    __tablename__ = "release_decision"

    decision_id: Mapped[int] = mapped_column(primary_key=True)
    decided_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    decided_by: Mapped[str] = mapped_column(sa.String(100))
    source_system: Mapped[str] = mapped_column(sa.String(100))
    subject: Mapped[str] = mapped_column(sa.String(200))
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    undone_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class ReleasedItem(ControlTable):
    """What a decision let in: a record for one rule, or, without line and rule, a file as it is."""

    __tablename__ = "released_item"

    released_item_id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey(ReleaseDecision.decision_id), index=True)
    file_id: Mapped[str] = mapped_column(sa.String(40))
    line: Mapped[int | None] = mapped_column(sa.BigInteger())
    rule: Mapped[str | None] = mapped_column(sa.String(200))
    judged_by: Mapped[str | None] = mapped_column(sa.String(64))


@dataclass(frozen=True)
class Released:
    """One item of a decision; `line` and `rule` are both given or both not.

    Attributes:
        judged_by: hash of what the rule demands or, of a file, of all rules by which it was judged.
    """

    file_id: str
    line: int | None = None
    rule: str | None = None
    judged_by: str | None = None


def decide_release(
    project: Project, source_system: str, subject: str, reason: str, items: Sequence[Released]
) -> int:
    """Put a decision on record, with its entry in the audit trail, and return its number.

    Args:
        subject: what is let in, in words without values; enters the audit trail.
        reason: of the person who decides; stays in the control database.

    Raises:
        ControlError: the reason is empty or too long, or the database cannot be written.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise ControlError(f"--reason: say why in 1 to {LONGEST_REASON} characters, without personal data.")
    now = datetime.now(UTC)
    with control_session(project) as session:
        decision = ReleaseDecision(
            decided_at=now,
            decided_by=logged_in_person(),
            source_system=source_system,
            subject=subject[:200],
            reason=reason.strip(),
        )
        session.add(decision)
        session.flush()
        session.execute(
            sa.insert(ReleasedItem),
            [{"decision_id": decision.decision_id, **asdict(item)} for item in items],
        )
        entry = f"decision {decision.decision_id}: {subject}"[:200]
        session.add(AuditEvent(occurred_at=now, action="released", subject=entry))
        return decision.decision_id


def undo_release(project: Project, decision_id: int) -> ReleaseDecision:
    """Take a decision back; from the next night on it no longer holds.

    Raises:
        ControlError: there is no such decision, or it was taken back before.
    """
    with control_session(project) as session:
        decision = session.get(ReleaseDecision, decision_id)
        if decision is None or decision.undone_at is not None:
            what = "was taken back before" if decision else "does not exist"
            raise ControlError(
                f"decision {decision_id} {what}. `cdp source quarantine decisions` lists them."
            )
        decision.undone_at = datetime.now(UTC)
        entry = f"decision {decision_id}: {decision.subject}"[:200]
        session.add(AuditEvent(occurred_at=decision.undone_at, action="release undone", subject=entry))
        return decision


def list_releases(project: Project) -> list[ReleaseDecision]:
    """Return all decisions, the newest first."""
    if not control_database_exists(project):
        return []
    with control_session(project) as session:
        return list(session.scalars(sa.select(ReleaseDecision).order_by(ReleaseDecision.decision_id.desc())))


def files_let_in_by(project: Project, decision_id: int) -> list[str]:
    """Return the ids of the files that a decision let in as they are."""
    with control_session(project) as session:
        found = sa.select(ReleasedItem.file_id).where(
            ReleasedItem.decision_id == decision_id, ReleasedItem.line.is_(None)
        )
        return sorted(set(session.scalars(found)))


def decided_files(project: Project) -> pa.Table:
    """Return of which files a decision let records or the whole in: decision_id, file_id and is_undone.

    Decisions that were taken back are among them, so that one that is missing is known to be lost.
    """
    rows: Sequence[Sequence[Any]] = ()
    if control_database_exists(project):
        with control_session(project) as session:
            undone = ReleaseDecision.undone_at.is_not(None)
            found = sa.select(ReleasedItem.decision_id, ReleasedItem.file_id, undone).join(ReleaseDecision)
            rows = session.execute(found.distinct().order_by(*found.selected_columns[:2])).all()
    columns = list(zip(*rows, strict=True)) or [()] * 3
    types = {"decision_id": pa.int64(), "file_id": pa.string(), "is_undone": pa.bool_()}
    return pa.table(
        {name: pa.array(values, types[name]) for name, values in zip(types, columns, strict=True)}
    )


def releases_in_force(project: Project) -> pa.Table:
    """Return what stands released: decision_id and the fields of `Released`, in the order of decisions and items."""
    rows: Sequence[Sequence[Any]] = ()
    if control_database_exists(project):
        with control_session(project) as session:
            standing = (
                sa.select(*(getattr(ReleasedItem, name) for name in IN_FORCE))
                .join(ReleaseDecision)
                .where(ReleaseDecision.undone_at.is_(None))
                .order_by(ReleasedItem.decision_id, ReleasedItem.released_item_id)
            )
            rows = session.execute(standing).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(IN_FORCE)
    arrays = [pa.array(values, type_) for values, type_ in zip(columns, IN_FORCE.values(), strict=True)]
    return pa.table(dict(zip(IN_FORCE, arrays, strict=True)))
