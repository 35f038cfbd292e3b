"""The publish protocol: build under a temporary name, fsync, rename, swap `current` in one step.

A process killed anywhere leaves the night before in place; the janitor removes what it left behind.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cdp_pipeline.engine.working_file import PRIVATE_FOLDER
from cdp_pipeline.errors import NightError

CURRENT = "current"
BUILDING_PREFIX = ".building-"
NEW_LINK = ".current-new"


def start_building(published: Path, run_id: str) -> Path:
    """Create the folder in which the night is built."""
    published.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    folder = published / f"{BUILDING_PREFIX}{run_id}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=PRIVATE_FOLDER)
    return folder


def finish_building(folder: Path, name: str) -> Path:
    """Make the folder durable, give it its name and point `current` to it.

    Raises:
        NightError: a database of the folder was not closed.
    """
    leftovers = sorted(path.name for path in folder.rglob("*.wal"))
    if leftovers:
        raise NightError(f"{folder}: {leftovers[0]} is left, so its database was not closed. Run again.")
    make_durable(folder)
    target = folder.parent / name
    if target.exists():  # an earlier try of this run got so far; what it left may be half a swap
        shutil.rmtree(folder)
        point_current_to(target)
        return target
    folder.rename(target)
    _fsync(target.parent)
    point_current_to(target)
    return target


def make_durable(folder: Path, *, only_itself: bool = False) -> None:
    """Let what stands in a folder survive a power cut; or only which names stand in it."""
    for path in [*(() if only_itself else folder.rglob("*")), folder]:
        _fsync(path)


def point_current_to(target: Path) -> None:
    """Swap the `current` link in one atomic step; readers see the old night or the new one."""
    link = target.parent / NEW_LINK
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(target.parent / CURRENT)
    _fsync(target.parent)


def current_night(published: Path) -> Path | None:
    """Return the folder that `current` points to, if anything is published."""
    link = published / CURRENT
    return link.resolve() if link.exists() else None


def published_nights(published: Path) -> list[Path]:
    """Return the published folders, oldest first: by business date, then by age."""
    if not published.is_dir():
        return []
    folders = [p for p in published.iterdir() if p.is_dir() and not p.is_symlink() and p.name[0] != "."]
    return sorted(folders, key=lambda folder: (folder.name[:10], folder.stat().st_mtime_ns, folder.name))


def sweep(published: Path, keep_nights: int) -> list[str]:
    """Remove abandoned builds and the oldest nights beyond `keep_nights`; never the current one.

    Returns:
        Names of the removed folders.
    """
    current = current_night(published)
    abandoned = sorted(published.glob(f"{BUILDING_PREFIX}*"))
    surplus = [folder for folder in published_nights(published)[:-keep_nights] if folder != current]
    for folder in [*abandoned, *surplus]:
        shutil.rmtree(folder)
    return [folder.name for folder in (*abandoned, *surplus)]


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
