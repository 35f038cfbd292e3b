"""Synthetic exports with known truth: a made-up retailer's customers as nine systems would deliver them.

Everything here is invented: names come from short lists of common names, e-mail addresses lie in reserved
example domains or carry an obviously synthetic local part. Nothing in this package is read by the pipeline.
"""

from __future__ import annotations

from cdp_pipeline.sample.generate import SampleError, WrittenFile, generate_sample

__all__ = ["SampleError", "WrittenFile", "generate_sample"]
