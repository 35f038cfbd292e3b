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


def checked(*, blocking: bool, passed: bool) -> Any:
    """An event of an asset check with something to say."""
    found = SimpleNamespace(blocking=blocking, passed=passed, description="what the check says")
    return SimpleNamespace(
        event_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION, asset_check_evaluation_data=found
    )


def test_a_check_that_holds_nothing_up_does_not_stand_for_the_failure() -> None:
    failed = failed_step("KeyboardInterrupt")
    told = first_failure([checked(blocking=False, passed=False), checked(blocking=True, passed=True), failed])
    assert told == "interrupted in golden__golden_profile. Nothing was published; run again."
    assert first_failure([checked(blocking=True, passed=False), failed]) == "what the check says"
