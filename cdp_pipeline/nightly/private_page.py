"""Pages about customers: files that only their owner may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.errors import CdpError

if TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY = 0o600


class PageError(CdpError):
    """The page cannot be written."""


def write_private_page(page: str, path: Path) -> None:
    """Write a page so that only its owner may read it.

    Raises:
        PageError: the file cannot be written.
    """
    try:
        path.touch(OWNER_ONLY)
        path.chmod(OWNER_ONLY)  # it was there before, perhaps for everybody
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise PageError(
            f"{path}: cannot be written ({error.strerror}). Name a file in a folder that is there."
        ) from None
