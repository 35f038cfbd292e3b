"""The rates of pools/habits.yml."""

from __future__ import annotations

from typing import Any

from cdp_pipeline.sample.pools import load_yaml


def rates(section: str) -> dict[str, Any]:
    """Return a section: people, systems, changes_per_night, or the habits of one system."""
    found: dict[str, Any] = load_yaml("habits.yml")[section]
    return found
