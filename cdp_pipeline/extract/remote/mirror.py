"""The private copy of a store on local disk: only what changed is fetched, and only what is whole is shown.

data/warehouse/landing/<URL's hash>/
    files/       what the store holds, as of the last fetch: the landing folder that extract reads
    partial/     downloads that are not confirmed yet; an interrupted fetch goes on with them
    state.json   what was fetched, in which version, and when
"""

from __future__ import annotations

import hashlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.contracts.landing import shown_url
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ConfigError, RetryableError
from cdp_pipeline.extract.remote.store import Listing, RemoteFile, Store, open_store
from cdp_pipeline.extract.retrying import retried

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
WORDS = {"true": True, "false": False}


class MirrorState(Contract):
    """What the last fetch left behind.

    Attributes:
        url: where it was fetched from, without secrets.
        files: what the mirror holds, by path.
        left_alone: why each other name of the store was not fetched.
    """

    url: str
    fetched_at: datetime
    files: dict[str, RemoteFile]
    left_alone: dict[str, str]


class Fetched(Contract):
    """What one fetch did.

    Attributes:
        new_files: fetched, new ones and new versions.
        removed_files: no longer in the store, and no longer here.
        left_alone: why each other name was not fetched.
    """

    url: str
    files: int
    new_files: int
    new_bytes: int
    removed_files: int
    left_alone: dict[str, str]


def fetch_landing(project: Project) -> Fetched | None:
    """Bring the mirror of the landing URL to what the store holds; nothing to do for a folder of this machine.

    The caller holds the writer's lock: a night must not read while files are replaced. A failure leaves the
    mirror as it was.

    Raises:
        ConfigError: the store refuses access, its host key is not known, or an option is missing.
        RetryableError: it was not reached, or broke off, as often as the settings try.
    """
    if project.landing_url is None:
        return None
    url, options = project.landing_url, store_options(project)
    return retried(project.settings.retry, lambda: _fetch(project, url, options))


def read_state(project: Project) -> MirrorState | None:
    """Return what the last fetch left, or nothing if there was none."""
    try:
        return MirrorState.model_validate_json(
            _state_path(project.landing.parent).read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        return None


def store_options(project: Project) -> dict[str, Any]:
    """Return the store's options out of the environment.

    Raises:
        ConfigError: a variable that the settings name is not set.
    """
    options: dict[str, Any] = {}
    for option, variable in project.landing_options_env.items():
        value = os.environ.get(variable, "")
        if not value:
            raise ConfigError(
                f"environment variable {variable} is not set. It must hold option {option} of the landing store; "
                "config/project.yml names it under `landing.options_env`."
            )
        options[option] = (
            int(value) if option == "port" and value.isdigit() else WORDS.get(value.lower(), value)
        )
    return options


def _fetch(project: Project, url: str, options: dict[str, Any]) -> Fetched:
    mirror = project.landing.parent
    for folder in (project.landing, mirror / "partial"):
        _make_private(folder, project.root)
    held = _held(project)
    with open_store(project, url, options) as store:
        before = store.listing()
        wanted = [file for path, file in sorted(before.files.items()) if held.get(path) != file]
        gone = [file.path for file in wanted if not _download(store, file, mirror)]
        after = store.listing() if wanted else before
    settled = _settle(mirror, held, wanted, after)
    left_alone = {**after.left_alone, **settled, **dict.fromkeys(gone, "gone while it was fetched")}
    left_alone = {
        path: why for path, why in left_alone.items() if path in {**after.files, **after.left_alone}
    }
    return _conclude(project, wanted, after, left_alone)


def _held(project: Project) -> dict[str, RemoteFile]:
    """List what the mirror holds whole; a file without a version cannot be told from a newer one."""
    return {
        path: file
        for path, file in _lying(project).items()
        if file.version and _size(project.landing / path) == file.size_bytes
    }


def _download(store: Store, file: RemoteFile, mirror: Path) -> bool:
    """Fetch one file under a name that says its version; false if it has gone meanwhile."""
    partial = _partial(mirror, file)
    if file.version and _size(partial) == file.size_bytes:
        return True  # an earlier fetch got this far
    unfinished = partial.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        store.get(file, unfinished)
    except FileNotFoundError:
        return False
    if unfinished.is_symlink() or not unfinished.is_file():  # swapped for a link since it was listed
        unfinished.unlink(missing_ok=True)
        return False
    unfinished.chmod(PRIVATE_FILE)
    unfinished.replace(partial)
    return True


def _settle(
    mirror: Path, held: dict[str, RemoteFile], wanted: list[RemoteFile], after: Listing
) -> dict[str, str]:
    """Decide which downloads are whole; tell why the others are not.

    Raises:
        RetryableError: a download is shorter or longer than the store says, and nobody is writing it.
    """
    unsettled = {}
    for file in wanted:
        size = _size(_partial(mirror, file))
        if after.files.get(file.path) != file:
            unsettled[file.path] = "still being written: it changed while it was fetched"
        elif size is not None and size != file.size_bytes:
            _partial(mirror, file).unlink()
            raise RetryableError(
                f"{file.path}: {size:,} of {file.size_bytes:,} bytes came. What was fetched before is kept. Run again."
            )
    expected = {file.path for file in wanted} | set(held)
    unsettled |= {path: "came while the others were fetched" for path in after.files if path not in expected}
    return unsettled


def _conclude(
    project: Project,
    wanted: list[RemoteFile],
    after: Listing,
    left_alone: dict[str, str],
) -> Fetched:
    """Move what is whole into place, remove what has gone, and write down what is here."""
    landing, mirror = project.landing, project.landing.parent
    whole = [file for file in wanted if file.path not in left_alone]
    kept = {path: file for path, file in _lying(project).items() if path in after.files}
    removed = _remove_all_but(landing, {*kept, *(file.path for file in whole)})
    for file in whole:
        target = landing / file.path
        _make_private(target.parent, landing)
        _partial(mirror, file).replace(target)
    now_held = kept | {file.path: file for file in whole}
    _write_state(project, now_held, left_alone)
    _forget_others(project, {_partial(mirror, file) for file in wanted if file.path in left_alone})
    return Fetched(
        url=shown_url(project.landing_url or ""),
        files=len(now_held),
        new_files=len(whole),
        new_bytes=sum(file.size_bytes for file in whole),
        removed_files=removed,
        left_alone=left_alone,
    )


def _lying(project: Project) -> dict[str, RemoteFile]:
    """List what the mirror holds, in a version that may not be the store's any more."""
    state = read_state(project)
    return {
        path: file
        for path, file in (state.files if state else {}).items()
        if _size(project.landing / path) is not None
    }


def _remove_all_but(landing: Path, kept: set[str]) -> int:
    """Remove files that are not to be kept, and folders that they leave empty; tell how many files."""
    removed = 0
    for path in sorted(landing.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(landing).as_posix() not in kept:
            path.unlink()
            removed += 1
    return removed


def _write_state(project: Project, files: dict[str, RemoteFile], left_alone: dict[str, str]) -> None:
    state = MirrorState(
        url=shown_url(project.landing_url or ""),
        fetched_at=datetime.now(UTC),
        files=files,
        left_alone=left_alone,
    )
    path = _state_path(project.landing.parent)
    written = path.with_suffix(".new")
    written.touch(mode=PRIVATE_FILE)
    written.write_text(state.model_dump_json(indent=1) + "\n", encoding="utf-8")
    written.replace(path)


def _forget_others(project: Project, partials: set[Path]) -> None:
    """Remove downloads that nobody waits for, and mirrors of URLs that are no longer used: they hold people."""
    for path in (project.landing.parent / "partial").iterdir():
        if path not in partials:
            path.unlink()
    for mirror in project.landing_mirrors.iterdir():
        if mirror != project.landing.parent:
            shutil.rmtree(mirror)


def _make_private(folder: Path, below: Path) -> None:
    """Create a folder and those between: `mkdir` makes parents as open as the umask has it, whatever the mode."""
    for name in folder.relative_to(below).parts:
        below = below / name
        below.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)


def _partial(mirror: Path, file: RemoteFile) -> Path:
    name = hashlib.sha256(f"{file.path}\0{file.size_bytes}\0{file.version}".encode()).hexdigest()
    return mirror / "partial" / name


def _state_path(mirror: Path) -> Path:
    return mirror / "state.json"


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
