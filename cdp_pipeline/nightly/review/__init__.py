"""Reviewing pairs of records: the queue of the published night, asked one by one or by file."""

from __future__ import annotations

from cdp_pipeline.nightly.review.pairs import ReviewPair, read_queue
from cdp_pipeline.nightly.review.sides import FACTS, Side

__all__ = ["FACTS", "ReviewPair", "Side", "read_queue"]
