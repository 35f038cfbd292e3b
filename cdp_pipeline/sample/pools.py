"""The pool files (names, places, habits, the cast) and the random streams that draw from them."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

POOLS = Path(__file__).parent / "pools"


def stream(seed: int, concern: str, *part: int) -> np.random.Generator:
    """Return the random stream of one concern, so that a change in one does not ripple through the others.

    Args:
        part: numbers that tell parts of the concern apart, such as a chunk of people; each has its own stream.
    """
    return np.random.default_rng([seed, zlib.crc32(concern.encode()), *part])


@cache
def load_yaml(name: str) -> dict[str, Any]:
    """Return a pool file of this package as read; callers must not change it."""
    # libyaml, where PyYAML was built with it, is ten times faster on lists of names.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load((POOLS / name).read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return loaded
