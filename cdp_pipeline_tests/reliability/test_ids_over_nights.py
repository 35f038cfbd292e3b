"""Customer ids over hundreds of nights of a changing customer base, beside an oracle that knows no database."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline_tests.reliability.id_oracle import IdOracle
from cdp_pipeline_tests.reliability.id_world import Healing, IdWorld
from cdp_pipeline_tests.unit.link.cluster_nights import ClusterNights
from cdp_pipeline_tests.warehouse import BUSINESS_DATE

RERUN_EVERY = 5
"""Nights from one rerun to the next; not a divisor of the ten nights after which the world repeats its kinds."""

Clusters = dict[frozenset[str], str]


@dataclass
class Tally:
    """What was looked at and what was found, over all nights."""

    unchanged: int = 0
    unchanged_kept: int = 0
    reused: int = 0
    resolved: int = 0
    unresolved: int = 0
    reruns: int = 0
    reruns_that_changed: int = 0
    undone: int = 0
    undone_restored: int = 0
    returned: int = 0
    returned_restored: int = 0
    overtaken: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    largest_customer_base: int = 0


class Simulation:
    """Runs the world's nights through the night's own code and holds them against the oracle."""

    def __init__(self, root: Path, seed: int, customers: int) -> None:
        self.world = IdWorld(seed, customers)
        self.nights = ClusterNights(root)
        self.oracle = IdOracle()
        self.tally = Tally()
        self.history: list[Clusters] = [{}]
        self.report = ""

    def run(self, nights: int) -> None:
        for _ in range(nights):
            before = self._inputs()
            self.world.next_night()
            self._run_night(before)

    def _inputs(self) -> dict[str, Any]:
        records = {record for group in self.world.groups for record in group} if self.world.night else set()
        versions = {record: self.world.versions[record] for record in records}
        return {"versions": versions, "decisions": set(self.world.decisions), "rules": self.world.rules}

    def _build(self) -> dict[str, str]:
        world = self.world
        self.nights.change_rules(f"rules {world.rules}")
        versions = {record: str(version) for record, version in world.versions.items()}
        on = BUSINESS_DATE + timedelta(days=world.night)
        return self.nights.run_groups(sorted(world.groups, key=min), on, versions, world.decisions)

    def _run_night(self, before: dict[str, Any]) -> None:
        groups = self.world.groups
        expected, live_before = self.oracle.expect(groups), self.oracle.live
        tonight = self._build()
        assert set(tonight) == {record for group in groups for record in group}
        clusters = {group: tonight[min(group)] for group in groups}
        assert all({tonight[record] for record in group} == {id_} for group, id_ in clusters.items())
        self._count(clusters)
        self._check_ids(expected.ids, clusters)
        self._check_ledger(expected.events, before, live_before, tonight)
        self.oracle.learn(tonight, groups, expected, self.world.night)
        assert self.nights.aliases() == self.oracle.alias
        self._count_resolved()
        if self.world.night % RERUN_EVERY == 1 or self.world.night % 10 == 7:
            self._rerun()
        self.history.append(clusters)

    def _count(self, clusters: Clusters) -> None:
        tally, last_night = self.tally, self.history[-1]
        same = [group for group in clusters if group in last_night]
        tally.unchanged += len(same)
        tally.unchanged_kept += sum(clusters[group] == last_night[group] for group in same)
        tally.largest_customer_base = max(tally.largest_customer_base, sum(map(len, clusters)))
        self._count_restored("undone", self.world.healed, clusters)
        self._count_restored("returned", self.world.returned, clusters)

    def _count_restored(self, what: str, healings: list[Healing], clusters: Clusters) -> None:
        """Count the customers who must have the ids of the night before it went wrong."""
        for one in healings:
            former = self.history[one.since - 1]
            lived_again = {customer for night in self.history[one.since :] for customer in night.values()}
            for people in one.people:
                if what == "returned" and former.get(people) in lived_again:
                    self.tally.overtaken += 1
                elif people in former and people in clusters:
                    restored = clusters[people] == former[people]
                    setattr(self.tally, what, getattr(self.tally, what) + 1)
                    name = f"{what}_restored"
                    setattr(self.tally, name, getattr(self.tally, name) + restored)

    def _check_ids(self, expected: dict[frozenset[str], str | None], clusters: Clusters) -> None:
        assert len(set(clusters.values())) == len(clusters), "two customers have one id"
        for group, customer in expected.items():
            if customer is None:
                self.tally.reused += clusters[group] in self.oracle.age
            else:
                assert clusters[group] == customer, f"night {self.world.night}: {sorted(group)}"

    def _check_ledger(
        self,
        expected: Counter[tuple[str, str | None, str | None]],
        before: dict[str, Any],
        live_before: dict[str, str],
        tonight: dict[str, str],
    ) -> None:
        rows = self.nights.engine.fetch_all(
            "select event, customer_id, other_customer_id, cause, event_number from link.customer_id_event"
            " where business_date = ? order by event_number",
            [BUSINESS_DATE + timedelta(days=self.world.night)],
        )
        minted = {"mint", "split"}
        found = Counter((event, None if event in minted else one, other) for event, one, other, *_ in rows)
        assert found == expected, f"night {self.world.night}"
        touched = self._touched(before, live_before, tonight)
        for event, one, other, cause, number in rows:
            if event in minted:
                self.oracle.age[one] = number
            assert cause == self._cause({one, other}, before, *touched), f"night {self.world.night}: {event}"
            self.tally.events[event] += 1
            self.tally.causes[cause] += 1

    def _touched(
        self, before: dict[str, Any], live_before: dict[str, str], tonight: dict[str, str]
    ) -> tuple[set[str], set[str]]:
        """Return the customers whom changed decisions touch, and those whom changed data touch."""
        decided = {r for d in before["decisions"] ^ set(self.world.decisions) for r in d[2:]}
        versions, now = before["versions"], self._inputs()["versions"]
        changed = {r for r in versions.keys() | now.keys() if versions.get(r) != now.get(r)}
        by_decision, by_data = (
            {ids[record] for record in records for ids in (live_before, tonight) if record in ids}
            for records in (decided, changed)
        )
        return by_decision, by_data

    def _cause(self, ids: set[str], before: dict[str, Any], by_decision: set[str], by_data: set[str]) -> str:
        if ids & by_decision:
            return "decision"
        return "changed_rules" if before["rules"] != self.world.rules and not ids & by_data else "new_data"

    def _count_resolved(self) -> None:
        """Follow every id that was ever given out: one hop, to a customer of today or to one who has left."""
        aliases, live = self.nights.aliases(), set(self.oracle.live.values())
        ledger = self.nights.engine.fetch_all(
            "select customer_id, arg_max(event, event_number) from link.customer_id_event group by customer_id"
        )
        retired = {customer for customer, event in ledger if event == "retire"}
        good = sum(aliases.get(customer, customer) in live | retired for customer, _ in ledger)
        self.tally.resolved += good
        self.tally.unresolved += len(ledger) - good + len(set(aliases) & live)

    def _rerun(self) -> None:
        before = self.nights.state()
        self._build()
        self.tally.reruns += 1
        self.tally.reruns_that_changed += self.nights.state() != before

    def assert_sound(self) -> None:
        """Demand that every promise was kept, and that each was put to the test."""
        tally = self.tally
        assert tally.unchanged_kept == tally.unchanged > 0
        assert tally.reused == 0
        assert tally.unresolved == 0 < tally.resolved
        assert tally.reruns_that_changed == 0 < tally.reruns
        assert tally.undone_restored == tally.undone > 0
        assert tally.returned_restored == tally.returned > 0
        assert set(tally.events) == {"mint", "split", "merge", "undo", "retire", "return"}
        assert set(tally.causes) == {"new_data", "changed_rules", "decision"}
        assert self.kept <= self.lost, "what is kept of the past grows with change alone"

    @property
    def kept(self) -> int:
        return self.nights.engine.row_count("link.former_customer_record")

    @property
    def lost(self) -> int:
        """Count how often a record left its id, from one night to the next."""
        owners = [{r: id_ for group, id_ in clusters.items() for r in group} for clusters in self.history]
        return sum(
            after.get(record) != customer
            for before, after in itertools.pairwise(owners)
            for record, customer in before.items()
        )

    def table(self) -> str:
        tally, given_out = self.tally, len(self.oracle.age)
        rows = {
            "Nights": f"{self.world.night}",
            "Source records, most on one night": f"{tally.largest_customer_base:,}",
            **{f"  {name}": f"{count:,}" for name, count in sorted(self.world.happened.items())},
            "Ids given out": f"{given_out:,}",
            "  of them given out again to others": f"{tally.reused}",
            "Events in the ledger": f"{tally.events.total():,}",
            **{f"  {name}": f"{count:,}" for name, count in sorted(tally.events.items())},
            **{f"  caused by {name}": f"{count:,}" for name, count in sorted(tally.causes.items())},
            "Unchanged customers, night by night": f"{tally.unchanged:,}",
            "  who kept their id": f"{tally.unchanged_kept:,} ({tally.unchanged_kept / tally.unchanged:.2%})",
            "Old and new ids looked up, night by night": f"{tally.resolved + tally.unresolved:,}",
            "  that led nowhere, or by more than one hop": f"{tally.unresolved}",
            "Customers parted again after a wrong merge": f"{tally.undone:,}",
            "  who have their former id back": f"{tally.undone_restored:,}",
            "Customers who left and came back": f"{tally.returned:,}",
            "  who have their former id back ": f"{tally.returned_restored:,}",
            "  whose id an earlier record of theirs had by then": f"{tally.overtaken}",
            "Nights run again": f"{tally.reruns}",
            "  that minted or wrote anything": f"{tally.reruns_that_changed}",
            "Records kept of former ids, in the end": f"{self.kept:,}",
            "  of records that left their id": f"{self.lost:,}",
        }
        return "\n".join(f"{name:<52}{value:>20}" for name, value in rows.items())


def simulate(root: Path, seed: int, customers: int, nights: int) -> Simulation:
    simulation = Simulation(root, seed, customers)
    with simulation.nights.engine:
        simulation.run(nights)
        simulation.assert_sound()
        simulation.report = simulation.table()
    return simulation


def test_ids_stay_over_thirty_nights(tmp_path: Path) -> None:
    simulate(tmp_path, seed=2, customers=150, nights=30)


@pytest.mark.long
def test_ids_stay_over_a_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = simulate(tmp_path, seed=3, customers=400, nights=365)
    with capsys.disabled():
        print(f"\n\n{simulation.report}")  # noqa: T201  # the table is what the long form is for
