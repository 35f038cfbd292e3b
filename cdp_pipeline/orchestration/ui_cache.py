"""What only the UI shows and takes long to make, kept in Dagster's home until what it was made from changes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine.working_file import PRIVATE_FOLDER
from cdp_pipeline.orchestration.home import dagster_home

T = TypeVar("T")

FOLDER = "cdp_ui"


class UiCache:
    """One JSON file per name, each with the fingerprint of what it was made from."""

    def __init__(self, project: Project) -> None:
        self._folder = dagster_home(project) / FOLDER

    def get(self, name: str, fingerprint: str, make: Callable[[], T]) -> T | None:
        """Return a JSON value made earlier from the same, or make it now.

        What cannot be made is left out and logged: a missing ornament must not take the UI down.
        """
        path = self._folder / f"{name}.json"
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["fingerprint"] == fingerprint:
                value: T = kept["value"]
                return value
        try:
            value = make()
        except Exception as error:  # whatever it is, the night and the UI go on without
            logging.getLogger(__name__).warning("%s is not shown in the UI: %s", name, error)
            return None
        self._keep(path, fingerprint, value)
        return value

    def _keep(self, path: Path, fingerprint: str, value: object) -> None:
        """Write it whole or not at all; a home that cannot be written to keeps nothing."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            written = path.with_suffix(".new")
            written.write_text(json.dumps({"fingerprint": fingerprint, "value": value}), encoding="utf-8")
            written.replace(path)
