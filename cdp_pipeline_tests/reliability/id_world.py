"""A year in the life of a customer base: who arrives, moves, is merged, parted, corrected, leaves and returns."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

Records = frozenset[str]
Decision = tuple[int, str, str, str]


@dataclass
class Healing:
    """Something that is put right later: a wrong merge, or customers who come back.

    Attributes:
        due: the night of it.
        since: the night that went wrong.
        people: the groups as they were before and shall be again.
        decision_id: the decision that is taken back with it, if one caused it.
    """

    due: int
    since: int
    people: tuple[Records, ...]
    decision_id: int | None = None


@dataclass
class IdWorld:
    """Groups of records as the truth, changed night by night with a seed.

    Attributes:
        groups: who is one person tonight.
        versions: how often the data of each record changed.
        decisions: in force tonight.
        rules: version of the rules.
        healed: wrong merges that are put right tonight: the people who must have their ids back.
        returned: customers who come back whole tonight.
        happened: counts of what happened, over all nights.
    """

    seed: int
    customers: int
    night: int = 0
    groups: set[Records] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    rules: int = 0
    healed: list[Healing] = field(default_factory=list)
    returned: list[Healing] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._wrong_merges: list[Healing] = []
        self._away: list[Healing] = []
        self._single_away: list[tuple[int, str, str | None]] = []
        self._decided = 0
        for _ in range(self.customers):
            self.groups.add(
                frozenset(self._new_record() for _ in range(self._random.choice([1, 1, 2, 3, 5])))
            )

    def next_night(self) -> None:
        """Let one night happen. Every tenth changes the rules and no data; some change nothing at all."""
        self.night += 1
        self.healed, self.returned = self._due(self._wrong_merges), self._due(self._away)
        if self.night % 10 == 7:
            self.rules += 1
            self._away += [self._again(one) for one in self.returned]
            self.returned = []
        else:
            for one in self.returned:
                self.groups.update(one.people)
                self._touch(*one.people)
                self.happened["customers returned"] += 1
        self._heal()
        if self.night % 10 == 7:
            self._merge_and_split(3)
        elif self.night % 10 != 3:
            self._merge_and_split(4)
            self._new_data()
            self._decide()

    def _new_data(self) -> None:
        for _ in range(self.customers // 100 + 1):
            self._arrive()
        for _ in range(4):
            self._move()
            self._let_one_go()
        for _ in range(2):
            self._let_customer_go()
        self._let_singles_return()

    def _due(self, planned: list[Healing]) -> list[Healing]:
        due = [one for one in planned if one.due <= self.night]
        planned[:] = [one for one in planned if one.due > self.night]
        return due

    def _again(self, one: Healing) -> Healing:
        return Healing(self.night + 1, one.since, one.people, one.decision_id)

    def _heal(self) -> None:
        for one in self.healed:
            self.groups.discard(frozenset().union(*one.people))
            self.groups.update(one.people)
            self.decisions = [d for d in self.decisions if d[0] != one.decision_id]
            if one.decision_id is None and self.night % 10 != 7:
                self._touch(*one.people)
            self.happened["merges undone"] += 1

    def _free(self, fewest: int = 1) -> Records | None:
        """Draw a group that no healing waits for."""
        waiting = {frozenset().union(*one.people) for one in self._wrong_merges}
        fresh = {group for one in [*self.healed, *self.returned] for group in one.people}
        free = sorted((g for g in self.groups - waiting - fresh if len(g) >= fewest), key=min)
        return self._random.choice(free) if free else None

    def _merge_and_split(self, times: int) -> None:
        for _ in range(times):
            self._merge(will_heal=self._random.random() < 0.5)
        for _ in range(times - 1):
            self._split()

    def _merge(self, *, will_heal: bool, decision: str | None = None) -> None:
        one, other = self._free(), self._free()
        if one is None or other is None or one == other:
            return
        self.groups -= {one, other}
        self.groups.add(one | other)
        self.happened["merges"] += 1
        decision_id = self._add_decision(decision, min(one), min(other)) if decision else None
        if will_heal:
            due = self.night + self._random.randint(1, 25)
            self._wrong_merges.append(Healing(due, self.night, (one, other), decision_id))
        if not decision and self.night % 10 != 7:
            self._touch(frozenset([min(other)]))

    def _split(self, decision: str | None = None) -> None:
        group = self._free(fewest=2)
        if group is None:
            return
        part = frozenset(self._random.sample(sorted(group), self._random.randint(1, len(group) - 1)))
        self.groups.remove(group)
        self.groups |= {part, group - part}
        self.happened["splits"] += 1
        if decision:
            self._add_decision(decision, min(part), min(group - part))
        elif self.night % 10 != 7:
            self._touch(part)

    def _decide(self) -> None:
        if self._random.random() < 0.5:
            self._merge(will_heal=True, decision="must_link")
        if self._random.random() < 0.3:
            self._split(decision="never_link")
        if self.decisions and self._random.random() < 0.2:
            expiring = [d for d in self.decisions if d[1] == "never_link"]
            self.decisions = [d for d in self.decisions if d not in expiring[:1]]

    def _add_decision(self, decision: str, left: str, right: str) -> int:
        self._decided += 1
        self.decisions.append((self._decided, decision, left, right))
        self.happened["decisions"] += 1
        return self._decided

    def _arrive(self) -> None:
        record, group = self._new_record(), self._free()
        if group is None or self._random.random() < 0.5:
            self.groups.add(frozenset([record]))
        else:
            self.groups.remove(group)
            self.groups.add(group | {record})
        self.happened["arrivals"] += 1

    def _move(self) -> None:
        """A corrected value takes a record from one customer to another."""
        one, other = self._free(), self._free()
        if one is None or other is None or one == other:
            return
        record = self._random.choice(sorted(one))
        self._touch(frozenset([record]))
        self.groups -= {one, other}
        self.groups |= {one - {record}, other | {record}} - {frozenset()}
        self.happened["moves"] += 1

    def _let_one_go(self) -> None:
        group = self._free(fewest=2)
        if group is None:
            return
        record = self._random.choice(sorted(group))
        self.groups.remove(group)
        self.groups.add(group - {record})
        self.happened["departures"] += 1
        if self._random.random() < 0.7:
            companion = min(group - {record}) if self._random.random() < 0.5 else None
            self._single_away.append((self.night + self._random.randint(1, 40), record, companion))

    def _let_singles_return(self) -> None:
        """A record comes back alone, or to the customer of its former companion."""
        for one in [one for one in self._single_away if one[0] <= self.night]:
            self._single_away.remove(one)
            _, record, companion = one
            group = next((g for g in self.groups if companion in g), None)
            waiting = {frozenset().union(*healing.people) for healing in self._wrong_merges}
            fresh = {g for healing in [*self.healed, *self.returned] for g in healing.people}
            if group is None or group in waiting | fresh:
                self.groups.add(frozenset([record]))
            else:
                self.groups.remove(group)
                self.groups.add(group | {record})
            self._touch(frozenset([record]))
            self.happened["records returned"] += 1

    def _let_customer_go(self) -> None:
        group = self._free()
        if group is None:
            return
        self.groups.remove(group)
        self.happened["customers gone"] += 1
        if self._random.random() < 0.6:
            self._away.append(Healing(self.night + self._random.randint(1, 40), self.night, (group,)))

    def _new_record(self) -> str:
        # Shuffled: the order of arrival must not be the order of keys.
        name = f"r{self._random.randrange(16**6):06x}{len(self.versions):x}"
        self.versions[name] = 0
        return name

    def _touch(self, *groups: Records) -> None:
        for record in frozenset().union(*groups):
            self.versions[record] += 1
