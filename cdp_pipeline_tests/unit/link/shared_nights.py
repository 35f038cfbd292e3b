"""Tests that share their nights of linkage: a night takes more than a second, whatever it holds.

The records of all tests of a module are linked together, and each test looks at its own. Sources, contacts, cards
and places become each test's own, so that two tests have at most names and dates in common. Every night proves that
these tie nothing, and that no name or date lost its power by standing in several tests.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline.engine import Engine
from cdp_pipeline_tests.unit.link.link_warehouse import FIRST_NIGHT, SourceRecord, Warehouse

Rules = Callable[[Linkage], Linkage]
Test = TypeVar("Test", bound=Callable[..., None])

RESULTS = ("edge", "customer_source_record", "decision_conflict")
OWN_KINDS = ("email", "phone", "address", "loyalty_number")
"""Kinds of values that are each test's own; a birth date or a name that loses its power loses it for all tests."""


@dataclasses.dataclass(frozen=True)
class Delivery:
    """What one night of one test is given.

    Attributes:
        decisions: in force that night, as in `a = b` and `a <> b`, on records of crm/contact; numbered from 1.
    """

    records: tuple[SourceRecord, ...]
    decisions: tuple[str, ...] = ()


def delivery(*records: SourceRecord, decisions: Sequence[str] = ()) -> Delivery:
    """Write `delivery(EVA, OTTO, decisions=["a = c"])`."""
    return Delivery(records, tuple(decisions))


def as_committed(linkage: Linkage) -> Linkage:
    return linkage


@dataclasses.dataclass(frozen=True)
class Shared:
    """The nights that a test shares; a test with fewer nights than others repeats its last."""

    nights: Callable[..., Sequence[Delivery]]
    rules: Rules


def linked_together(
    *records: SourceRecord,
    nights: Sequence[Delivery] = (),
    of: Callable[..., Sequence[SourceRecord]] | None = None,
    decisions: Sequence[str] = (),
    rules: Rules = as_committed,
) -> Callable[[Test], Test]:
    """Have a test's records linked with those of the module's other tests; its fixture `linked` shows them.

    Args:
        nights: instead of records, for several nights.
        of: instead of records, a function from the test's parameters to records.
        rules: changes linkage.yml; tests with the same function are linked together.
    """

    def told(**parameters: Any) -> Sequence[Delivery]:
        return nights or [delivery(*(of(**parameters) if of else records), decisions=decisions)]

    def mark(test: Test) -> Test:
        test.shared_nights = Shared(told, rules)  # type: ignore[attr-defined]
        return test

    return mark


class LinkedNight:
    """What one test sees of one night."""

    def __init__(self, engine: Engine, night: int, number: int) -> None:
        self._engine, self._night, self._suffix = engine, night, f".{number}"

    def rows(self, table: str, system: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        own = f"ends_with({system}, '{self._suffix}')"
        return self._engine.fetch_all(
            f"select {columns} from main.{table}_{self._night} where {own} and ({where})"
        )

    @property
    def people(self) -> set[frozenset[str]]:
        """Who is grouped with whom."""
        members = self.rows("customer_source_record", "source_system", "source_record_id, customer_id")
        customers = {customer for _, customer in members}
        return {frozenset(record for record, of in members if of == customer) for customer in customers}

    def id_of(self, record_id: str) -> str:
        [(customer_id,)] = self.rows(
            "customer_source_record", "source_system", "customer_id", f"source_record_id = '{record_id}'"
        )
        return str(customer_id)

    def edges(self, columns: str, where: str = "true") -> set[tuple[Any, ...]]:
        return set(self.rows("edge", "left_source_system", columns, where))

    def conflicts(self) -> list[tuple[Any, ...]]:
        """Which never-link contradicts which must-link, between which records, and how."""
        columns = (
            "never_link_decision_id % 100, must_link_decision_id % 100,"
            " left_source_record_id || ' ' || right_source_record_id, conflict"
        )
        return sorted(self.rows("decision_conflict", "left_source_system", columns))


class Linked(LinkedNight):
    """What one test sees: its last night, and `nights[0]` and so on."""

    def __init__(self, engine: Engine, nights: int, number: int) -> None:
        super().__init__(engine, nights - 1, number)
        self.nights = [LinkedNight(engine, night, number) for night in range(nights)]


class SharedNights:
    """The nights of all tests that go by the same rules."""

    def __init__(self, tests: Sequence[tuple[str, Sequence[Delivery]]], rules: Rules) -> None:
        self._warehouse = Warehouse()
        self.engine = self._warehouse.engine
        self._numbers = {name: number for number, (name, _) in enumerate(tests)}
        self._nights = {name: len(nights) for name, nights in tests}
        self._ties: list[object] = []
        linkage = rules(self._warehouse.project.linkage)
        self._warehouse.change_linkage(
            **{name: getattr(linkage, name) for name in type(linkage).model_fields}
        )
        self._warehouse.build("match_decision")
        for night in range(max(self._nights.values())):
            self._run(night, [nights[min(night, len(nights) - 1)] for _, nights in tests])

    def of(self, name: str) -> Linked:
        assert not self._ties, f"the tests are not apart, so give them other names or dates: {self._ties}"
        return Linked(self.engine, self._nights[name], self._numbers[name])

    def _run(self, night: int, deliveries: Sequence[Delivery]) -> None:
        self.engine.execute("delete from link.match_decision")
        for number, told in enumerate(deliveries):
            for position, decision in enumerate(told.decisions, start=1):
                self._decide(number, position, *decision.split())
        records = [
            _owned(record, number) for number, told in enumerate(deliveries) for record in told.records
        ]
        self._warehouse.link(*records, business_date=FIRST_NIGHT + timedelta(days=night))
        for table in RESULTS:
            self.engine.replace_table(f"main.{table}_{night}", f"from link.{table}")
        self._ties += self._what_ties_two_tests()

    def _decide(self, number: int, position: int, left: str, sign: str, right: str) -> None:
        keys = [part for record in sorted((left, right)) for part in (f"crm.{number}", "contact", record)]
        verdict = {"=": "must_link", "<>": "never_link"}[sign]
        row = [number * 100 + position, verdict, *keys, "2026-05-01 12:00:00"]
        self.engine.execute("insert into link.match_decision values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _what_ties_two_tests(self) -> list[object]:
        names = list(self._numbers)
        tied = self.engine.fetch_all(
            """
            select distinct
                cast(split_part(left_source_system, '.', 2) as integer) as one,
                cast(split_part(right_source_system, '.', 2) as integer) as other
            from link.edge
            where one <> other
            order by all
            """
        )
        powerless = self.engine.fetch_all(
            "select identifier_kind, identifier_value from link.shared_value order by all"
        )
        shared = [value for value in powerless if value[0] not in OWN_KINDS]
        return [*((names[one], names[other]) for one, other in tied), *shared]


def _owned(record: SourceRecord, number: int) -> SourceRecord:
    """Return a record whose source, contacts, card and place belong to one test."""

    def mailbox(email: str | None) -> str | None:
        return email and email.replace("@", f"@t{number}.")

    postcode = record.postcode and f"{(int(record.postcode) + 7919 * number) % 100_000:05d}"
    return dataclasses.replace(
        record,
        source=f"{record.source}.{number}",
        email=mailbox(record.email),
        second_email=mailbox(record.second_email),
        phone=record.phone and f"{record.phone}{number:02d}",
        loyalty=record.loyalty and f"{record.loyalty}-{number}",
        postcode=postcode,
        city=f"{record.city} {number}",
    )


class NightsOfAModule:
    """Groups a module's tests by their rules, and links each group once, when a test first asks."""

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self._told: dict[Rules, list[tuple[str, Sequence[Delivery]]]] = {}
        self._rules: dict[str, Rules] = {}
        self._run: dict[Rules, SharedNights] = {}
        for item in items:
            shared = getattr(getattr(item, "function", None), "shared_nights", None)
            if shared:
                parameters = item.callspec.params if hasattr(item, "callspec") else {}
                self._told.setdefault(shared.rules, []).append((item.name, shared.nights(**parameters)))
                self._rules[item.name] = shared.rules

    def of(self, name: str) -> Linked:
        rules = self._rules[name]
        if rules not in self._run:
            self._run[rules] = SharedNights(self._told[rules], rules)
        return self._run[rules].of(name)

    def close(self) -> None:
        for nights in self._run.values():
            nights.engine.close()
