"""Fixtures of the first gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.source import Delivery
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights


@pytest.fixture
def new_nights(tmp_path: Path) -> Iterator[Callable[..., LandingNights]]:
    opened: list[LandingNights] = []

    def start(
        layout: Layout, pattern: str = "*.csv", delivery: Delivery = Delivery.INCREMENT
    ) -> LandingNights:
        opened.append(LandingNights(tmp_path, layout, pattern, delivery))
        return opened[-1]

    yield start
    for nights in opened:
        nights.engine.close()
