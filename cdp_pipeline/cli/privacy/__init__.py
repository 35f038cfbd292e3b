"""`cdp privacy`: one module per command."""

from __future__ import annotations

from cdp_pipeline.cli.privacy import correct, erase, request, restrict
from cdp_pipeline.cli.privacy.group import privacy

__all__ = ["correct", "erase", "privacy", "request", "restrict"]
