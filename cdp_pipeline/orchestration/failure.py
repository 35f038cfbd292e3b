"""Failures in words that stand alone: no traceback, no personal data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from cdp_pipeline.errors import CdpError, RetryableError

INTERRUPTED = {"DagsterExecutionInterruptedError", "KeyboardInterrupt"}


@contextmanager
def explained() -> Iterator[None]:
    """Turn our errors into failures whose message stands first; only passing ones are tried again."""
    try:
        yield
    except CdpError as error:
        raise dg.Failure(description=str(error), allow_retries=isinstance(error, RetryableError)) from None


def first_failure(events: Iterable[dg.DagsterEvent]) -> str | None:
    """Find the message of the first failure: of a blocking check, or of a step in its own words."""
    for event in events:
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            evaluation = event.asset_check_evaluation_data
            if evaluation.blocking and not evaluation.passed and evaluation.description:
                return str(evaluation.description)
        elif event.is_step_failure or event.is_failure:
            data: Any = event.event_specific_data
            failure = getattr(data, "user_failure_data", None)
            if failure and failure.description:
                return str(failure.description)
            error = getattr(data, "error", None)
            if error:
                return _in_words(error, event.step_key)
    return None


def _in_words(error: Any, step: str | None) -> str:
    """Word an error that is no `Failure`: our own errors speak for themselves."""
    while error.cause:
        error = error.cause
    if error.cls_name in INTERRUPTED:
        return f"interrupted in {step or 'the run'}. Nothing was published; run again."
    own = re.fullmatch(r"(?s)cdp_pipeline\.[\w.]+: (.*)", error.message.strip())
    return own[1] if own else f"{step or 'the run'}: {error.message.strip()}"
