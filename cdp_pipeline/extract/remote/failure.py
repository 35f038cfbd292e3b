"""What a store's failures mean, in words that hold no secret."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from cdp_pipeline.contracts.landing import scheme_of, shown_url
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import CdpError, ConfigError, RetryableError

EXTRAS = {"s3": "s3", "s3a": "s3", "sftp": "sftp", "ssh": "sftp"}
NO_ACCESS = {"PermissionError", "NoCredentialsError", "PartialCredentialsError", "PermissionDenied"}
HOST_KEY = "HostKeyNotVerifiable"
SHORTEST_SECRET = 4


@contextmanager
def in_words(project: Project, *, missing_is_news: bool = False) -> Iterator[None]:
    """Turn whatever a store's library raises into our errors.

    Args:
        missing_is_news: let FileNotFoundError through, which is no fault of the store then.

    Raises:
        RetryableError: the store was not reached, or broke off.
        ConfigError: anything that trying again cannot mend.
    """
    try:
        yield
    except CdpError:
        raise
    except Exception as error:
        if missing_is_news and isinstance(error, FileNotFoundError):
            raise
        raise _explained(project, error) from None


def _explained(project: Project, error: Exception) -> CdpError:
    url = project.landing_url or ""
    place, scheme = shown_url(url), scheme_of(url)
    kinds = _kinds(error)
    if isinstance(error, ImportError):
        extra = EXTRAS.get(scheme)
        name = f"`pip install 'cdp-pipeline[{extra}]'`" if extra else f"fsspec's package for {scheme}://"
        return ConfigError(f"{place}: what reads such a store is not installed. Install it: {name}.")
    if HOST_KEY in kinds:
        return ConfigError(
            f"{place}: the server's host key is unknown or has changed, so nothing was fetched: it may be another "
            "machine. Ask the server's owner for the right key and write it into the known_hosts file."
        )
    if kinds & NO_ACCESS:
        return ConfigError(
            f"{place}: access is refused. Check that the account may list and read it, and {_credentials(project)}."
        )
    if isinstance(error, FileNotFoundError):
        return ConfigError(
            f"{place}: there is no such folder or bucket, or nothing lies in it. What was fetched before is kept. "
            "Correct `landing.url` in config/project.yml, or wait for the first delivery."
        )
    if isinstance(error, TypeError | ValueError):
        return ConfigError(
            f"{place}: the URL or an option of it is wrong: {_without_secrets(project, error)}. Correct `landing` in "
            "config/project.yml."
        )
    return RetryableError(
        f"{place}: cannot be reached, or broke off: {_without_secrets(project, error)}. What was fetched is kept. "
        "Check network, address and store, then run again: the fetch continues."
    )


def _kinds(error: BaseException) -> set[str]:
    """Name an error's classes and those of its causes: the libraries need not be imported to be understood."""
    kinds: set[str] = set()
    found: BaseException | None = error
    while found:
        kinds |= {kind.__name__ for kind in type(found).__mro__}
        found = found.__cause__
    return kinds


def _credentials(project: Project) -> str:
    variables = sorted(project.landing_options_env.values())
    if variables:
        return f"correct {', '.join(variables)}"
    return "name the variables that hold its credentials under `landing.options_env` in config/project.yml"


def _without_secrets(project: Project, error: Exception) -> str:
    """Return the first line of an error's text, every value of an option in it hidden."""
    text = (str(error).strip().splitlines() or [""])[0] or type(error).__name__
    values = [os.environ.get(name, "") for name in project.landing_options_env.values()]
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= SHORTEST_SECRET:
            text = text.replace(value, "…")
    return text.rstrip(".")
