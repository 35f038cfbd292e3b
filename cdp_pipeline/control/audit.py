"""The audit trail: append-only, one row per event, ids and names of nights but no personal data."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from cdp_pipeline.contracts.project import Project


class ControlTable(DeclarativeBase):
    """Base of the control database's tables."""


class AuditEvent(ControlTable):
    """Something that happened to the project."""

    __tablename__ = "audit_event"

    audit_event_id: Mapped[int] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    action: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str] = mapped_column(sa.String(200))


def open_control_database(project: Project) -> sa.Engine:
    """Connect to the control database and create missing tables."""
    default = f"sqlite:///{project.root / 'data' / 'control.sqlite'}"
    url = os.environ.get(project.settings.control_database_env) or default
    if url == default:
        (project.root / "data").mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url)
    ControlTable.metadata.create_all(engine)
    return engine


def record_event(project: Project, action: str, subject: str) -> None:
    """Append one event."""
    engine = open_control_database(project)
    with Session(engine) as session, session.begin():
        session.add(AuditEvent(occurred_at=datetime.now(UTC), action=action, subject=subject))
    engine.dispose()


def list_events(project: Project, limit: int = 20) -> list[AuditEvent]:
    """Return the newest events first."""
    engine = open_control_database(project)
    with Session(engine, expire_on_commit=False) as session:
        newest = sa.select(AuditEvent).order_by(AuditEvent.audit_event_id.desc()).limit(limit)
        events = list(session.scalars(newest))
    engine.dispose()
    return events
