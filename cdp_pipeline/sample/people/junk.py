"""What fills forms without being about anybody."""

from __future__ import annotations

from functools import cache
from typing import Any

from cdp_pipeline.sample.pools import load_yaml


@cache
def load_junk() -> dict[str, Any]:
    """Return pools/junk.yml: whole records, and values by kind of field."""
    return load_yaml("junk.yml")
