"""Expectations in words, as the night's quality page says them."""

from __future__ import annotations

from cdp_pipeline.contracts.expectation_words import WORDS, in_words

__all__ = ["WORDS", "in_words"]
