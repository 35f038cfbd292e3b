"""Profiles and their histories over nights on which everything happens to customers, beside a replay in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp_pipeline.sql_project import increments
from cdp_pipeline_tests.reliability.profile_nights import ProfileNights
from cdp_pipeline_tests.reliability.replayed_histories import expected_members, expected_profiles

MEMBERS = (
    "select source_record_id, customer_id, valid_from, valid_to, begun_by, ended_by"
    " from golden.membership_history"
)
PROFILES = (
    "select customer_id, columns(* exclude (customer_id, valid_from, valid_to, begun_by, ended_by, merged_into)),"
    " valid_from, valid_to, begun_by, ended_by, merged_into from golden.profile_history"
)


def live_through(root: Path, seed: int, customers: int, count: int) -> Iterator[ProfileNights]:
    """Run nights, and hold each table that only follows changes against what everything says."""
    nights = ProfileNights(root, seed, customers)
    tables = [
        model.name for model in nights.warehouse.graph.tables if model.increment and model.stage == "golden"
    ]
    for _ in range(count):
        on = nights.run()
        for table in [*tables, "golden_profile"]:
            assert nights.differing_rows(table) == 0, f"{table} on {on}"
        yield nights


def assert_histories(nights: ProfileNights) -> None:
    members, profiles = (nights.engine.fetch_all(query) for query in (MEMBERS, PROFILES))
    assert sorted(members, key=str) == sorted(expected_members(nights), key=str)
    assert sorted(profiles, key=str) == sorted(expected_profiles(nights), key=str)


def test_profiles_and_histories_are_those_of_the_nights_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(increments, "WORTHWHILE_SHARE", 1.0)  # of a few customers, many change each night
    *_, nights = live_through(tmp_path, seed=5, customers=30, count=8)
    assert_histories(nights)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_profiles_and_histories_stay_true_over_two_months(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(increments, "WORTHWHILE_SHARE", 1.0)
    for nights in live_through(tmp_path, seed, customers=150, count=60):
        if nights.world.night % 20 == 0:
            assert_histories(nights)
    began, ended = (
        {
            *nights.engine.fetch_column(
                f"select distinct {name} from golden.profile_history where {name} is not null"
            )
        }
        for name in ("begun_by", "ended_by")
    )
    assert began == {"added", "changed", "split", "undone", "returned"}
    assert ended == {"changed", "split", "merged", "retired"}
