"""Samples that several modules look at, generated once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.sample import generate_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the committed sample's arguments: 200 people, seed 7, three nights."""
    out = tmp_path_factory.mktemp("sample")
    generate_sample(people=200, seed=7, nights=3, out=out)
    return out
