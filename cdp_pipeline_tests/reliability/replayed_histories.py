"""The histories of profiles and memberships, replayed in plain Python from what each night came to."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cdp_pipeline_tests.reliability.profile_nights import ProfileNights

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Change:
    """What a key was on one night, and is from the next on; None where it was or is not there."""

    key: str
    before: Hashable | None
    after: Hashable | None
    on: date
    was_there_earlier: bool


def changes(nights: Mapping[date, Mapping[str, Hashable]]) -> Iterator[Change]:
    """Yield what changed, night by night."""
    last: Mapping[str, Hashable] = {}
    seen = set[str]()
    for on, tonight in sorted(nights.items()):
        for key in sorted({*last, *tonight}):
            if last.get(key) != tonight.get(key):
                yield Change(key, last.get(key), tonight.get(key), on, key in seen)
        seen |= {*tonight}
        last = tonight


def expected_members(nights: ProfileNights) -> list[Row]:
    """Return record, customer, valid_from, valid_to, begun_by and ended_by of all intervals."""

    def word(change: Change) -> str:
        if change.after is None:
            return "removed"
        if change.before is None:
            return "returned" if change.was_there_earlier else "added"
        if nights.aliases[change.on].get(str(change.before)) == change.after:
            return "merged"
        earlier = max(on for on in nights.members if on < change.on)
        return "moved" if change.after in nights.members[earlier].values() else "split"

    return [
        (key, value, start, end, word(begun), ended and word(ended))
        for key, value, start, end, begun, ended in intervals(list(changes(nights.members)))
    ]


def expected_profiles(nights: ProfileNights) -> list[Row]:
    """Return customer, values, valid_from, valid_to, begun_by, ended_by and merged_into of all intervals."""

    def begun_by(change: Change) -> str:
        if change.before is not None:
            return "changed"
        told = [event for customer, event in nights.events[change.on] if customer == change.key]
        for event, word in (("mint", "added"), ("split", "split")):
            if event in told:
                return word
        return {"undo": "undone", "return": "returned"}[[e for e in told if e in ("undo", "return")][-1]]

    def ended_by(change: Change) -> tuple[str | None, str | None]:
        if change.after is None:
            survivor = nights.aliases[change.on].get(change.key)
            return ("merged", survivor) if survivor else ("retired", None)
        earlier = max(on for on in nights.members if on < change.on)
        held = [record for record, customer in nights.members[earlier].items() if customer == change.key]
        now = nights.members[change.on]
        parted = any(now.get(record, change.key) != change.key for record in held)
        return ("split" if parted else "changed", None)

    return [
        (key, *value, start, end, begun_by(begun), *(ended_by(ended) if ended else (None, None)))
        for key, value, start, end, begun, ended in intervals(list(changes(nights.profiles)))
    ]


def intervals(
    happened: Sequence[Change],
) -> Iterator[tuple[str, Any, date, date | None, Change, Change | None]]:
    """Yield key, value, first night, first night after, and the changes by which it began and ended."""
    following: dict[str, Change] = {}
    for change in reversed(happened):
        ended = following.get(change.key)
        if change.after is not None:
            yield change.key, change.after, change.on, ended.on if ended else None, change, ended
        following[change.key] = change
