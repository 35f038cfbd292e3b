"""The cast: hand-written people whose troubles have names, put in front of the random ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cdp_pipeline.sample.observe import FIELDS
from cdp_pipeline.sample.pools import load_yaml
from cdp_pipeline.sample.records import Tables

NOBODY = -1
_CREATED = np.datetime64("2025-01-10T09:00:00")
_UPDATED = np.datetime64("2025-11-20T16:30:00")
_EXTRAS: dict[str, dict[str, Any]] = {
    "crm": {"merged_into": -1, "is_deleted": False},
    "shop": {},
    "member": {},
    "subscriber": {"status": "subscribed"},
    "order": {"occurred_at": "", "refund": "", "customer_row": -1},
    "till_customer": {"member_row": -1, "purchases": ""},
}


@dataclass
class Cast:
    """The named cases as read, and their records as frames by table, shaped like the random ones.

    people counts the cast's people, who are numbered from 0. changes lists what later nights change:
    (night, table, row in the table, values by column).
    """

    cases: list[dict[str, Any]]
    people: int
    frames: dict[str, pd.DataFrame]
    changes: list[tuple[int, str, int, dict[str, str]]] = field(default_factory=list)


def load_cast() -> Cast:
    """Read the named cases of this package."""
    cases: list[dict[str, Any]] = load_yaml("cast.yml")  # type: ignore[assignment]  # a list at its top
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _EXTRAS}
    changes: list[tuple[int, str, int, dict[str, str]]] = []
    person = 0
    for case in cases:
        for number, records in enumerate(case["people"]):
            own = NOBODY if case.get("junk") else person
            first_rows = {table: len(rows[table]) for table in rows}
            for place, record in enumerate(records):
                label = f"{case['case']}/{number}/{place}"
                if "on_night_2" in record:
                    changes.append((2, record["in"], len(rows[record["in"]]), record["on_night_2"]))
                rows[record["in"]].append(_row(record, case, own, label, first_rows))
            person += not case.get("junk")
    return Cast(cases, person, {table: _frame(table, found) for table, found in rows.items()}, changes)


def _row(
    record: dict[str, Any], case: dict[str, Any], person: int, label: str, first_rows: dict[str, int]
) -> dict[str, Any]:
    row: dict[str, Any] = {name: str(record.get(name, "")) for name in FIELDS}
    row |= {name: record.get(name, default) for name, default in _EXTRAS[record["in"]].items()}
    if "merged_into" in record:
        row |= {"merged_into": first_rows["crm"] + record["merged_into"], "is_deleted": True}
    if "member_of" in record:
        row["member_row"] = first_rows["member"] + record["member_of"]
    return row | {"person": person, "troubles": case["trouble"] + ";", "cast": label}


def _frame(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    if table == "order":
        return frame.assign(occurred_at=pd.to_datetime(frame["occurred_at"]).to_numpy("datetime64[s]"))
    if table == "till_customer":
        return frame
    return frame.assign(night=1, created_at=_CREATED, updated_at=_UPDATED)


def with_cast(cast: Cast, tables: Tables) -> Tables:
    """Put the cast's records first and number the random people after the cast's."""
    crm = tables.crm.copy()
    crm["merged_into"] = np.where(crm["merged_into"] >= 0, crm["merged_into"] + len(cast.frames["crm"]), -1)
    return Tables(
        crm=_join(cast, "crm", crm),
        shop=_join(cast, "shop", tables.shop),
        member=_join(cast, "member", tables.member),
        subscriber=_join(cast, "subscriber", tables.subscriber),
        guest=tables.guest,
    )


def _join(cast: Cast, table: str, random: pd.DataFrame) -> pd.DataFrame:
    random = random.assign(person=random["person"] + cast.people)
    return pd.concat([cast.frames[table], random], ignore_index=True)
