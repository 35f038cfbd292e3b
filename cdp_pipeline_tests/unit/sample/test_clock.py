"""On which night's files what happens when is told."""

from __future__ import annotations

import numpy as np
import pytest

from cdp_pipeline.sample.clock import Times, before_close, close_of, night_of


def at(*texts: str) -> Times:
    return np.array(texts, dtype="datetime64[us]")


@pytest.mark.parametrize(
    ("time", "night"),
    [
        ("2023-01-01T12:00:00", 1),
        ("2026-05-03T21:59:59.999999", 1),
        ("2026-05-03T22:00:00", 2),  # midnight in Berlin: the next business date has begun
        ("2026-05-04T21:59:59", 2),
        ("2026-05-04T22:00:00", 3),
    ],
)
def test_a_night_tells_what_happened_before_its_close(time: str, night: int) -> None:
    assert night_of(at(time)).tolist() == [night]


def test_what_is_drawn_before_a_close_belongs_to_that_night() -> None:
    nights = np.repeat([1, 2, 3], 1000)
    drawn = before_close(np.random.default_rng(1), nights, 30)
    assert night_of(drawn).tolist() == nights.tolist()
    assert all((drawn[nights == night] < close_of(night)).all() for night in (1, 2, 3))
