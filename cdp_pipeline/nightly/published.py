"""The night that readers see, for commands that need one."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import NightError
from cdp_pipeline.publish.night_folder import current_night


def require_published(project: Project) -> Path:
    """Return the folder of the current published night.

    Raises:
        NightError: no night is published.
    """
    folder = current_night(project.published)
    if folder is None:
        raise NightError(f"{project.published}: no night is published yet. Run one first: cdp run.")
    return folder
