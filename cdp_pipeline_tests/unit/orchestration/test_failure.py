"""Failures of a run in words that stand alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from cdp_pipeline.orchestration.failure import first_failure


def failed_step(class_name: str) -> Any:
    """An event of a step that ended by an error of this class, as Dagster keeps it."""
    error = SimpleNamespace(cause=None, cls_name=class_name, message=f"{class_name}: \n")
    data = SimpleNamespace(user_failure_data=None, error=error)
    return SimpleNamespace(
        event_type=dg.DagsterEventType.STEP_FAILURE,
        is_step_failure=True,
        is_failure=True,
        event_specific_data=data,
        step_key="golden__golden_profile",
    )


@pytest.mark.parametrize("class_name", ["DagsterExecutionInterruptedError", "KeyboardInterrupt"])
def test_an_interrupted_night_is_told_in_words(class_name: str) -> None:
    told = first_failure([failed_step(class_name)])
    assert told == "interrupted in golden__golden_profile. Nothing was published; run again."
