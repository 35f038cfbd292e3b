"""Progress of a run in this process. Dagster copies its resources, so a listener cannot travel in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, str], None]

_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call the listener with stage and subject while the context lasts."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def report(stage: str, subject: str) -> None:
    """Tell everyone who listens that work on a subject begins."""
    for listener in _listeners:
        listener(stage, subject)
