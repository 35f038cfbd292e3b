"""Linking anyone's file: its columns recognised, standardise and link alone, in memory, nothing kept between runs."""

from __future__ import annotations

from cdp_pipeline.nightly.link_file.findings import FileFacts, LinkedFile
from cdp_pipeline.nightly.link_file.link import LinkOptions, link_file
from cdp_pipeline.nightly.link_file.model import ModelChoice

__all__ = ["FileFacts", "LinkOptions", "LinkedFile", "ModelChoice", "link_file"]
