"""The cast: hand-written people whose troubles have names, put in front of the random ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from cdp_pipeline.sample.clock import close_of
from cdp_pipeline.sample.people.changes import CHANGEABLE, SCHEMA
from cdp_pipeline.sample.people.observation import FIELDS
from cdp_pipeline.sample.people.records import NOBODY, SYSTEMS, draw_euids, draw_ids
from cdp_pipeline.sample.pools import load_yaml, stream
from cdp_pipeline.sample.stores import STORES

_CREATED = datetime(2025, 1, 10, 9)  # noqa: DTZ001 - all times of the sample are UTC without saying so
_UPDATED = datetime(2025, 11, 20, 16, 30)  # noqa: DTZ001
_EXTRAS: dict[str, dict[str, Any]] = {
    "crm": {"merged_into": -1, "is_deleted": False},
    "shop": {},
    "member": {},
    "subscriber": {"status": "subscribed"},
    "order": {"occurred_at": "", "refund": "", "shop_row": -1},
    "till_customer": {"member_row": -1, "purchases": ""},
}


@dataclass
class Cast:
    """The named cases as read, and their records by table, each with the columns of the random ones.

    people counts the cast's people, who are numbered from 0. changes lists what later nights change:
    (night, table, row in the table, values by column).
    """

    cases: list[dict[str, Any]]
    people: int = 0
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {table: [] for table in _EXTRAS})
    changes: list[tuple[int, str, int, dict[str, str]]] = field(default_factory=list)


@cache
def load_cast() -> Cast:
    """Read the named cases of this package; callers must not change them."""
    cases: list[dict[str, Any]] = load_yaml("cast.yml")  # type: ignore[assignment]  # a list at its top
    cast = Cast(cases)
    for case in cases:
        for number, records in enumerate(case["people"]):
            own = NOBODY if case.get("junk") else cast.people
            first_rows = {table: len(rows) for table, rows in cast.rows.items()}
            for place, record in enumerate(records):
                label = f"{case['case']}/{number}/{place}"
                rows = cast.rows[record["in"]]
                if "on_night_2" in record:
                    cast.changes.append((2, record["in"], len(rows), record["on_night_2"]))
                rows.append(_row(record, case, own, label, len(rows), first_rows))
            cast.people += not case.get("junk")
    return cast


def _row(
    record: dict[str, Any],
    case: dict[str, Any],
    person: int,
    label: str,
    row: int,
    first_rows: dict[str, int],
) -> dict[str, Any]:
    values: dict[str, Any] = {"row": row, "person": person}
    values |= {name: str(record.get(name, "")) for name in FIELDS}
    values |= {name: record.get(name, default) for name, default in _EXTRAS[record["in"]].items()}
    if "merged_into" in record:
        values |= {"merged_into": first_rows["crm"] + record["merged_into"], "is_deleted": True}
    if "member_of" in record:
        values["member_row"] = first_rows["member"] + record["member_of"]
    return values | {"troubles": case["trouble"] + ";", "cast_label": label}


def cast_tables(cast: Cast, seed: int) -> dict[str, pa.Table]:
    """Return the cast's rows of the tables of `build_population`, by table."""
    tables = {system: _records(cast, system, seed) for system in SYSTEMS}
    shop_ids, member_ids = (tables[name]["id"].to_pylist() for name in ("shop", "member"))
    orders, customers = (
        pa.Table.from_pylist(cast.rows["order"]),
        pa.Table.from_pylist(cast.rows["till_customer"]),
    )
    occurred = pa.array(np.array(orders["occurred_at"].to_pylist(), dtype="datetime64[us]"))
    orders = orders.set_column(orders.column_names.index("occurred_at"), "occurred_at", occurred)
    tables["cast_order"] = orders.append_column("shop_id", _linked(orders["shop_row"].to_pylist(), shop_ids))
    tables["cast_till_customer"] = customers.append_column(
        "member_id", _linked(customers["member_row"].to_pylist(), member_ids)
    )
    tables["record_change"] = _changes(cast)
    return tables


def _linked(rows: list[int], ids: list[str]) -> pa.StringArray:
    return pa.array([ids[row] if row >= 0 else "" for row in rows], pa.string())


def _records(cast: Cast, system: str, seed: int) -> pa.Table:
    size = len(cast.rows[system])
    ids = draw_ids(system, 0, size)
    always = {"night": 1, "gone_night": 0, "created_at": _CREATED, "updated_at": _UPDATED}
    rows = [row | always | {"id": id_} for row, id_ in zip(cast.rows[system], ids.to_pylist(), strict=True)]
    extras: dict[str, pa.Array] = {}
    if system == "crm":
        extras["merged_into_id"] = _linked([row["merged_into"] for row in rows], ids.to_pylist())
        extras["is_deleted"] = pa.array([row["is_deleted"] for row in rows])
    if system == "member":
        extras["home_store"] = pa.repeat(next(iter(STORES)), size)
    if system == "subscriber":
        extras["status"] = pa.array([row["status"] for row in rows])
        extras["euid"] = draw_euids(stream(seed, "the cast's euids"), size)
    names = ("row", "person", "id", *FIELDS, "troubles", *always, "cast_label")
    table = pa.table({name: pa.array([row[name] for row in rows]) for name in names} | extras)
    for name in ("night", "gone_night"):
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.int32()))
    return table


def _changes(cast: Cast) -> pa.Table:
    """Return what later nights change in the cast's records, in the middle of the night's own day."""
    rows = [
        {
            "night": night,
            "table_name": table,
            "row": row,
            **{name: values.get(name) for name in CHANGEABLE},
            "updated_at": (close_of(night) - np.timedelta64(12, "h")).astype(datetime),
            "added_troubles": "",
        }
        for night, table, row, values in cast.changes
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
