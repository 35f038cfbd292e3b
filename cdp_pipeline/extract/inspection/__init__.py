"""Looking at a file that no source takes yet: what it is, which layout fits, and a mapping to begin with.

What belongs here: finding out and proposing. What does not: loading. A night never guesses; what is found here
becomes configuration that a person has read.
"""

from __future__ import annotations

from cdp_pipeline.extract.inspection.fit import LayoutFit
from cdp_pipeline.extract.inspection.inspect import Inspection, inspect_content, recognise_layout

__all__ = ["Inspection", "LayoutFit", "inspect_content", "recognise_layout"]
