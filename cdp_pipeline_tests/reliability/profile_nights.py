"""Nights of the golden stage over a customer base that changes at random, ids given out by the night's own code."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from cdp_pipeline.control.corrections import RECORDS, VALUES
from cdp_pipeline.golden.manual_correction import write_manual_correction
from cdp_pipeline_tests.reliability.id_world import IdWorld, Records
from cdp_pipeline_tests.unit.link.cluster_nights import ClusterNights
from cdp_pipeline_tests.warehouse import BUSINESS_DATE, Warehouse

CRM = {"source_system": "crm", "record_kind": "contact"}
CITIES = ("Bonn", "Ulm", "Trier", None)
MAILBOXES = 40
NAMES = ("Ada", "Bo", "Cleo", "D.", None)
PURCHASED = {"source_system": "crm", "channel": "shop", "status": "paid", "currency": "EUR"}

Snapshot = dict[str, tuple[Any, ...]]


@dataclass
class Values:
    """What records say: each changes now and then, whoever it belongs to.

    Attributes:
        purchases: by record, with the day.
        bounces: mailboxes to which nothing gets through since that day.
        corrections: record, column and value of what people had corrected by hand.
    """

    seed: int
    versions: dict[str, int] = field(default_factory=dict)
    purchases: list[tuple[str, date]] = field(default_factory=list)
    bounces: list[tuple[int, date]] = field(default_factory=list)
    corrections: list[tuple[str, str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def change(self, records: Sequence[str], on: date) -> None:
        """Let some records say something else, and some people buy."""
        for record in records:
            if record not in self.versions or self._random.random() < 0.03:
                self.versions[record] = self._random.randrange(1000)
            if self._random.random() < 0.02:
                self.purchases.append((record, on))
        self.bounces.append((self._random.randrange(MAILBOXES), on))
        if self._random.random() < 0.5:
            said = self._random.choice(("city", "given_name")), self._random.choice(("Corrected", None))
            self.corrections.append((self._random.choice(records), *said))

    def correction_tables(self) -> tuple[pa.Table, pa.Table]:
        """Return the corrections and their records as the night reads them from the control database."""
        at = datetime(2026, 5, 1, 8)  # noqa: DTZ001 - UTC without zone, as in the tables
        values = [
            {"correction_id": n, "customer_id": "", "column_name": column, "value": value, "corrected_at": at}
            for n, (_, column, value) in enumerate(self.corrections)
        ]
        records = [
            {"correction_id": n, "position": 1, **CRM, "source_record_id": record}
            for n, (record, *_) in enumerate(self.corrections)
        ]
        return (
            pa.Table.from_pylist(values, pa.schema(list(VALUES.items()))),
            pa.Table.from_pylist(records, pa.schema(list(RECORDS.items()))),
        )

    def drawn(self, record: str) -> random.Random:
        """Return what draws the values of a record: the same ones until it changes."""
        return random.Random(f"{record} {self.versions[record]}")


class ProfileNights:
    """Runs nights of ids and profiles; each may be run on other data first.

    Attributes:
        members: customer by record, of each night as it was run last.
        profiles: followed columns by customer, likewise.
        events: what the ledger says of each night: (customer, event), in its order.
        aliases: where merged ids led, by night.
    """

    def __init__(self, root: Path, seed: int, customers: int) -> None:
        self.world, self.values = IdWorld(seed, customers), Values(seed)
        self.warehouse = Warehouse()
        self.engine = self.warehouse.engine
        self.ids = ClusterNights(root)
        self.ids.engine.close()
        self.ids.engine = self.engine
        self._random = random.Random(seed)
        self.members: dict[date, dict[str, str]] = {}
        self.profiles: dict[date, Snapshot] = {}
        self.events: dict[date, list[tuple[str, str]]] = {}
        self.aliases: dict[date, dict[str, str]] = {}

    def run(self) -> date:
        """Run the next night; of three one is run on wrong data before, and one of three once more after."""
        self.world.next_night()
        on = BUSINESS_DATE + timedelta(days=self.world.night)
        groups = sorted(self.world.groups, key=min)
        if self._random.random() < 1 / 3:
            wrong = self._distorted(groups)
            self.values.change(sorted(frozenset().union(*wrong)), on)
            self._build(wrong, on)
        self.values.change(sorted(frozenset().union(*groups)), on)
        self._build(groups, on)
        if self._random.random() < 1 / 3:
            self._build(groups, on)
        self._note(on)
        return on

    def _distorted(self, groups: Sequence[Records]) -> list[Records]:
        """Merge the groups by twos, part one, and leave some out: as a night on wrong data would."""
        kept = [group for group in groups if self._random.random() < 0.9]
        self._random.shuffle(kept)
        merged = [kept[0] | kept[1], kept[2] | kept[3], *kept[4:-1]]
        last = sorted(kept[-1])
        parts = [frozenset(last[:1]), frozenset(last[1:])]
        return sorted([*merged, *(part for part in parts if part)], key=min)

    def _build(self, groups: Sequence[Records], on: date) -> None:
        versions = {record: str(version) for record, version in self.world.versions.items()}
        customers = self.ids.run_groups(groups, on, versions, self.world.decisions)
        self.warehouse.on(on)
        self._fill(customers)
        write_manual_correction(self.warehouse.night, *self.values.correction_tables())
        self.warehouse.build("golden_profile", "profile_history")

    def _fill(self, customers: Mapping[str, str]) -> None:
        """Write what the golden stage reads of these records."""
        people: list[dict[str, Any]] = []
        addresses: list[dict[str, Any]] = []
        contacts: list[dict[str, Any]] = []
        for record in sorted(customers):
            drawn = self.values.drawn(record)
            key = {**CRM, "source_record_id": record}
            day = f"2026-04-{drawn.randint(1, 28):02}"
            given, family = drawn.choice(NAMES), drawn.choice(NAMES)
            people.append({**key, "given_name": given, "family_name": family, "updated_at": day})
            city = drawn.choice(CITIES)
            addresses.append({**key, "address_label": "home", "city": city, "street": drawn.choice(CITIES)})
            for kind, value in (
                ("email", f"{drawn.randrange(MAILBOXES)}@x"),
                ("phone", f"+{drawn.randrange(40)}"),
            ):
                point = {"contact_kind": kind, "delivered_value": value, "contact_value": value}
                contacts.append({**key, **point, "is_valid": drawn.random() < 0.9})
        homes = [{"customer_id": id_, "household_id": f"h{min(r)}"} for id_, r in _by_customer(customers)]
        bought = [
            {**PURCHASED, "record_kind": "contact", "source_record_id": record, "purchase_id": f"{number}",
             "occurred_at": f"{on}", "gross_amount": 9, "refunded_amount": 0, "net_amount": 9}
            for number, (record, on) in enumerate(self.values.purchases)
        ]  # fmt: skip
        events = [
            {
                "email_event_id": f"{n}",
                "email": f"{mailbox}@x",
                "event": "bounced_hard",
                "occurred_at": f"{day}",
            }
            for n, (mailbox, day) in enumerate(self.values.bounces)
        ]
        for table, rows in (
            ("standardise.email_event", events),
            ("standardise.customer_record", people),
            ("standardise.postal_address", addresses),
            ("standardise.contact_point", contacts),
            ("standardise.purchase", bought),
            ("link.household", homes),
        ):
            self._replace(table, rows)

    def _replace(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = {column.name: column.type for column in self.warehouse.model(table).contract.columns}
        texts = pa.table(
            {
                name: pa.array(
                    [None if row.get(name) is None else str(row[name]) for row in rows], pa.string()
                )
                for name in columns
            }
        )
        casts = ", ".join(f'cast("{name}" as {type_}) as "{name}"' for name, type_ in columns.items())
        with self.engine.arrow_view(texts) as view:
            self.engine.replace_table(table, f"select {casts} from {view}")

    def _note(self, on: date) -> None:
        self.members[on] = self.ids.customers()
        self.profiles[on] = {row[0]: row[1:] for row in self.engine.fetch_all(self.followed())}
        self.aliases[on] = self.ids.aliases()
        ledger = "select customer_id, event from link.customer_id_event where business_date = ? order by event_number"
        self.events[on] = self.engine.fetch_all(ledger, [on])

    def followed(self) -> str:
        """Return the query of what the history follows of each profile, as computed from everything."""
        columns = self.warehouse.model("profile_history").contract.column_names[6:]
        return f"select customer_id, {', '.join(columns)} from ({self.whole('golden_profile')})"

    def whole(self, table: str) -> str:
        """Return the query that computes a table from everything."""
        model = self.warehouse.model(table)
        return model.sql or model.compile(self.warehouse.night.project, str)  # type: ignore[misc]

    def differing_rows(self, table: str) -> int:
        """Count the rows in which a table is not what it would be, computed from everything."""
        one, other = f"from golden.{table}", self.whole(table)
        return int(
            self.engine.fetch_value(
                f"select count(*) from (({one} except all ({other})) union all (({other}) except all {one}))"
            )
        )


def _by_customer(customers: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    held: dict[str, list[str]] = {}
    for record, customer in customers.items():
        held.setdefault(customer, []).append(record)
    return sorted(held.items())
