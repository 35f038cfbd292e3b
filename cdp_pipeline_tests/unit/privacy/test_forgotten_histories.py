"""Erasing a person leaves nothing of theirs in the history of another, to whom a record of theirs once belonged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.nightly.erasure.working_file import OWN_RULES
from cdp_pipeline.privacy.forgetting import forget
from cdp_pipeline.privacy.handles import Handle, Handles
from cdp_pipeline_tests.sql.golden.test_histories import MAY, Nights

ERASED = Handles.of(
    [
        Handle("customer", "", "", "c_x"),
        Handle("record", "crm", "contact", "r2"),
        Handle("record", "crm", "contact", "r9"),
    ]
)


@pytest.fixture
def nights() -> Iterator[Nights]:
    """Record r2 of c_x belongs to c_a by mistake on two nights, and gives that profile its city on the second."""
    nights = Nights()
    own = {"r9": ("c_x", "Xanten")}
    nights.run(1, {"r1": ("c_a", "Bonn"), **own}, ("mint", "c_a"), ("mint", "c_x"))
    nights.run(2, {"r1": ("c_a", "Bonn"), "r2": ("c_a", "Ulm"), **own})
    nights.run(3, {"r1": ("c_a", "Bonn"), "r2": ("c_a", "Xanten"), **own})
    nights.run(4, {"r1": ("c_a", "Bonn"), "r2": ("c_x", "Xanten"), **own})
    yield nights
    nights.warehouse.engine.close()


def test_what_a_record_of_theirs_said_in_another_profile_goes(nights: Nights) -> None:
    assert [row[1] for row in nights.profiles if row[0] == "c_a"] == ["Bonn", "Xanten", "Bonn"]
    with nights.warehouse.engine.transaction():
        forget(nights.warehouse.engine, ERASED, own_rules=OWN_RULES)
    assert [row[:4] for row in nights.profiles] == [
        ("c_a", "Bonn", MAY[1], MAY[3]),
        ("c_a", "Bonn", MAY[4], None),
    ]
    assert nights.members == [("r1", "c_a", MAY[1], None, "added", None)]


def test_nobody_is_named_as_having_become_an_erased_customer(nights: Nights) -> None:
    nights.run(5, {"r1": ("c_x", "Bonn"), "r2": ("c_x", "Xanten")}, ("merge", "c_a"), merged={"c_a": "c_x"})
    with nights.warehouse.engine.transaction():
        forget(nights.warehouse.engine, ERASED, own_rules=OWN_RULES)
    assert [row[5:] for row in nights.profiles] == [("changed", None), ("merged", None)]


def test_the_next_night_goes_on_without_them(nights: Nights) -> None:
    with nights.warehouse.engine.transaction():
        forget(nights.warehouse.engine, ERASED, own_rules=OWN_RULES)
    before = nights.profiles, nights.members
    nights.run(6, {"r1": ("c_a", "Bonn")})
    assert (nights.profiles, nights.members) == before
