"""Where the systems drop their exports: a folder of this machine, or a store elsewhere that is fetched from.

What belongs here: the setting and what its URL means. What does not: reaching the store (extract.remote).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.errors import ConfigError

DEFAULT_FOLDER = "data/landing"
LOCAL_SCHEMES = {"", "file", "local"}
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class LandingSettings(Contract):
    """The landing folder, as `config/project.yml` names it.

    Attributes:
        url: a folder below the project (or absolute), or any fsspec URL such as `s3://bucket/exports` or
            `sftp://user@host/exports`. It carries no password.
        options_env: options of the store, each with the name of the environment variable that holds its value.
    """

    url: str = Field(default=DEFAULT_FOLDER, min_length=1)
    options_env: dict[str, EnvironmentName] = {}


def check_url(url: str, *, origin: str) -> None:
    """Refuse a URL that carries a secret, or that chains several file systems.

    Args:
        origin: where the URL stands, for the message; the URL itself is never quoted.

    Raises:
        ConfigError: says what to write instead.
    """
    if not is_remote(url):
        return
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ConfigError(f"{origin}: no URL that can be read. Write it like s3://bucket/exports.") from None
    # A secret may hold / ? and #, where a URL's host ends: whatever stands before the last @ is looked at.
    if ":" in _user_of(url) or parts.query:
        raise ConfigError(
            f"{origin}: the URL carries a password or other options, or an @ behind a port. Name an environment "
            "variable for each under `options_env` of `landing` in config/project.yml instead."
        )
    if "::" in url:
        raise ConfigError(f"{origin}: the URL chains several file systems with `::`. Name the store alone.")


def scheme_of(url: str) -> str:
    """Return a URL's scheme in lower case; nothing for a plain path."""
    match = re.match(r"^([A-Za-z][A-Za-z0-9+.-]*)(?:://|::)", url)
    return match[1].lower() if match else ""


def is_remote(url: str) -> bool:
    """Tell whether exports lie elsewhere and must be fetched."""
    return scheme_of(url) not in LOCAL_SCHEMES


def local_folder(url: str, root: Path) -> Path:
    """Return the folder of this machine that a path or `file://` URL names; a relative one lies below `root`."""
    return root / re.sub(r"^(file|local)://", "", url)


def shown_url(url: str) -> str:
    """Return a URL as messages may show it: without a user, a password or anything else that could be a secret."""
    if not is_remote(url):
        return url
    scheme, mark, rest = url.partition("://")
    return re.sub(r"[?#].*$", "", scheme + mark + rest.rpartition("@")[2], flags=re.DOTALL)


def _user_of(url: str) -> str:
    return url.partition("://")[2].rpartition("@")[0]


def mirror_name(url: str) -> str:
    """Name the folder that holds what was fetched from a URL: another place never mixes with it."""
    return hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:16]
