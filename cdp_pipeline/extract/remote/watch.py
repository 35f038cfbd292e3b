"""Looking at a store without fetching anything: what the landing sensor needs."""

from __future__ import annotations

import hashlib
import re

from fsspec.utils import glob_translate

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.extract.landing import is_unfinished
from cdp_pipeline.extract.remote.mirror import read_state, store_options
from cdp_pipeline.extract.remote.store import Listing, open_store
from cdp_pipeline.extract.settling import LandingView, LyingFile

VERSION_BITS = 62


def view_store(project: Project) -> LandingView:
    """List the landing URL as `view_landing` lists a folder; nothing is downloaded.

    Raises:
        CdpError: the store cannot be listed.
    """
    with open_store(project, project.landing_url or "", store_options(project)) as store:
        listing = store.listing()
    files = [file for source in project.sources.values() for file in source.files]
    taken = [re.compile(glob_translate(file.file_glob)) for file in files if file.file_glob]
    known = {path for path in listing.files if any(pattern.fullmatch(path) for pattern in taken)}
    return LandingView(
        deliveries=_listed(listing, known),
        unfinished=tuple(LyingFile(path, 0, 0) for path in sorted(listing.left_alone) if is_unfinished(path)),
        unrecognised=_listed(listing, set(listing.files) - known),
        hidden=(),
    )


def is_mirrored(project: Project, view: LandingView) -> bool:
    """Tell whether the mirror holds what the store was seen to hold."""
    state = read_state(project)
    held = Listing(state.files, {}) if state else Listing({}, {})
    return set(view.deliveries) <= set(_listed(held, set(held.files)))


def _listed(listing: Listing, paths: set[str]) -> tuple[LyingFile, ...]:
    """Put a version where a folder's listing has the time of the last change: both move when a file does."""
    return tuple(
        LyingFile(path, listing.files[path].size_bytes, _number(listing.files[path].version))
        for path in sorted(paths)
    )


def _number(version: str) -> int:
    return int.from_bytes(hashlib.sha256(version.encode()).digest()[:8], "big") >> (64 - VERSION_BITS)
