"""Errors that a user can act on.

Every error raised on purpose derives from `CdpError`. Its message names the file, row or key,
what is wrong and the remedy; it never quotes personal data. The command line prints it without
a traceback.
"""

from __future__ import annotations


class CdpError(Exception):
    """Base of every error whose message is meant for the person who runs the pipeline."""


class ConfigError(CdpError):
    """A file of the project's configuration is missing, malformed or contradicts another."""


class ModelError(CdpError):
    """An SQL model reads what it did not declare, or does not fit its contract."""


class LandingFileError(CdpError):
    """A delivered file cannot be read as its layout says."""


class ConservationError(CdpError):
    """Rows of a file are unaccounted for: physical != loaded + quarantined + blank + erased."""


class ValidationFailed(CdpError):  # noqa: N818 - a verdict on data, not a fault of the program
    """A critical expectation failed on a canonical table."""


class ControlError(CdpError):
    """The control database cannot be reached or written."""


class RetryableError(CdpError):
    """Something outside failed for the moment: disk, memory, network. Trying again may help."""


class NightError(CdpError):
    """A night cannot start or be published: wrong date, a second writer, a broken state."""
