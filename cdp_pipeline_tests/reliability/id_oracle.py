"""What customer ids must do, said once more in plain Python over sets and dictionaries, without a database."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

OWN = -1

Groups = Collection[frozenset[str]]


@dataclass
class Expected:
    """What one night must come to.

    Attributes:
        ids: id by cluster; None where a new one must be minted.
        events: how often each (event, id, other id) must be in the ledger; a minted id is None.
    """

    ids: dict[frozenset[str], str | None]
    events: Counter[tuple[str, str | None, str | None]]


@dataclass
class IdOracle:
    """Everything that is known of ids after the nights so far.

    Attributes:
        age: position in which each id was given out.
        anchor: the record that minted each id.
        live: id by record of the last night.
        held: by id, the records that it lost, with the night, and the night of the
            merge by which they had come to it (OWN if by none).
        alias: where each merged id leads.
    """

    age: dict[str, int] = field(default_factory=dict)
    anchor: dict[str, str] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    held: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)

    def expect(self, groups: Groups) -> Expected:
        """Say which id each group keeps or gets back, and what the ledger must say."""
        home = self._homes(groups)
        ids: dict[frozenset[str], str | None] = {}
        for group in groups:
            claimants = [customer for customer, (at, _) in home.items() if at == group]
            ids[group] = min(claimants, key=lambda c: (-home[c][1], self.age[c]), default=None)
        return Expected(ids, self._events(groups, home, ids))

    def learn(self, tonight: Mapping[str, str], groups: Groups, expected: Expected, night: int) -> None:
        """Take over the ids of tonight, new ones with them."""
        homes, joined = self._homes(groups), self._joined()
        for group in sorted(groups, key=min):
            if expected.ids[group] is None:
                self.anchor[tonight[min(group)]] = min(group)
        living = set(tonight.values())
        moved = {c: tonight[min(at)] for c, (at, _) in homes.items()}
        self.alias = {
            **{old: moved.get(target, target) for old, target in self.alias.items()},
            **{customer: target for customer, target in moved.items() if customer != target},
        }
        self.alias = {old: target for old, target in self.alias.items() if old not in living}
        for record, customer in self.live.items():
            if record not in tonight or customer not in living:
                self.held.setdefault(customer, {})[record] = night, joined[record]
        for customer in living:
            lost = self.held.get(customer, {})
            self.held[customer] = {record: on for record, on in lost.items() if record not in tonight}
        self.live = dict(tonight)

    def _homes(self, groups: Groups) -> dict[str, tuple[frozenset[str], float]]:
        """Return by id the group where it belongs, and until which night it lived (math.inf: it still does)."""
        group_of = {record: group for group in groups for record in group}
        members: dict[str, list[str]] = {}
        for record, customer in self.live.items():
            if record in group_of:
                members.setdefault(customer, []).append(record)
        joined = self._joined()
        homes = {
            c: (self._home(c, {r: joined[r] for r in records}, records, group_of), math.inf)
            for c, records in members.items()
        }
        for customer, lost in self.held.items():
            there = [record for record in lost if record in group_of]
            if customer not in homes and there:
                newest = max(night for night, _ in lost.values())
                last = {record: lost[record][1] for record in there if lost[record][0] == newest}
                homes[customer] = (self._home(customer, last, there, group_of), newest)
        return homes

    def _joined(self) -> dict[str, int]:
        """Return for each living record the night of the merge by which it came to its id, or OWN."""
        joined = dict.fromkeys(self.live, OWN)
        for old, target in self.alias.items():
            for record, (night, _) in self.held.get(old, {}).items():
                if self.live.get(record) == target:
                    joined[record] = max(joined[record], night)
        return joined

    def _home(
        self,
        customer: str,
        last: Mapping[str, int],
        held: Collection[str],
        group_of: Mapping[str, frozenset[str]],
    ) -> frozenset[str]:
        """Return the group where an id belongs.

        Args:
            last: the records that it held in the end and that are there, with the night of their merge.
            held: these, and all others that it ever lost.
        """
        if self.anchor[customer] in last:
            return group_of[self.anchor[customer]]

        def rank(group: frozenset[str]) -> tuple[float, int, int, int, str]:
            nights = [night for record, night in last.items() if record in group]
            among = [record for record in held if record in group]
            return (min(nights, default=math.inf), -nights.count(OWN), -len(nights), -len(among), min(among))

        return min({group_of[record] for record in held}, key=rank)

    def _events(
        self,
        groups: Groups,
        home: Mapping[str, tuple[frozenset[str], float]],
        ids: Mapping[frozenset[str], str | None],
    ) -> Counter[tuple[str, str | None, str | None]]:
        events: Counter[tuple[str, str | None, str | None]] = Counter()
        lived = set(self.live.values())
        lost = {c: ids[at] for c, (at, _) in home.items() if ids[at] != c}
        for group in groups:
            customer = ids[group]
            if customer is None:
                origin = self._origin(group)
                events["split" if origin else "mint", None, origin] += 1
            elif customer in self.alias:
                events["undo", customer, self.alias[customer]] += 1
            elif customer not in lived:
                events["return", customer, None] += 1
        for customer, survivor in lost.items():
            led_on = lost.get(self.alias.get(customer, ""), self.alias.get(customer))
            if survivor != led_on:
                events["merge", customer, survivor] += 1
        for customer in lived - set(home):
            events["retire", customer, None] += 1
        return events

    def _origin(self, group: frozenset[str]) -> str | None:
        """Return the id that most records of a new customer had."""
        origins: Counter[str] = Counter()
        for record in group:
            if record in self.live:
                origins[self.live[record]] += 1
                continue
            held = [(-lost[record][0], customer) for customer, lost in self.held.items() if record in lost]
            if held:
                customer = min(held)[1]
                origins[self.alias.get(customer, customer)] += 1
        return min(origins, key=lambda c: (-origins[c], c), default=None)
