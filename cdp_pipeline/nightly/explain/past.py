"""How a customer looked on a day that has gone: profile and records, whatever was merged or parted since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.golden.profile_history import FRAME
from cdp_pipeline.nightly.explain.queries import Row
from cdp_pipeline.nightly.find_customer import ID_PREFIX, UnknownCustomerError, find_customer
from cdp_pipeline.nightly.published import require_published
from cdp_pipeline.nightly.record_facts import KEY
from cdp_pipeline.plural import counted
from cdp_pipeline.publish.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_pipeline.contracts.project import Project

TABLES = ("golden.profile_history", "golden.membership_history")


@dataclass(frozen=True)
class PastExplanation:
    """The customers of a day that are one customer today, or were theirs. It holds personal data.

    Attributes:
        on: the day.
        customer_id: the customer of today; of one who has left, the id that was asked for.
        way: how the question led there, in words.
        summary: what is different today, in a few sentences.
        customers: one row per customer of that day: customer_id, valid_from, valid_to, begun_by, ended_by and
            merged_into of the interval, `profile` (columns by name) and `records`, each with its key and interval.
        elsewhere: records of today that were another customer's then: key and customer_id.
    """

    project: str
    business_date: date
    on: date
    customer_id: str
    way: str
    summary: list[str]
    customers: list[Row]
    elsewhere: list[Row]


def explain_past(project: Project, question: str, on: date) -> PastExplanation:
    """Tell how the customer that is asked for looked on a day, as the published night remembers it.

    Ids that were merged into the customer since count as the customer; where none of them existed yet, the customers
    do whose its records of today were.

    Args:
        question: what `find_customer` understands; also the id of a customer who has left.

    Raises:
        NightError: no night is published, it keeps no histories, or it is older than the day.
        UnknownCustomerError: the question leads to no customer, or nothing is known of that day.
    """
    folder = require_published(project)
    manifest = read_manifest(folder)
    if on > manifest.business_date:
        raise NightError(f"The published night is of {manifest.business_date}: it does not know {on} yet.")
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        if not all(engine.table_exists(table) for table in TABLES):
            raise NightError(
                f"{folder.name}: the night was published without histories. Run one first: cdp run."
            )
        customer_id, way = _find(engine, question)
        customers = _customers(engine, CUSTOMER_THEN, customer_id, on)
        elsewhere = _rows(engine, ELSEWHERE, [customer_id, on])
        customers = customers or _customers(engine, OWNERS_THEN, customer_id, on)
        if not customers:
            raise UnknownCustomerError(_nothing_known(engine, customer_id, on))
    summary = list(_sentences(customer_id, on, customers, elsewhere))
    return PastExplanation(
        manifest.project, manifest.business_date, on, customer_id, way, summary, customers, elsewhere
    )


def _find(engine: Engine, question: str) -> tuple[str, str]:
    """Return the customer of today, or one who has left, and how the question led there."""
    try:
        found = find_customer(engine, question)
    except UnknownCustomerError:
        begin = question.strip().lower().removeprefix(ID_PREFIX)
        left = engine.fetch_column(LEFT, [f"{ID_PREFIX}{begin}"])
        if len(left) != 1:
            raise
        return left[0], "none of its records is left in the sources"
    return found.customer_id, found.way


def _customers(engine: Engine, query: str, customer_id: str, on: date) -> list[Row]:
    """Return the intervals of the customers that a query names, each with profile and records."""
    customers = []
    for row in _rows(engine, PROFILES.format(customers=query), [customer_id, on]):
        interval = {name: row[name] for name in FRAME}
        profile = {name: value for name, value in row.items() if name not in FRAME}
        records = _rows(engine, RECORDS, [row["customer_id"], on])
        customers.append({**interval, "profile": profile, "records": records})
    return customers


def _rows(engine: Engine, query: str, parameters: Sequence[Any]) -> list[Row]:
    rows: list[Row] = engine.fetch_arrow(query, parameters).to_pylist()
    return rows


def _nothing_known(engine: Engine, customer_id: str, on: date) -> str:
    begin = engine.fetch_value(f"select min(valid_from) from {TABLES[0]}")
    if begin is None or on < begin:
        return f"Nothing is known of {on}: the history of profiles begins on {begin}."
    return f"On {on} there was no customer {customer_id}, and none of its records."


def _sentences(customer_id: str, on: date, customers: list[Row], elsewhere: list[Row]) -> list[str]:
    """Say how that day differs from today."""
    names = [row["customer_id"] for row in customers]
    sizes = [f"{row['customer_id']} of {counted(len(row['records']), 'record')}" for row in customers]
    if names == [customer_id]:
        said = [f"On {on} it was {sizes[0]}."]
    elif set(names) <= {row["customer_id"] for row in elsewhere}:
        said = [f"On {on} there was no {customer_id} yet: its records of today were {' and '.join(sizes)}."]
    else:
        said = [f"On {on} it was {' and '.join(sizes)}: what became one customer since."]
    others = sorted({row["customer_id"] for row in elsewhere} - set(names))
    if others:
        moved = [row for row in elsewhere if row["customer_id"] in others]
        whose = f"another customer's then: {', '.join(others)}"
        said.append(
            f"{counted(len(moved), 'record')} of today {'was' if len(moved) == 1 else 'were'} {whose}."
        )
    return said


_ON_THAT_DAY = "valid_from <= $2 and (valid_to is null or valid_to > $2)"

PROFILES = f"""
    select history.*
    from golden.profile_history as history
    semi join ({{customers}}) as asked using (customer_id)
    where {_ON_THAT_DAY}
    order by customer_id
"""

CUSTOMER_THEN = """
    select $1 as customer_id
    union all
    select old_customer_id from link.customer_id_alias where customer_id = $1
"""

OWNERS_THEN = f"""
    select distinct customer_id
    from golden.membership_history
    semi join (from link.customer_source_record where customer_id = $1) using ({KEY})
    where {_ON_THAT_DAY}
"""

ELSEWHERE = f"""
    select {KEY}, customer_id
    from golden.membership_history
    semi join (from link.customer_source_record where customer_id = $1) using ({KEY})
    anti join ({CUSTOMER_THEN}) as own using (customer_id)
    where {_ON_THAT_DAY}
    order by {KEY}
"""

RECORDS = f"""
    select {KEY}, valid_from, valid_to, begun_by, ended_by
    from golden.membership_history
    where customer_id = $1 and {_ON_THAT_DAY}
    order by {KEY}
"""

LEFT = """
    select distinct customer_id from golden.profile_history
    where starts_with(customer_id, $1)
    limit 2
"""
