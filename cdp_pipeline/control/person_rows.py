"""What the control database holds about a person: requests, restrictions, decisions, corrections.

Every table that names a customer, a record or a person is searched, one that is added tomorrow too. Who in the house
decided is left out: that is somebody else's data.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import ControlTable, control_database_exists, control_session
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.control.person_reference import customer_reference

SIDES = ("", "left_", "right_")
STAFF = ("_by", "reviewer")


def control_rows(
    project: Project, reference: str, customer_ids: Collection[str], records: Collection[RecordKey]
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows about a person by table; of a pair of records the side of somebody else is None.

    Args:
        reference: the person as `control.person_reference` names her or him.
        customer_ids: the customer's ids, old ones among them; none of somebody who is no customer.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    if not control_database_exists(project):
        return found
    own, references = set(records), [reference, *map(customer_reference, customer_ids)]
    with control_session(project) as session:
        for table in ControlTable.metadata.sorted_tables:
            condition = _is_about(table, references, customer_ids, own)
            if condition is None:
                continue
            rows = session.execute(sa.select(table).where(condition).order_by(*table.primary_key)).mappings()
            shown = [_without_others({**row}, own) for row in rows]
            found |= {table.name: shown} if shown else {}
    return found


def _is_about(
    table: sa.Table, references: Collection[str], customer_ids: Collection[str], own: Collection[RecordKey]
) -> sa.ColumnElement[bool] | None:
    """Return the condition of the rows about a person; None where no column tells."""
    columns = table.columns
    conditions: list[sa.ColumnElement[bool]] = []
    if "customer_id" in columns:
        conditions.append(columns["customer_id"].in_(customer_ids))
    if "person" in columns:
        conditions.append(columns["person"].in_(references))
    for side in SIDES:
        key = [f"{side}{part}" for part in RecordKey._fields]
        if all(name in columns for name in key):
            is_one = [
                sa.and_(*(columns[name] == part for name, part in zip(key, one, strict=True))) for one in own
            ]
            conditions.append(sa.or_(sa.false(), *is_one))
    return sa.or_(*conditions) if conditions else None


def _without_others(row: dict[str, Any], own: Collection[RecordKey]) -> dict[str, Any]:
    """Leave out who decided, and the record of anybody else."""
    for side in SIDES[1:]:
        key = [f"{side}{part}" for part in RecordKey._fields]
        if set(key) <= set(row) and RecordKey(*(row[name] for name in key)) not in own:
            row |= dict.fromkeys(key)
    return {name: value for name, value in row.items() if not name.endswith(STAFF)}
