"""How counts of people are shown, so that a breakdown does not single anybody out at a glance.

One to four people stand as `<5`. Where they are the one hidden cell of a breakdown whose whole stands on the page,
the next smallest cell is rounded as well, or a subtraction would bring the number back. Both then look alike
whatever the hidden number is.

This is no proof against everything: whoever compares several breakdowns of the page, or meets a breakdown of
fewer than ten people, may still narrow a number down. The page is for colleagues, not for the public.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

SMALLEST_SHOWN = 5
"""Fewer people than this stand as `<5`, or together with others, wherever people are broken down by something
that says more about them: by the sources that know them, by their consent, by why they are not sent."""

ROUNDED_TO = 10

ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class ShownCount:
    """A number of people as the page may show it.

    Attributes:
        text: such as `1,234`, `<5` or `about 20`.
        people: the number to draw and to take shares of: equal for all numbers with this text.
    """

    text: str
    people: int

    @property
    def is_small(self) -> bool:
        """Whether it stands for one to four people."""
        return self.text.startswith("<")

    @property
    def is_exact(self) -> bool:
        """Whether the text is the number itself."""
        return self.text == f"{self.people:,}"


def shown_count(people: int) -> ShownCount:
    """Show a number of people that is no cell of a known whole; one to four as `<5`."""
    if 0 < people < SMALLEST_SHOWN:
        return ShownCount(f"<{SMALLEST_SHOWN}", SMALLEST_SHOWN)
    return ShownCount(f"{people:,}", people)


def shown_cells(cells: Sequence[int]) -> list[ShownCount]:
    """Show the cells of a breakdown whose whole may be known, in the order given.

    If exactly one of them is hidden, the smallest of the others is rounded. It is rounded together with the hidden
    one: their sum is no secret, so what is shown depends on nothing else.
    """
    shown = [shown_count(people) for people in cells]
    hidden = [place for place, cell in enumerate(shown) if cell.is_small]
    others = [place for place, people in enumerate(cells) if people >= SMALLEST_SHOWN]
    if len(hidden) == 1 and others:
        partner = min(others, key=lambda place: (cells[place], place))
        shown[partner] = about(cells[partner] + cells[hidden[0]])
    return shown


def about(people: int) -> ShownCount:
    """Show a number of people to the nearest ten, at least ten."""
    rounded = max(ROUNDED_TO, (people + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO)
    return ShownCount(f"about {rounded:,}", rounded)


def split_small(
    items: Iterable[ItemT], people: Callable[[ItemT], int], most: int | None = None
) -> tuple[list[ItemT], int]:
    """Split what is large enough to stand alone from the rest, which stands as one number.

    Without names, the number of the rest says little, even where it can be subtracted.

    Args:
        items: the largest first.
        most: how many may stand alone.

    Returns:
        The items that stand alone, and the people of all others.
    """
    everything = list(items)
    alone = [item for item in everything if people(item) >= SMALLEST_SHOWN][:most]
    return alone, sum(map(people, everything)) - sum(map(people, alone))
