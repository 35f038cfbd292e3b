"""What people decided about pairs of records: one person (must-link), or two (never-link).

A decision stands until it expires or a person takes it back; nothing is deleted. It names records by their keys, so it
waits where one of them is not, or no longer, there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import AuditEvent, ControlTable, control_database_exists, control_session
from cdp_pipeline.control.match_statement import (
    LONGEST_NAME,
    LONGEST_RECORD_ID,
    MatchStatement,
    MatchVerdict,
    RecordKey,
)
from cdp_pipeline.control.releases import LONGEST_REASON
from cdp_pipeline.errors import ControlError


class MatchDecision(ControlTable):
    """Somebody decided that two records are one person, or two; left comes before right."""

    __tablename__ = "match_decision"

    decision_id: Mapped[int] = mapped_column(primary_key=True)
    decided_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    decided_by: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    decision: Mapped[str] = mapped_column(sa.String(20))
    left_source_system: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    left_record_kind: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    left_source_record_id: Mapped[str] = mapped_column(sa.String(LONGEST_RECORD_ID), index=True)
    right_source_system: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    right_record_kind: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    right_source_record_id: Mapped[str] = mapped_column(sa.String(LONGEST_RECORD_ID))
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    expires_on: Mapped[date | None] = mapped_column(sa.Date())
    undone_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    undone_by: Mapped[str | None] = mapped_column(sa.String(LONGEST_NAME))

    @property
    def left(self) -> RecordKey:
        """The first record."""
        return RecordKey(self.left_source_system, self.left_record_kind, self.left_source_record_id)

    @property
    def right(self) -> RecordKey:
        """The second record."""
        return RecordKey(self.right_source_system, self.right_record_kind, self.right_source_record_id)

    @property
    def statement(self) -> MatchStatement:
        """What was said, without number and time."""
        return MatchStatement(
            MatchVerdict(self.decision), self.left, self.right, self.decided_by, self.reason, self.expires_on
        )

    def stands_on(self, day: date) -> bool:
        """Tell whether it is in force: not taken back, and the day is not past its last."""
        return self.undone_at is None and (self.expires_on is None or self.expires_on >= day)


PAIR = tuple(f"{side}_{column}" for side in ("left", "right") for column in RecordKey._fields)

IN_FORCE: Mapping[str, pa.DataType] = {
    "decision_id": pa.int64(),
    "decision": pa.string(),
    **dict.fromkeys(PAIR, pa.string()),
    "decided_at": pa.timestamp("us"),
}


@dataclass(frozen=True)
class Decided:
    """What became of statements, in their order.

    Attributes:
        decision_ids: number of the decision on each statement, new or of before.
        new: those that were put on record now.
        taken_back: those of before that a person has taken back since; they stay so.
    """

    decision_ids: list[int]
    new: frozenset[int]
    taken_back: frozenset[int]


def decide_match(
    project: Project,
    decision: str,
    left: tuple[str, str, str],
    right: tuple[str, str, str],
    reviewer: str,
    reason: str,
    expires_on: date | None = None,
) -> int:
    """Put on record that two records are one person (must_link) or two (never_link), and return its number.

    A decision that stands with the same words is not put on record again.

    Args:
        left: source_system, record_kind, source_record_id; so is `right`.
        reason: without personal data; stays in the control database.
        expires_on: the last day on which it holds.

    Raises:
        ControlError: a part is empty or too long, a decision that stands says the opposite of the same records, or
            the database cannot be written.
    """
    statement = MatchStatement(
        MatchVerdict(decision), RecordKey(*left), RecordKey(*right), reviewer, reason, expires_on
    )
    return decide_matches(project, [statement], renews=True).decision_ids[0]


def decide_matches(
    project: Project, statements: Sequence[MatchStatement], *, renews: bool = False
) -> Decided:
    """Put statements on record, all or none; what was said before in the same words is known.

    Args:
        renews: what was taken back is decided anew. Else it stays as it is: a file that is read again is no new
            decision.

    Raises:
        ControlError: a decision that stands says the opposite of one of them, or the database cannot be written.
    """
    today = datetime.now(UTC).date()
    with control_session(project) as session:
        stored = list(session.scalars(sa.select(MatchDecision).order_by(MatchDecision.decision_id)))
        known = {one.statement: one for one in stored if one.undone_at is None or not renews}
        standing = {(one.left, one.right): one for one in stored if one.stands_on(today)}
        new = {}
        for statement in dict.fromkeys(statements):
            if statement not in known:
                _refuse_opposite(statement, standing.get(statement.pair))
                known[statement] = new[statement] = _put_on_record(session, statement)
        decided = [known[statement] for statement in statements]
        return Decided(
            decision_ids=[one.decision_id for one in decided],
            new=frozenset(one.decision_id for one in new.values()),
            taken_back=frozenset(one.decision_id for one in decided if one.undone_at is not None),
        )


def undo_match(project: Project, decision_id: int, reviewer: str) -> MatchDecision:
    """Take a decision back; from the next night on it no longer holds.

    Raises:
        ControlError: there is no such decision, or it was taken back before.
    """
    with control_session(project) as session:
        stored = session.get(MatchDecision, decision_id)
        if stored is None or stored.undone_at is not None:
            what = "was taken back before" if stored else "does not exist"
            raise ControlError(f"match decision {decision_id} {what}. `cdp link decisions` lists them.")
        stored.undone_at, stored.undone_by = datetime.now(UTC), reviewer.strip()[:LONGEST_NAME] or "unknown"
        _audit(session, stored.undone_at, "match decision undone", stored)
        return stored


def list_matches(project: Project) -> list[MatchDecision]:
    """Return all decisions, the newest first."""
    return list(reversed(_stored(project)))


def matches_in_force(project: Project, business_date: date) -> pa.Table:
    """Return what holds on a day: decision_id, decision, both record keys, decided_at (UTC); by number."""
    return _as_table(stored for stored in _stored(project) if stored.stands_on(business_date))


def known_matches(project: Project) -> pa.Table:
    """Return every decision ever made, those taken back or expired among them, so that a lost one is known."""
    return _as_table(_stored(project))


def decided_pairs(project: Project) -> pa.Table:
    """Return labels for training and evaluation, in the columns of `matches_in_force`.

    Grain: one row per pair of records, with the newest decision on it that was not taken back. One that has expired
    no longer binds the nights; what the person saw is true all the same.
    """
    newest = {(stored.left, stored.right): stored for stored in _stored(project) if stored.undone_at is None}
    return _as_table(sorted(newest.values(), key=lambda stored: stored.decision_id))


def _refuse_opposite(statement: MatchStatement, standing: MatchDecision | None) -> None:
    if standing is not None and standing.decision != statement.decision:
        raise ControlError(
            f"match decision {standing.decision_id}, which stands, says {standing.decision} of the same two records. "
            f"Take it back first: cdp link decide --undo {standing.decision_id}"
        )


def _put_on_record(session: Session, statement: MatchStatement) -> MatchDecision:
    now = datetime.now(UTC)
    stored = MatchDecision(
        decided_at=now,
        decided_by=statement.reviewer,
        decision=statement.decision.value,
        reason=statement.reason,
        expires_on=statement.expires_on,
        **dict(zip(PAIR, [*statement.left, *statement.right], strict=True)),
    )
    session.add(stored)
    session.flush()
    _audit(session, now, "match decided", stored)
    return stored


def _audit(session: Session, at: datetime, action: str, stored: MatchDecision) -> None:
    """Append to the audit trail, without record ids: some systems make them of e-mail addresses."""
    kinds = f"{stored.left_source_system}/{stored.left_record_kind}"
    kinds += f" and {stored.right_source_system}/{stored.right_record_kind}"
    subject = f"match decision {stored.decision_id}: {stored.decision} of {kinds}"[:200]
    session.add(AuditEvent(occurred_at=at, action=action, subject=subject))


def _stored(project: Project) -> list[MatchDecision]:
    if not control_database_exists(project):
        return []
    with control_session(project) as session:
        return list(session.scalars(sa.select(MatchDecision).order_by(MatchDecision.decision_id)))


def _as_table(decisions: Iterable[MatchDecision]) -> pa.Table:
    rows = [[getattr(stored, name) for name in IN_FORCE] for stored in decisions]
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(IN_FORCE)
    arrays = [
        pa.array([_utc(value) for value in values], type_)
        for values, type_ in zip(columns, IN_FORCE.values(), strict=True)
    ]
    return pa.table(dict(zip(IN_FORCE, arrays, strict=True)))


def _utc(value: Any) -> Any:
    """Drop the zone: SQLite hands times out without it, PostgreSQL with it, and both mean UTC."""
    return (
        value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
    )
