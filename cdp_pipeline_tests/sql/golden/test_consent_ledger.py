"""The ledger of consent: what was told once stays, what is told again adds nothing, what was misread is taken back."""

from __future__ import annotations

import random
from datetime import date

import pytest

from cdp_pipeline_tests.warehouse import Warehouse

ANN = "ann@example.org"
ENTRIES = "select cast(recorded_on as varchar), entry, status from golden.consent_ledger order by all"
STATUS = "select status from golden.contact_consent where purpose = 'marketing' and channel = 'email'"
GRANTED = ("granted", "2026-01-01 10:00:00")
WITHDRAWN = ("withdrawn", "2026-02-01 10:00:00")


class Nights:
    """Nights of May 2026, each with what the sources tell on it; the ledger goes from one to the next."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()

    def on(self, day: int, *decisions: tuple[str, str], held: tuple[int, ...] = (), **values: object) -> None:
        """Build the night: (status, time) of Ann, read from line 7 of file_1 unless `values` say otherwise.

        Args:
            held: lines of file_1 that are their source's word on this night.
        """
        warehouse = self.warehouse
        warehouse.on(date(2026, 5, day))
        for table in ("consent_event", "delivered_consent", "record_history"):
            warehouse.given(f"{'validate' if table == 'record_history' else 'standardise'}.{table}")
        for status, at in decisions:
            warehouse.add_consent(ANN, "marketing", status, at, **values)
            decision = {"source_system": "consent", "contact_kind": "email", "contact_value": ANN, "status": status,
                        "purpose": "marketing", "channel": "any", "occurred_at": at, **values}  # fmt: skip
            warehouse.add("delivered_consent", {**decision, "file_id": "file_1", "line": 7})
        for line in held:
            warehouse.add("record_history", {"file_id": "file_1", "line": line, "valid_from": "2026-05-01"})
        warehouse.build("contact_consent")

    @property
    def entries(self) -> list[tuple[str, ...]]:
        return self.warehouse.rows(ENTRIES)

    @property
    def status(self) -> list[str]:
        return [status for (status,) in self.warehouse.rows(STATUS)]


@pytest.fixture
def nights() -> Nights:
    return Nights()


def test_decision_that_is_delivered_again_adds_nothing(nights: Nights) -> None:
    for day in (4, 5, 6):
        nights.on(day, GRANTED, WITHDRAWN)
    assert nights.entries == [("2026-05-04", "recorded", "granted"), ("2026-05-04", "recorded", "withdrawn")]


def test_ledger_names_night_file_line_and_proof_of_the_first_telling(nights: Nights) -> None:
    nights.on(4, GRANTED, proof="form v3", origin="checkout")
    nights.on(5, GRANTED, proof="form v9", origin="somewhere")
    assert nights.warehouse.rows(
        "select cast(recorded_on as varchar), file_id, line, proof, origin from golden.consent_ledger"
    ) == [("2026-05-04", "file_1", 7, "form v3", "checkout")]
    assert nights.warehouse.rows("select distinct proof from golden.contact_consent") == [("form v3",)]


def test_refusal_outlives_the_record_that_held_it(nights: Nights) -> None:
    nights.on(4, WITHDRAWN)
    nights.on(5)
    nights.on(6)
    assert nights.entries == [
        ("2026-05-04", "recorded", "withdrawn"),
        ("2026-05-05", "no_longer_stated", "withdrawn"),
    ]
    assert nights.status == ["withdrawn"]


def test_rewritten_refusal_is_not_undone_by_an_older_grant(nights: Nights) -> None:
    nights.on(4, WITHDRAWN)
    nights.on(5, GRANTED)
    assert nights.status == ["withdrawn"]


def test_grant_that_its_source_no_longer_states_stays_on_record_and_counts_no_more(nights: Nights) -> None:
    nights.on(4, GRANTED)
    nights.on(5)
    assert nights.entries == [
        ("2026-05-04", "recorded", "granted"),
        ("2026-05-05", "no_longer_stated", "granted"),
    ]
    assert nights.status == []
    nights.on(6, GRANTED)
    assert nights.entries[-1] == ("2026-05-06", "recorded", "granted")
    assert nights.status == ["granted"]


@pytest.mark.parametrize("misread", [GRANTED, WITHDRAWN])
def test_decision_that_was_misread_counts_no_more(nights: Nights, misread: tuple[str, str]) -> None:
    nights.on(4, misread, held=(7,))
    nights.on(5, held=(7,))
    assert nights.entries[-1] == ("2026-05-05", "read_differently", misread[0])
    assert nights.status == []


def test_refusal_read_rightly_after_all_counts_from_when_it_was_made(nights: Nights) -> None:
    nights.on(4, ("granted", WITHDRAWN[1]), held=(7,))
    nights.on(5, WITHDRAWN, held=(7,))
    assert [entry[1:] for entry in nights.entries] == [
        ("recorded", "granted"),
        ("read_differently", "granted"),
        ("recorded", "withdrawn"),
    ]
    assert nights.status == ["withdrawn"]


def test_running_a_night_again_takes_back_its_own_entries_only(nights: Nights) -> None:
    nights.on(4, GRANTED)
    nights.on(5, WITHDRAWN)
    nights.on(5, GRANTED)
    assert nights.entries == [("2026-05-04", "recorded", "granted")]
    assert nights.status == ["granted"]


def test_grant_of_one_purpose_is_on_record_for_no_other(nights: Nights) -> None:
    nights.on(4, GRANTED)
    assert nights.warehouse.rows("select distinct purpose from golden.consent_ledger") == [("marketing",)]


def test_entries_of_earlier_nights_never_change_and_only_changes_are_entered() -> None:
    rng, nights = random.Random(3), Nights()
    days = [f"2026-0{month}-01 10:00:00" for month in range(1, 5)]
    every = [(status, at) for status in ("granted", "denied", "withdrawn") for at in days]
    before: set[tuple[object, ...]] = set()
    told_before: set[tuple[str, str]] = set()
    for day in range(4, 12):
        told = {decision for decision in every if rng.random() < 0.6}
        nights.on(day, *sorted(told), held=(7,) if rng.random() < 0.3 else ())
        entries = set(nights.warehouse.rows("select * from golden.consent_ledger"))
        assert before <= entries
        assert {entry[0] for entry in entries - before} <= {date(2026, 5, day)}
        assert len(entries - before) == len(told ^ told_before)
        before, told_before = entries, told
    assert len(before) > len(every)
