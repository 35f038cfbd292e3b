"""The register of what people in the data asked for: access, rectification, erasure, restriction, objection.

It shows that each was answered in time, so nothing is deleted from it, and it holds no personal data: a person stands
there by customer id, or by a keyed digest of what they wrote from.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

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
from cdp_pipeline.control.releases import LONGEST_REASON
from cdp_pipeline.errors import ControlError

MONTHS_TO_ANSWER = 1
MONTHS_MORE = 2
"""Article 12(3) GDPR: an answer within one month of receipt; two more where requests are complex or many."""

SOON_DAYS = 7
BY_COMMAND = "command"
"""Channel of a request that nobody entered before it was answered."""

LONGEST_CHANNEL = 40
LONGEST_PERSON = 100


class RequestKind(StrEnum):
    """What is asked for, with the article of the GDPR."""

    ACCESS = "access"  # 15, and 20 for the machine-readable part
    RECTIFICATION = "rectification"  # 16
    ERASURE = "erasure"  # 17
    RESTRICTION = "restriction"  # 18
    OBJECTION = "objection"  # 21


class RequestStatus(StrEnum):
    """How a request stands."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PrivacyRequest(ControlTable):
    """One request of one person.

    `person` is a reference without personal data, see `control.person_reference`; `note` and `closing_reason` are
    people's words, who are asked to name nobody.
    """

    __tablename__ = "privacy_request"

    request_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    person: Mapped[str] = mapped_column(sa.String(LONGEST_PERSON), index=True)
    received_on: Mapped[date] = mapped_column(sa.Date())
    due_on: Mapped[date] = mapped_column(sa.Date())
    channel: Mapped[str] = mapped_column(sa.String(LONGEST_CHANNEL))
    note: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    entered_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    handled_by: Mapped[str] = mapped_column(sa.String(100))
    status: Mapped[str] = mapped_column(sa.String(20), index=True)
    extension_reason: Mapped[str | None] = mapped_column(sa.String(LONGEST_REASON))
    completed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    closing_reason: Mapped[str | None] = mapped_column(sa.String(LONGEST_REASON))

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.status == RequestStatus.OPEN

    def is_overdue(self, today: date) -> bool:
        """Tell whether its time has passed without an answer."""
        return self.is_open and self.due_on < today


@dataclass(frozen=True)
class RequestsDue:
    """Open requests, counted.

    Attributes:
        overdue: those whose last day has passed.
        due_soon: those due within the next seven days, today included.
    """

    open: int = 0
    overdue: int = 0
    due_soon: int = 0


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month; where that month has no such day, its last one.

    That is how Regulation 1182/71, article 3, counts months. Its grace where the last day is a holiday or a weekend
    is left out: early is never late.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def enter_request(
    project: Project,
    kind: RequestKind,
    person: str,
    *,
    received_on: date | None = None,
    channel: str = BY_COMMAND,
    note: str = "",
) -> int:
    """Put a request on record, and return its number; its month runs from the day of receipt.

    Args:
        person: a reference of `control.person_reference`.
        received_on: default: today (UTC).

    Raises:
        ControlError: the day lies ahead, a text is too long, or the database cannot be written.
    """
    _check_texts(channel, note)
    with control_session(project) as session:
        return _enter(session, kind, person, received_on or _today(), channel, note).request_id


def take_up_request(project: Project, kind: RequestKind, person: str, request_id: int = 0) -> int:
    """Return the number of the request that a command is about to answer.

    That is the one named; else the oldest open one of this kind and person; else a new one, received today.

    Raises:
        ControlError: the one named is not open, or of another kind.
    """
    with control_session(project) as session:
        if request_id:
            return _named(session, kind, request_id).request_id
        waiting = session.scalars(
            sa.select(PrivacyRequest)
            .where(
                PrivacyRequest.kind == kind,
                PrivacyRequest.person == person,
                PrivacyRequest.status == RequestStatus.OPEN,
            )
            .order_by(PrivacyRequest.request_id)
        ).first()
        return (waiting or _enter(session, kind, person, _today(), BY_COMMAND, "")).request_id


def close_request(
    project: Project, request_id: int, status: RequestStatus = RequestStatus.DONE, reason: str = ""
) -> None:
    """Close an open request.

    Args:
        reason: without personal data; a refusal needs one, since the person is to be told why.

    Raises:
        ControlError: the request is not open, or a refusal gives no reason.
    """
    if status is RequestStatus.REFUSED and not reason.strip():
        raise ControlError("--reason: say why the request is refused; the person must be told so, too.")
    _check_texts("", reason)
    with control_session(project) as session:
        stored = _open_one(session, request_id)
        stored.status, stored.closing_reason = status.value, reason.strip() or None
        stored.completed_at, stored.handled_by = datetime.now(UTC), logged_in_person()[:100]
        _audit(session, f"privacy request {status}", stored)


def extend_request(project: Project, request_id: int, reason: str) -> date:
    """Give a request two more months, once, and return its new last day.

    Args:
        reason: complexity or number of requests, without personal data; the person must be told within the first month.

    Raises:
        ControlError: the request is not open, was extended before, or its first month has passed.
    """
    if not reason.strip():
        raise ControlError("--reason: say why more time is needed; the person must be told so, too.")
    _check_texts("", reason)
    with control_session(project) as session:
        stored = _open_one(session, request_id)
        if stored.extension_reason is not None:
            raise ControlError(
                f"privacy request {request_id} was extended before; it is due on {stored.due_on}."
            )
        if stored.due_on < _today():
            raise ControlError(
                f"privacy request {request_id} was due on {stored.due_on}: more time can only be taken within the "
                "first month. Answer it now."
            )
        stored.due_on = months_later(stored.received_on, MONTHS_TO_ANSWER + MONTHS_MORE)
        stored.extension_reason = reason.strip()
        _audit(session, "privacy request extended", stored)
        return stored.due_on


def find_request(project: Project, request_id: int) -> PrivacyRequest:
    """Return one request.

    Raises:
        ControlError: there is none of this number.
    """
    for stored in list_requests(project):
        if stored.request_id == request_id:
            return stored
    raise _unknown(request_id)


def list_requests(project: Project, *, person: str | None = None) -> list[PrivacyRequest]:
    """Return all requests, or those of one person: open ones first, by last day, then the others, the newest first."""
    if not control_database_exists(project):
        return []
    with control_session(project) as session:
        found = sa.select(PrivacyRequest).order_by(PrivacyRequest.request_id.desc())
        if person is not None:
            found = found.where(PrivacyRequest.person == person)
        stored = list(session.scalars(found))
    waiting = sorted((one for one in stored if one.is_open), key=lambda one: (one.due_on, one.request_id))
    return [*waiting, *(one for one in stored if not one.is_open)]


def requests_due(project: Project, today: date) -> RequestsDue:
    """Count the open requests as of a day."""
    due = [one.due_on for one in list_requests(project) if one.is_open]
    until = today + timedelta(days=SOON_DAYS)
    return RequestsDue(
        open=len(due),
        overdue=sum(day < today for day in due),
        due_soon=sum(today <= day <= until for day in due),
    )


def _enter(
    session: Session, kind: RequestKind, person: str, received_on: date, channel: str, note: str
) -> PrivacyRequest:
    if received_on > _today():
        raise ControlError(f"--received: {received_on} lies ahead. Name the day on which the request came.")
    stored = PrivacyRequest(
        kind=RequestKind(kind).value,
        person=person,
        received_on=received_on,
        due_on=months_later(received_on, MONTHS_TO_ANSWER),
        channel=channel.strip(),
        note=note.strip(),
        entered_at=datetime.now(UTC),
        handled_by=logged_in_person()[:100],
        status=RequestStatus.OPEN.value,
    )
    session.add(stored)
    session.flush()
    _audit(session, "privacy request entered", stored)
    return stored


def _named(session: Session, kind: RequestKind, request_id: int) -> PrivacyRequest:
    stored = _open_one(session, request_id)
    if stored.kind != kind:
        raise ControlError(
            f"privacy request {request_id} asks for {stored.kind}, not for {kind}. "
            "`cdp privacy request list` shows all."
        )
    return stored


def _open_one(session: Session, request_id: int) -> PrivacyRequest:
    stored = session.get(PrivacyRequest, request_id)
    if stored is None:
        raise _unknown(request_id)
    if not stored.is_open:
        raise ControlError(f"privacy request {request_id} is {stored.status} already.")
    return stored


def _unknown(request_id: int) -> ControlError:
    return ControlError(f"privacy request {request_id} does not exist. `cdp privacy request list` shows all.")


def _check_texts(channel: str, *texts: str) -> None:
    if len(channel) > LONGEST_CHANNEL:
        raise ControlError(f"--channel: at most {LONGEST_CHANNEL} characters, such as letter or e-mail.")
    _check_lengths(texts)


def _check_lengths(texts: Sequence[str]) -> None:
    if any(len(text) > LONGEST_REASON for text in texts):
        raise ControlError(f"note or reason: at most {LONGEST_REASON} characters, without personal data.")


def _audit(session: Session, action: str, stored: PrivacyRequest) -> None:
    """Append to the audit trail: number and kind alone."""
    subject = f"request {stored.request_id}: {stored.kind}"
    session.add(AuditEvent(occurred_at=datetime.now(UTC), action=action[:40], subject=subject))


def _today() -> date:
    return datetime.now(UTC).date()
