"""The audit trail: append-only, one row per event, ids and names of nights but no personal data."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ControlError


class ControlTable(DeclarativeBase):
    """Base of the control database's tables."""


class AuditEvent(ControlTable):
    """Something that happened to the project."""

    __tablename__ = "audit_event"

    audit_event_id: Mapped[int] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    action: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str] = mapped_column(sa.String(200))


@contextmanager
def control_session(project: Project) -> Iterator[Session]:
    """Open a session on the control database; missing tables are created, the end commits.

    Raises:
        ControlError: the database cannot be reached or written.
    """
    url = os.environ.get(project.settings.control_database_env)
    if not url:
        url = f"sqlite:///{_default_file(project)}"
        _default_file(project).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = sa.create_engine(url)
        ControlTable.metadata.create_all(engine)
        _add_later_columns(engine)
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
        engine.dispose()
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise ControlError(
            f"the control database cannot be used ({type(error).__name__}). Check "
            f"{project.settings.control_database_env} and that its server runs."
        ) from None


def _add_later_columns(engine: sa.Engine) -> None:
    """Give tables of an older version the columns that came later, empty."""
    found = sa.inspect(engine)
    later = [
        (table, column)
        for table in ControlTable.metadata.sorted_tables
        for column in table.columns
        if column.name not in {known["name"] for known in found.get_columns(table.name)}
    ]
    with engine.begin() as connection:
        for table, column in later:
            definition = f"{column.name} {column.type.compile(engine.dialect)}"
            connection.execute(sa.text(f"alter table {table.name} add column {definition}"))


def control_database_exists(project: Project) -> bool:
    """Tell whether there can be anything in it: the file of a project that never decided anything is not there."""
    return bool(os.environ.get(project.settings.control_database_env)) or _default_file(project).exists()


def check_control_database(project: Project) -> None:
    """Find out before publishing whether the publication can be put on record.

    Raises:
        ControlError: it cannot.
    """
    with control_session(project) as session:
        session.execute(sa.select(sa.func.count()).select_from(AuditEvent))


def record_event(project: Project, action: str, subject: str) -> None:
    """Append one event."""
    with control_session(project) as session:
        session.add(AuditEvent(occurred_at=datetime.now(UTC), action=action, subject=subject))


def logged_in_person() -> str:
    """Name whoever is logged in, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return "unknown"


def list_events(project: Project, limit: int = 20) -> list[AuditEvent]:
    """Return the newest events first."""
    with control_session(project) as session:
        newest = sa.select(AuditEvent).order_by(AuditEvent.audit_event_id.desc()).limit(limit)
        return list(session.scalars(newest))


def _default_file(project: Project) -> Path:
    return project.root / "data" / "control.sqlite"
