"""`cdp link`: one module per command."""

from __future__ import annotations

from cdp_pipeline.cli.link import decide, evaluate, file, train
from cdp_pipeline.cli.link.group import link

__all__ = ["decide", "evaluate", "file", "link", "train"]
