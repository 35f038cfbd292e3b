"""How counts of people are shown, so that no cell of a breakdown singles one out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

SMALLEST_SHOWN = 5
"""Fewer people than this stand as `<5`, or together with others, wherever people are broken down by something
that says more about them: by the sources that know them, by their consent, by why they are not sent."""

ItemT = TypeVar("ItemT")


def shown(people: int) -> str:
    """Write a number of people; one to four as `<5`."""
    return f"<{SMALLEST_SHOWN}" if 0 < people < SMALLEST_SHOWN else f"{people:,}"


def drawn(people: int) -> int:
    """Return the length at which a number of people is drawn, so that a small one cannot be measured."""
    return SMALLEST_SHOWN if 0 < people < SMALLEST_SHOWN else people


def split_small(
    items: Iterable[ItemT], people: Callable[[ItemT], int], most: int | None = None
) -> tuple[list[ItemT], int]:
    """Split what is large enough to stand alone from the rest, which stands as one number.

    One small cell beside its total could be subtracted; without its name the difference says nothing.

    Args:
        items: the largest first.
        most: how many may stand alone.

    Returns:
        The items that stand alone, and the people of all others.
    """
    everything = list(items)
    alone = [item for item in everything if people(item) >= SMALLEST_SHOWN][:most]
    return alone, sum(map(people, everything)) - sum(map(people, alone))
