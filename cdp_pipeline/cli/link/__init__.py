"""`cdp link`: one module per command."""

from __future__ import annotations

from cdp_pipeline.cli.link import compare, decide, evaluate, file, review, train, values
from cdp_pipeline.cli.link.group import link

__all__ = ["compare", "decide", "evaluate", "file", "link", "review", "train", "values"]
