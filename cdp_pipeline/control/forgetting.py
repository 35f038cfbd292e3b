"""Taking people out of the control database: whatever names their records, their ids or their values.

Goes by the names of columns, as erasing from other databases does: `customer_id`, and record keys with or without a
prefix. What must be kept for good names nobody: erasures and tombstones, the audit trail, and the register of requests,
which refers to a person by a keyed hash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import AuditEvent, ControlTable, control_database_exists, control_session
from cdp_pipeline.control.corrections import CorrectedRecord, CorrectedValue, ProfileCorrection
from cdp_pipeline.control.erasures import Erasure, Tombstone
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.control.privacy_requests import PrivacyRequest
from cdp_pipeline.errors import ControlError

KEPT = {table.__tablename__ for table in (AuditEvent, Erasure, Tombstone, PrivacyRequest)}
CUSTOMER = "customer_id"
FREE_TEXT_FROM = 200
"""Columns that hold as many characters are people's own words."""
ERASED_TEXT = "(erased)"
MANY = 500
"""Values in one statement; every database takes so many."""


def forget_people(
    project: Project,
    customer_ids: Collection[str],
    records: Collection[RecordKey],
    values: Collection[str] = (),
) -> dict[str, int]:
    """Delete what names the people; returns the rows by table, only where there were any. May be repeated.

    Args:
        values: addresses and numbers; where somebody wrote one into a reason or a note, that text goes.

    Raises:
        ControlError: the database cannot be written.
    """
    if not control_database_exists(project):
        return {}
    touched: dict[str, int] = {}
    with control_session(project) as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(sa.text("pragma secure_delete = on"))
        for table in reversed(ControlTable.metadata.sorted_tables):  # what refers to another goes before it
            rows = _scrub(session, table, values)
            if table.name not in KEPT:
                rows += sum(
                    _run(session, sa.delete(table).where(condition))
                    for condition in _conditions(table, customer_ids, records)
                )
            touched[table.name] = rows
        for name, rows in _forget_corrections(session).items():
            touched[name] += rows
    _vacuum(project)
    return {name: rows for name, rows in sorted(touched.items()) if rows}


def is_vacuumed_by_us(project: Project) -> bool:
    """Tell whether deleted rows are gone from its files; a server's administrator sees to that there."""
    with control_session(project) as session:
        return session.get_bind().dialect.name == "sqlite"


def _conditions(
    table: sa.Table, customer_ids: Collection[str], records: Collection[RecordKey]
) -> Iterator[sa.ColumnElement[bool]]:
    names = set(table.columns.keys())
    if CUSTOMER in names:
        for some in _chunks(sorted(customer_ids)):
            yield table.columns[CUSTOMER].in_(some)
    for prefix in ("", "left_", "right_"):
        key = [f"{prefix}{part}" for part in RecordKey._fields]
        if names.issuperset(key):
            for record in sorted(records):
                yield sa.and_(*(table.columns[name] == part for name, part in zip(key, record, strict=True)))


def _forget_corrections(session: Session) -> dict[str, int]:
    """Delete corrections whose first record has gone, and values that held somebody else's address.

    A correction belongs to the customer of its first record, whatever id that customer had when it was entered.
    """
    headed = sa.select(CorrectedRecord.correction_id).where(CorrectedRecord.position == 1)
    held_address = sa.delete(CorrectedValue).where(CorrectedValue.value == ERASED_TEXT)
    touched = {CorrectedValue.__tablename__: _run(session, held_address)}
    for table in (CorrectedValue, CorrectedRecord, ProfileCorrection):
        headless = sa.delete(table).where(table.correction_id.not_in(headed))
        touched[table.__tablename__] = touched.get(table.__tablename__, 0) + _run(session, headless)
    return touched


def _scrub(session: Session, table: sa.Table, values: Collection[str]) -> int:
    """Replace texts of people that hold one of the values."""
    texts = [
        column
        for column in table.columns
        if isinstance(column.type, sa.String) and (column.type.length or 0) >= FREE_TEXT_FROM
    ]
    return sum(
        _run(
            session,
            sa.update(table)
            .where(sa.func.lower(column).contains(value.lower(), autoescape=True))
            .values({column.name: ERASED_TEXT}),
        )
        for column in texts
        for value in sorted(values)
        if not column.name.endswith("source_record_id")
    )


def _run(session: Session, statement: sa.Update | sa.Delete) -> int:
    """Return how many rows it touched."""
    return cast("sa.CursorResult[Any]", session.execute(statement)).rowcount


def _vacuum(project: Project) -> None:
    """Write SQLite's file anew, in which no deleted row is left."""
    with control_session(project) as session:
        engine = session.get_bind().engine
    if engine.dialect.name != "sqlite":
        return
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("vacuum"))
    except sa.exc.SQLAlchemyError as error:
        raise ControlError(
            f"the control database was not written anew ({type(error).__name__}), so deleted rows may be left in its "
            "file. Close whatever has it open and run again."
        ) from None
    finally:
        engine.dispose()


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), MANY):
        yield values[start : start + MANY]
