"""The rates of pools/habits.yml."""

from __future__ import annotations

from typing import Any

from cdp_pipeline.sample.pools import load_yaml

MOST_OVER_ALL_NIGHTS = 0.2
"""However many nights follow, no kind of change meets more than this share: the first night stays the fullest."""


def rates(section: str) -> dict[str, Any]:
    """Return a section: people, systems, changes_per_night, or the habits of one system."""
    found: dict[str, Any] = load_yaml("habits.yml")[section]
    return found


def over_nights(rate: float, nights: int) -> float:
    """Return the share that a rate per night after the first comes to, at most MOST_OVER_ALL_NIGHTS."""
    return min(rate * (nights - 1), MOST_OVER_ALL_NIGHTS)
