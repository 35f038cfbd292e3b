"""`cdp privacy`: one module per command."""

from __future__ import annotations

from cdp_pipeline.cli.privacy import correct, erase, export, record, replay, request, restrict
from cdp_pipeline.cli.privacy.group import privacy

__all__ = ["correct", "erase", "export", "privacy", "record", "replay", "request", "restrict"]
