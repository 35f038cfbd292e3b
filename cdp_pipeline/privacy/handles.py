"""Handles: everything by which the rows of a person can be told, wherever they lie.

A handle is a row of four texts: kind, source_system, name, value. Kinds, and what the middle two hold:

* `customer`: a customer id, also one that was merged into another;
* `record`: source_system, record kind (name) and id of a source record;
* `contact`: an address or a number in its normal form; name is the contact kind;
* `external_id`: name is the id kind;
* `purchase`, `interaction`, `cookie`, `account`: an id within source_system;
* `identity`: a delivered spelling (`cdp_pipeline.delivered_identity`), such as the digits of a number;
* `line`: a delivered record; name is the file, value the line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from cdp_pipeline.contracts.identity import IdentityKind
from cdp_pipeline.engine import Engine

HANDLE_TABLE = "temp.erased_handle"
_COLUMNS = ("kind", "source_system", "name", "value")

CUSTOMER, RECORD, CONTACT, LINE, IDENTITY = "customer", "record", "contact", "line", "identity"
EXTERNAL_ID, PURCHASE, INTERACTION, COOKIE, ACCOUNT = (
    str(kind)
    for kind in (
        IdentityKind.EXTERNAL_ID,
        IdentityKind.PURCHASE,
        IdentityKind.INTERACTION,
        IdentityKind.COOKIE,
        IdentityKind.ACCOUNT,
    )
)


class Handle(NamedTuple):
    """One handle; texts that its kind does not need are empty."""

    kind: str
    source_system: str
    name: str
    value: str


@dataclass(frozen=True)
class Handles:
    """The handles of the people who are erased together, in order and each once."""

    rows: tuple[Handle, ...]

    @classmethod
    def of(cls, rows: Iterable[Iterable[str]]) -> Handles:
        """Make handles of rows of four texts."""
        return cls(tuple(sorted({Handle(*row) for row in rows})))

    @classmethod
    def from_json(cls, text: str) -> Handles:
        """Read what `to_json` wrote."""
        return cls.of(json.loads(text))

    def to_json(self) -> str:
        """Write all of them; personal data, for a private file that does not outlive the erasure."""
        return json.dumps(self.rows, ensure_ascii=False)

    def __add__(self, other: Handles) -> Handles:
        return Handles.of([*self.rows, *other.rows])

    def __len__(self) -> int:
        return len(self.rows)

    def of_kind(self, kind: str) -> list[Handle]:
        """Return the handles of one kind, in order."""
        return [row for row in self.rows if row.kind == kind]

    @property
    def customer_ids(self) -> list[str]:
        """Customer ids, those that were merged into others among them."""
        return [row.value for row in self.of_kind(CUSTOMER)]

    @property
    def as_arrow(self) -> pa.Table:
        """One row per handle: kind, source_system, name, value."""
        return pa.table(
            {name: pa.array([row[n] for row in self.rows], pa.string()) for n, name in enumerate(_COLUMNS)}
        )


@contextmanager
def handles_in(engine: Engine, handles: Handles) -> Iterator[str]:
    """Lay the handles into a temp table of the engine while the context lasts; yields the table's name."""
    with engine.arrow_view(handles.as_arrow) as view:
        engine.execute(f"create or replace temp table erased_handle as from {view}")
    try:
        yield HANDLE_TABLE
    finally:
        engine.execute(f"drop table if exists {HANDLE_TABLE}")


def values_of(kind: str, columns: str = "value") -> str:
    """Return a query of the values of one kind of handle in the temp table."""
    return f"(select {columns} from {HANDLE_TABLE} where kind = '{kind}')"


def add_handles(engine: Engine, query: str) -> None:
    """Add the rows of a query, in the columns of the temp table, that are not there yet."""
    engine.execute(f"insert into {HANDLE_TABLE} select * from ({query}) except from {HANDLE_TABLE}")


RECORD_KEY = "source_system, record_kind, source_record_id"

OWN_RECORDS = f"select source_system, name, value from {HANDLE_TABLE} where kind = 'record'"
OWN_CONTACTS = f"select name, value from {HANDLE_TABLE} where kind = 'contact'"

OTHERS = f"""
    select {RECORD_KEY} from link.customer_source_record
    where customer_id not in {values_of("customer")}
"""
"""Records of everyone else."""
