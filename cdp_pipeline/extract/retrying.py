"""Trying again what failed for the moment: a store or a database that was not reached."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from cdp_pipeline.contracts.settings import RetrySettings
from cdp_pipeline.errors import RetryableError

Result = TypeVar("Result")


def retried(settings: RetrySettings, work: Callable[[], Result]) -> Result:
    """Do the work, and again after a passing failure, as often as the project's settings say.

    Raises:
        RetryableError: the last try failed as well.
    """
    for _ in range(settings.max_retries):
        try:
            return work()
        except RetryableError:
            time.sleep(settings.delay_seconds)
    return work()
